"""Orders, procedures, medications, devices and encounters (chart.md, G2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.knowledge.reading.charts import (
    LOINC,
    ZONE,
    Json,
    Read,
    coded,
    ignored,
    present,
    said,
    when,
)

WARFARIN = coded("11289", "Warfarin", "http://www.nlm.nih.gov/research/umls/rxnorm")
LUMBAR_MRI = coded("24968-0", "MR Lumbar spine", LOINC)


def order(**fields: Any) -> Json:
    body = {"resourceType": "ServiceRequest", "id": "s", "status": "active", "intent": "order"}
    return body | {"code": LUMBAR_MRI, "authoredOn": "2026-10-31"} | fields


ORDERS = [
    ({}, None),
    ({"status": "completed"}, None),
    ({"status": "on-hold"}, None),
    ({"intent": "original-order"}, None),
    ({"intent": "instance-order"}, None),
    ({"intent": "filler-order"}, None),
    ({"occurrenceDateTime": "2026-12-01"}, None),
    ({"authoredOn": None, "occurrenceDateTime": "2026-12-01"}, None),
    ({"status": "draft"}, "not-ordered"),
    ({"status": "revoked"}, "not-ordered"),
    ({"status": "unknown"}, "not-ordered"),
    ({"status": "entered-in-error"}, "entered-in-error"),
    ({"intent": "proposal"}, "not-ordered"),
    ({"intent": "plan"}, "not-ordered"),
    ({"intent": "option"}, "not-ordered"),
    ({"intent": None}, "not-ordered"),
    ({"doNotPerform": True}, "not-ordered"),
    ({"authoredOn": "2026-11-05"}, "future-dated"),
]


@pytest.mark.parametrize(("fields", "reason"), ORDERS)
def test_only_real_orders_count(read: Read, fields: Json, reason: str | None) -> None:
    facts = read(order(**fields))
    assert said(facts, "scan-ordered") == ("nothing" if reason else "present")
    assert ignored(facts) == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("priority", "expected"), [("stat", "stat"), ("STAT", "stat"), (None, "routine")]
)
def test_an_order_has_a_status_and_a_priority(
    read: Read, priority: str | None, expected: str
) -> None:
    fact = present(read(order(status="on-hold", priority=priority)), "scan-ordered")
    assert (fact.status, fact.priority) == ("on-hold", expected)


PROCEDURES: list[tuple[Json, str | None]] = [
    ({"status": "completed"}, None),
    ({"status": "in-progress"}, None),
    ({}, None),
    ({"status": "not-done"}, "not-done"),
    ({"status": "preparation"}, "not-done"),
    ({"status": "on-hold"}, "not-done"),
    ({"status": "stopped"}, "not-done"),
    ({"status": "entered-in-error"}, "entered-in-error"),
    ({"status": "unknown"}, "status-unknown"),
    ({"status": "completed", "performedDateTime": "2026-11-20"}, "future-dated"),
]


@pytest.mark.parametrize(("fields", "reason"), PROCEDURES)
def test_a_procedure_counts_where_it_was_done(read: Read, fields: Json, reason: str | None) -> None:
    facts = read({"resourceType": "Procedure", "id": "p", "code": LUMBAR_MRI} | fields)
    assert said(facts, "mri-lumbar-done") == ("nothing" if reason else "present")
    assert ignored(facts) == ([reason] if reason else [])


def test_a_procedure_without_a_status_claims_none(read: Read) -> None:
    facts = read({"resourceType": "Procedure", "id": "p", "code": LUMBAR_MRI})
    assert present(facts, "mri-lumbar-done").status is None


@pytest.mark.parametrize(
    ("performed", "began"),
    [
        ({"performedDateTime": "2026-10-30"}, "2026-10-30"),
        ({"performedPeriod": {"start": "2026-10-30", "end": "2026-10-31"}}, "2026-10-30"),
        ({"performedString": "2026-10-30"}, "2026-10-30"),
        ({"performedAge": {"value": 40, "code": "a"}}, "2020-06-15"),
        ({"encounter": {"reference": "Encounter/e"}}, "2026-10-29"),
        ({"performedString": "long ago"}, None),
    ],
)
def test_when_a_procedure_was_done(read: Read, performed: Json, began: str | None) -> None:
    facts = read(
        {"resourceType": "Patient", "id": "p1", "birthDate": "1980-06-15"},
        {"resourceType": "Encounter", "id": "e", "period": {"start": "2026-10-29"}},
        {"resourceType": "Procedure", "id": "p", "code": LUMBAR_MRI} | performed,
    )
    fact = present(facts, "mri-lumbar-done")
    assert (fact.began.start if fact.began else None) == (when(began) if began else None)


def prescription(**fields: Any) -> Json:
    body = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order"}
    return body | {"medicationCodeableConcept": WARFARIN, "authoredOn": "2026-01-10"} | fields


def statement(**fields: Any) -> Json:
    body = {"resourceType": "MedicationStatement", "id": "m", "status": "active"}
    return body | {"medicationCodeableConcept": WARFARIN} | fields


def given(**fields: Any) -> Json:
    body = {"resourceType": "MedicationAdministration", "id": "m", "status": "completed"}
    return body | {"medicationCodeableConcept": WARFARIN} | fields


MEDICATIONS: list[tuple[Json, str, str | None]] = [
    (prescription(), "present", None),
    (prescription(status="on-hold"), "present", None),
    (prescription(status="completed"), "past", None),
    (prescription(status="stopped", authoredOn=None), "past", None),
    (prescription(status="completed",
                  dispenseRequest={"validityPeriod": {"start": "2026-01-10", "end": "2026-12-31"}}),
     "present", None),
    (prescription(dispenseRequest={"validityPeriod": {"end": "2026-02-01"}}), "present", None),
    (prescription(status="cancelled"), "nothing", "not-taken"),
    (prescription(status="draft"), "nothing", "not-taken"),
    (prescription(status="entered-in-error"), "nothing", "entered-in-error"),
    (prescription(intent="proposal"), "nothing", "not-taken"),
    (prescription(intent="plan"), "nothing", "not-taken"),
    (prescription(doNotPerform=True), "nothing", "not-taken"),
    (prescription(authoredOn="2026-11-20"), "nothing", "future-dated"),
    (statement(), "present", None),
    (statement(status="not-taken"), "nothing", "not-taken"),
    (statement(status="intended"), "nothing", "not-taken"),
    (statement(effectivePeriod={"start": "2026-01-01"}), "present", None),
    (statement(effectivePeriod={"start": "2026-01-01", "end": "2026-09-01"}), "past", None),
    (statement(status="completed"), "past", None),
    (given(effectiveDateTime="2026-10-31T08:00:00Z"), "past", None),
    (given(status="in-progress", effectiveDateTime="2026-11-01T08:00:00Z"), "present", None),
    (given(status="not-done"), "nothing", "not-taken"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected", "reason"), MEDICATIONS)
def test_a_medication_is_taken_was_taken_or_is_not(
    read: Read, body: Json, expected: str, reason: str | None
) -> None:
    facts = read(body)
    assert said(facts, "anticoagulant") == expected
    assert ignored(facts) == ([reason] if reason else [])


def test_an_active_medication_is_taken_until_now(read: Read) -> None:
    taken = present(read(prescription()), "anticoagulant").taken
    assert taken is not None
    assert (taken.start, taken.end) == (when("2026-01-10"), when("2026-11-01T09:00"))


def test_judged_earlier_a_medication_that_ended_since_was_still_taken(read: Read) -> None:
    body = statement(
        status="completed", effectivePeriod={"start": "2026-01-01", "end": "2026-09-01"}
    )
    at = datetime(2026, 6, 1, 9, tzinfo=ZONE)
    assert said(read(body, at=at), "anticoagulant") == "present"


MEDICATION = {"resourceType": "Medication", "id": "w", "code": WARFARIN}
REFERRED: list[tuple[list[Json], Json]] = [
    ([], {"medicationReference": {"reference": "#w"}, "contained": [MEDICATION]}),
    ([MEDICATION], {"medicationReference": {"reference": "Medication/w"}}),
    ([], {"medicationReference": {"reference": "Medication/1", "display": "Warfarin 3 mg"}}),
]


@pytest.mark.parametrize(("others", "fields"), REFERRED)
def test_a_medication_is_found_where_it_is_referred_to(
    read: Read, others: list[Json], fields: Json
) -> None:
    body = prescription(**fields)
    del body["medicationCodeableConcept"]
    assert said(read(*others, body), "anticoagulant") == "present"
    assert said(read(body, *others), "anticoagulant") == "present"


def test_a_coded_dose_is_told_for_a_day(read: Read) -> None:
    twice = {
        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg", "code": "mg"}}],
    }
    dose = present(read(prescription(dosageInstruction=[twice])), "anticoagulant").dose
    assert dose is not None
    assert (dose.value, dose.unit) == (10, "mg")
    needed = twice | {"asNeededBoolean": True}
    assert present(read(prescription(dosageInstruction=[needed])), "anticoagulant").dose is None


@pytest.mark.parametrize(
    ("status", "reason"),
    [("active", None), (None, None), ("inactive", "inactive"), ("entered-in-error",) * 2],
)
def test_a_device_counts_while_it_is_in_use(
    read: Read, status: str | None, reason: str | None
) -> None:
    facts = read({"resourceType": "Device", "id": "d", "status": status, "type": {"text": "x"}})
    assert ignored(facts) == ([reason] if reason else [])


def stay(code: str = "EMER", status: str = "in-progress", **fields: Any) -> Json:
    body = {"resourceType": "Encounter", "id": "e", "status": status, "class": {"code": code}}
    return body | fields


STAYS: list[tuple[Json, str | None]] = [
    (stay(), "EMER"),
    (stay("IMP"), "IMP"),
    (stay("ACUTE"), "IMP"),
    (stay("inpatient"), "IMP"),
    (stay("OBSENC"), "OBSENC"),
    (stay("AMB"), None),
    (stay(status="arrived"), "EMER"),
    (stay(status="finished"), None),
    (stay(status="planned"), None),
    (stay(status="cancelled"), None),
    (stay(status="entered-in-error"), None),
    (stay(period={"start": "2026-11-01T08:00:00Z"}), "EMER"),
    (stay(period={"start": "2026-10-01", "end": "2026-10-05"}), None),
    (stay(period={"start": "2026-12-01"}), None),
    (stay(status="finished", period={"start": "2026-10-31", "end": "2026-11-02"}), "EMER"),
    (stay(status="finished", period={"start": "2026-10-31"}), None),
]


@pytest.mark.parametrize(("body", "setting"), STAYS)
def test_where_the_patient_is(read: Read, body: Json, setting: str | None) -> None:
    facts = read(body)
    assert facts.setting == setting
    assert said(facts, "encounter-in-progress") == ("present" if setting else "nothing")


def test_judged_earlier_the_patient_was_still_there(read: Read) -> None:
    body = stay(status="finished", period={"start": "2026-09-01", "end": "2026-09-05"})
    assert read(body, at=datetime(2026, 9, 3, 9, tzinfo=ZONE)).setting == "EMER"
    assert read(body).setting is None
