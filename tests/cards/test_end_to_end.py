"""From a chart to a card with the knowledge that is shipped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cards.compose import compose
from knowledge.chart.decode import read_body
from knowledge.library import Library, load_library
from tests.cards.builders import NOW, labels

SUBJECT = {"reference": "Patient/p1"}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def judged(library: Library, *resources: dict[str, Any]) -> list[dict[str, Any]]:
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1982-03-01"}
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in (patient, *resources)],
    }
    evaluation = library.judge(
        read_body(json.dumps(bundle).encode()),
        patient_id="p1",
        now=NOW,
        supplied=frozenset(("Condition", "Observation", "Encounter")),
    )
    return compose(evaluation, library, patient_id="p1", encounter_id=None, now=NOW)


def condition(name: str, code: str, display: str, **more: Any) -> dict[str, Any]:
    coding = {"system": "http://snomed.info/sct", "code": code, "display": display}
    return {
        "resourceType": "Condition",
        "id": name,
        "subject": SUBJECT,
        "code": {"coding": [coding], "text": display},
    } | more


BACK_PAIN = condition("c2", "161891005", "Backache", onsetDateTime="2026-10-20")
SADDLE = condition("c1", "449813001", "Numbness of saddle area", onsetDateTime="2026-10-30")
NUMB_LEG = condition("c3", "309537005", "Numbness of leg", onsetDateTime="2026-10-20")


def test_saddle_numbness_with_back_pain_is_a_critical_card_with_orders(library: Library) -> None:
    (card,) = judged(library, SADDLE, BACK_PAIN)
    assert card["indicator"] == "critical"
    assert card["summary"].startswith("Suspected cauda equina syndrome: ER now")
    assert "- Numbness of saddle area, since 30 Oct 2026" in card["detail"]
    assert labels(card)[:2] == ["Refer to the ER now", "Order emergency MRI, lumbosacral"]


def test_a_numb_leg_with_nothing_else_asks_the_cauda_equina_questions(library: Library) -> None:
    cards = judged(library, NUMB_LEG)
    assert {card["indicator"] for card in cards} == {"info"}
    assert cards[-1]["summary"] == "Back or leg numbness: cauda equina screen not recorded"
    assert "saddle or genital sensation" in cards[-1]["detail"]


def test_an_empty_chart_gets_no_card(library: Library) -> None:
    assert judged(library) == []


def test_breathing_is_measured_where_the_cauda_equina_leads_the_card(library: Library) -> None:
    text = "Tingling of both feet spreading up to the knees, both legs weak"
    weak = condition("c4", "", text, onsetDateTime="2026-10-30")
    weak["code"] = {"text": text}
    lost = {
        "resourceType": "Observation", "id": "o1", "status": "final", "subject": SUBJECT,
        "effectiveDateTime": "2026-10-31", "code": {"text": "Areflexia"},
    }  # fmt: skip
    (card,) = judged(library, weak, lost)
    assert card["summary"].startswith("Suspected cauda equina syndrome")
    assert "vital capacity there at once" in card["detail"]
