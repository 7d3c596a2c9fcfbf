from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.card_files import Order
from knowledge.language.schema import CardWords, Urgency
from tests.cards.builders import (
    CES,
    NOW,
    ORDERS,
    RESIDUAL_FOUND,
    SADDLE,
    SADDLE_FOUND,
    card,
    criterion,
    evaluation,
    labels,
    met,
    resources,
)

EMERGENCY = evaluation(met(CES, Urgency.EMERGENCY, SADDLE_FOUND, RESIDUAL_FOUND))
ALL = list(ORDERS.orders)


def ordering(*names: str) -> dict[str, Any]:
    asks = criterion("asks", CardWords(summary="x", order=names))
    return card(evaluation(met(asks, Urgency.EMERGENCY, SADDLE_FOUND)))


def test_a_referral_and_the_scan_are_drafts_ready_to_sign() -> None:
    found = card(EMERGENCY)
    assert labels(found) == ["Refer to the ER now", "Order emergency MRI, lumbosacral"]
    assert found["selectionBehavior"] == "any"
    scan = resources(found)[1]
    notes = [one.pop("text") for one in scan.pop("note")]
    assert scan == {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "priority": "stat",
        "category": [
            {
                "coding": [
                    {"system": "http://snomed.info/sct", "code": "363679005", "display": "Imaging"}
                ],
                "text": "Imaging",
            }
        ],
        "code": {
            "coding": [
                {
                    "system": "http://loinc.org",
                    "code": "91717-9",
                    "display": "MR Spine Lumbar and Sacrum WO contrast",
                },
                {
                    "system": "http://snomed.info/sct",
                    "code": "433141005",
                    "display": "Magnetic resonance imaging of lumbar and sacral spine (procedure)",
                },
            ],
            "text": "MRI lumbosacral spine without contrast",
        },
        "orderDetail": [{"text": "Without contrast"}],
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/e1"},
        "authoredOn": "2026-11-01T10:30:00Z",
        "reasonCode": [{"text": "Cauda equina syndrome"}],
        "reasonReference": [{"reference": "Condition/c1"}, {"reference": "Observation/o1"}],
    }
    assert notes[0] == (
        "Found: Numbness of saddle area, 30 Oct 2026;"
        " Post-void residual 480 mL, 1 Nov 2026 08:40 (over 200 mL)."
    )
    assert notes[-1] == (
        "Proposed by Backflag: cauda-equina-syndrome (version 1);"
        " knowledge 2026.11.0, not signed off at this site."
    )


def test_each_suggestion_has_one_action_to_create_with_a_description() -> None:
    for said in card(EMERGENCY)["suggestions"]:
        (action,) = said["actions"]
        assert action["type"] == "create"
        assert action["description"]


@pytest.mark.parametrize("order", ALL, ids=lambda order: order.id)
def test_every_order_is_valid_fhir_without_an_id_or_anything_empty(order: Order) -> None:
    (draft,) = resources(ordering(order.id))
    assert ServiceRequest.model_validate(draft).priority == order.priority
    assert "id" not in draft
    assert draft["code"]["text"] == order.code.text
    assert not holes(draft)


def holes(value: Any) -> bool:
    if isinstance(value, dict):
        return not value or any(holes(inner) for inner in value.values())
    if isinstance(value, list):
        return not value or any(holes(inner) for inner in value)
    return value is None or value == ""


@pytest.mark.parametrize("kind", ["Procedure", "Encounter", "MedicationRequest", "Device"])
def test_what_r4_does_not_allow_as_a_reason_is_not_one(kind: str) -> None:
    odd = replace(RESIDUAL_FOUND, reference=f"{kind}/1", resource_type=kind)
    found = card(evaluation(met(CES, Urgency.EMERGENCY, SADDLE_FOUND, odd)))
    assert [one["reasonReference"] for one in resources(found)] == [
        [{"reference": "Condition/c1"}],
        [{"reference": "Condition/c1"}],
    ]


@pytest.mark.parametrize(
    ("reference", "kept"),
    [
        ("Condition/c1", True),
        ("https://ehr.example.org/fhir/Condition/c1/_history/2", True),
        ("DiagnosticReport/1", True),
        ("DocumentReference/1", True),
        ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", False),
        ("#contained", False),
        ("Condition", False),
        ("", False),
    ],
)
def test_only_what_the_ehr_can_resolve_is_a_reason(reference: str, kept: bool) -> None:
    odd = replace(SADDLE_FOUND, reference=reference)
    draft = resources(card(evaluation(met(CES, Urgency.EMERGENCY, odd))))[0]
    assert draft.get("reasonReference") == ([{"reference": reference}] if kept else None)


def test_without_an_encounter_there_is_none() -> None:
    for name in (None, "", "two words"):
        assert "encounter" not in resources(card(EMERGENCY, encounter_id=name))[0]


def test_ids_may_come_as_references() -> None:
    found = card(EMERGENCY, patient_id="Patient/p1", encounter_id="Encounter/e1")
    assert resources(found)[0]["subject"] == {"reference": "Patient/p1"}
    assert resources(found)[0]["encounter"] == {"reference": "Encounter/e1"}


@given(st.text())
def test_a_strange_patient_id_costs_the_drafts_and_never_the_card(name: str) -> None:
    found = card(EMERGENCY, patient_id=name, encounter_id=name)
    subjects = {one["subject"]["reference"] for one in resources(found)}
    assert found["indicator"] == "critical"
    assert subjects <= {f"Patient/{name.removeprefix('Patient/')}"}


def test_a_draft_tells_every_criterion_that_asks_for_it() -> None:
    judged = evaluation(
        met(CES, Urgency.EMERGENCY, SADDLE_FOUND), met(SADDLE, Urgency.EMERGENCY, RESIDUAL_FOUND)
    )
    draft = resources(card(judged))[0]
    assert [one["text"] for one in draft["reasonCode"]] == [
        "Cauda equina syndrome",
        "Saddle anaesthesia",
    ]
    assert len(draft["reasonReference"]) == 2
    assert "saddle-anaesthesia (version 1)" in draft["note"][-1]["text"]


def test_a_text_of_the_chart_is_as_harmless_in_a_note_as_on_the_card() -> None:
    odd = replace(SADDLE_FOUND, display="<b>[x](http://y)</b>")
    draft = resources(card(evaluation(met(CES, Urgency.EMERGENCY, odd))))[0]
    assert "&lt;b&gt;\\[x\\](http:/ /y)&lt;/b&gt;" in draft["note"][0]["text"]


def test_a_moment_keeps_its_time_zone() -> None:
    summer = datetime(2026, 7, 1, 9, 0, 0, 123456, tzinfo=NOW.tzinfo)
    draft = resources(card(EMERGENCY, now=summer))[0]
    assert datetime.fromisoformat(draft["authoredOn"]) == summer.replace(microsecond=0)


SEEN_ELSEWHERE = {
    # with this display in the source of two public applications that read vital capacity
    ("http://loinc.org", "19870-5", "Forced vital capacity [Volume] Respiratory system"),
}


@pytest.mark.shared
def test_every_code_was_seen_with_its_display(shared: Path) -> None:
    seen = {
        (one["system"], one["code"], one["display"])
        for path in (shared / "clinical" / "valuesets").glob("*.json")
        for one in json.loads(path.read_text(encoding="utf-8"))["codes"]
    }
    used = {(code.system, code.code, code.display) for order in ALL for code in order.code.codings}
    assert used - seen == SEEN_ELSEWHERE
