"""Questions with answers: polarity, statuses and times (chart.md, G2 and G4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.knowledge.reading.charts import (
    ABSENT,
    LOINC,
    NEGATIVE,
    NO,
    NORMAL,
    POSITIVE,
    PRESENT,
    REDUCED,
    SADDLE,
    YES,
    Read,
    coded,
    concept,
    ignored,
    note,
    observation,
    part,
    present,
    quantity,
    said,
    when,
)

STATUSES = [
    ("final", "present", None),
    ("amended", "present", None),
    ("corrected", "present", None),
    ("FINAL ", "present", None),
    ("preliminary", "present", None),
    ("registered", "nothing", "registered"),
    ("cancelled", "nothing", "cancelled"),
    ("entered-in-error", "nothing", "entered-in-error"),
    ("unknown", "nothing", "status-unknown"),
]


@pytest.mark.parametrize(("status", "expected", "reason"), STATUSES)
def test_the_status_says_whether_there_is_a_result(
    read: Read, status: str, expected: str, reason: str | None
) -> None:
    facts = read(observation(SADDLE, True, status=status))
    assert said(facts, "saddle-numbness") == expected
    assert ignored(facts) == ([reason] if reason else [])
    if expected == "present":
        assert present(facts, "saddle-numbness").preliminary is (status == "preliminary")


INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def interpreted(code: str) -> dict[str, Any]:
    return {"interpretation": [coded(code, system=INTERPRETATION)]}


def unanswered(reason: str) -> dict[str, Any]:
    return {"dataAbsentReason": {"coding": [{"code": reason}]}}


# what is answered                                      to saddle numbness  to saddle sensation
ANSWERS: list[tuple[Any, dict[str, Any], str, str]] = [
    (None, {}, "present", "unknown"),
    (True, {}, "present", "absent"),
    (False, {}, "absent", "present"),
    (PRESENT, {}, "present", "absent"),
    (POSITIVE, {}, "present", "absent"),
    (YES, {}, "present", "absent"),
    (coded("LA33-6", "Yes", LOINC), {}, "present", "absent"),
    (ABSENT, {}, "absent", "present"),
    (NEGATIVE, {}, "absent", "present"),
    (NO, {}, "absent", "present"),
    (coded("LA32-8", "No", LOINC), {}, "absent", "present"),
    (NORMAL, {}, "absent", "absent"),
    (REDUCED, {}, "present", "present"),
    (coded("255604002", "Mild"), {}, "present", "present"),
    (coded("7771000", "Left"), {}, "present", "unknown"),
    (coded("7771000"), {}, "present", "unknown"),
    (coded("261665006", "Unknown"), {}, "unknown", "unknown"),
    ({"text": "Yes"}, {}, "present", "absent"),
    ({"text": "Not examined"}, {}, "unknown", "unknown"),
    ("yes", {}, "present", "absent"),
    ("Yes, since Friday", {}, "present", "absent"),
    ("no", {}, "absent", "present"),
    ("nil", {}, "absent", "present"),
    ("+ve", {}, "present", "absent"),
    ("-ve", {}, "absent", "present"),
    ("normal", {}, "absent", "absent"),
    ("NAD", {}, "absent", "absent"),
    ("intact", {}, "absent", "absent"),
    ("reduced on the left", {}, "present", "present"),
    ("absent", {}, "absent", "present"),
    ("left", {}, "present", "unknown"),
    ("for 3 days", {}, "present", "unknown"),
    ("not examined", {}, "unknown", "unknown"),
    ("patient declined", {}, "unknown", "unknown"),
    ("see the letter", {}, "unknown", "unknown"),
    (2, {}, "present", "nothing"),
    (0, {}, "absent", "nothing"),
    (None, interpreted("POS"), "present", "absent"),
    (None, interpreted("NEG"), "absent", "present"),
    (None, interpreted("N"), "absent", "absent"),
    (None, interpreted("A"), "present", "present"),
    (None, interpreted("whatever"), "present", "unknown"),
    (None, unanswered("not-asked"), "unknown", "unknown"),
    (None, unanswered("unknown"), "unknown", "unknown"),
    (None, {"_valueBoolean": {"extension": [{"url": "x"}]}}, "unknown", "unknown"),
    (None, {"valueReference": {"reference": "x"}}, "unknown", "unknown"),
    (None, {"valueDateTime": "2026-10-01"}, "unknown", "unknown"),
    (None, {"valueQuantity": {"unit": "mm"}}, "unknown", "unknown"),
]


@pytest.mark.parametrize(("value", "fields", "finding", "_"), ANSWERS)
def test_an_answer_to_a_finding(
    read: Read, value: Any, fields: dict[str, Any], finding: str, _: str
) -> None:
    assert said(read(observation(SADDLE, value, **fields)), "saddle-numbness") == finding


@pytest.mark.parametrize(("value", "fields", "_", "function"), ANSWERS)
def test_an_answer_to_a_function_points_the_other_way(
    read: Read, value: Any, fields: dict[str, Any], _: str, function: str
) -> None:
    facts = read(observation("Saddle sensation", value, **fields))
    assert said(facts, "saddle-numbness") == function


@pytest.mark.parametrize(("value", "fields", "finding", "_"), ANSWERS)
def test_a_component_is_read_as_an_observation_is(
    read: Read, value: Any, fields: dict[str, Any], finding: str, _: str
) -> None:
    panel = observation("Cauda equina screen", component=[part(SADDLE, value, **fields)])
    assert said(read(panel), "saddle-numbness") == finding


LABELS = [
    ("No saddle numbness", True, "absent"),
    ("No saddle numbness", False, "present"),
    ("No saddle numbness", None, "absent"),
    ("Saddle numbness?", True, "present"),
    ("Saddle numbness?", None, "unknown"),
    ("?Saddle numbness", True, "suspected"),
    ("History of saddle numbness", True, "past"),
    ("History of saddle numbness", False, "nothing"),
    ("Reduced perianal sensation", True, "present"),
    ("Reduced perianal sensation", False, "absent"),
    ("Reduced perianal sensation", None, "present"),
    ("Perianal sensation intact", None, "absent"),
    ("Perianal sensation intact", False, "present"),
    ("Perianal sensation present", True, "absent"),
    ("Perianal sensation", None, "unknown"),
]


@pytest.mark.parametrize(("label", "value", "expected"), LABELS)
def test_the_question_may_hold_a_part_of_the_answer(
    read: Read, label: str, value: bool | None, expected: str
) -> None:
    assert said(read(observation(label, value)), "saddle-numbness") == expected


GENERAL: list[tuple[str, Any, str]] = [
    ("Symptom", coded(SADDLE, "Numbness of saddle area"), "present"),
    ("Symptom", coded(SADDLE), "present"),
    ("Finding", {"text": "Saddle anaesthesia"}, "present"),
    ("Finding", "saddle anaesthesia", "present"),
    ("Finding", "no saddle anaesthesia", "absent"),
    ("Symptoms denied", {"text": "Saddle anaesthesia"}, "absent"),
    ("Denies", coded(SADDLE, "Numbness of saddle area"), "absent"),
    ("Past medical history", "saddle anaesthesia", "past"),
    ("Suspected", {"text": "Saddle anaesthesia"}, "suspected"),
    ("Screening for red flags", "saddle anaesthesia", "present"),
    ("Red flag advice given", "saddle anaesthesia", "present"),
]


@pytest.mark.parametrize(("label", "value", "expected"), GENERAL)
def test_a_finding_may_be_the_answer_to_a_general_question(
    read: Read, label: str, value: Any, expected: str
) -> None:
    assert said(read(observation(label, value)), "saddle-numbness") == expected
    panel = observation("Assessment", component=[part(label, value)])
    assert said(read(panel), "saddle-numbness") == expected


def test_an_answer_that_is_the_finding_itself_says_yes(read: Read) -> None:
    status = observation(coded("82810-3", "Pregnancy status", LOINC), coded("77386006", "Pregnant"))
    assert said(read(status), "pregnancy") == "present"


def test_a_panel_says_nothing_by_itself(read: Read) -> None:
    panel = observation(SADDLE, component=[part("Comment", "none")])
    assert said(read(panel), "saddle-numbness") == "nothing"
    panel = observation("Saddle sensation", hasMember=[{"reference": "Observation/m"}])
    assert said(read(panel), "saddle-numbness") == "nothing"


def test_members_are_read_at_the_site_of_their_panel(read: Read) -> None:
    panel = observation("Left leg power", id="panel", hasMember=[{"reference": "Observation/m"}])
    member = observation("Muscle strength", "3/5", id="m")
    (fact,) = read(panel, member).standing["leg-power"].present
    assert set(fact.sites | fact.sides) == {"site-leg", "left"}


def test_the_side_of_a_panel_is_not_that_of_another_site(read: Read) -> None:
    panel = observation("Both legs", component=[part("Perianal sensation", "reduced"),
                                                part("Sensation", "reduced")])  # fmt: skip
    fact = present(read(panel), "saddle-numbness")
    assert set(fact.sites | fact.sides) == {"site-saddle"}


@pytest.mark.parametrize(
    ("value", "expected"), [(None, "absent"), (True, "present"), (False, "absent")]
)
def test_a_note_denies_a_finding_that_has_no_answer_of_its_own(
    read: Read, value: bool | None, expected: str
) -> None:
    body = observation(SADDLE, value, **note("Denies saddle numbness."))
    assert said(read(body), "saddle-numbness") == expected


def test_a_note_may_tell_what_nobody_asked(read: Read) -> None:
    body = observation("Blood pressure", quantity(120, "mm[Hg]"), **note("Saddle area numb today."))
    fact = present(read(body), "saddle-numbness")
    assert fact.by_text


def test_an_equivocal_interpretation_leaves_it_open(read: Read) -> None:
    body = observation(SADDLE, interpretation=[concept("equivocal")])
    assert said(read(body), "saddle-numbness") == "unknown"


TIMES: list[tuple[dict[str, Any], str, str | None]] = [
    ({"effectiveDateTime": "2026-10-30T09:00:00Z"}, "present", "2026-10-30T09:00"),
    ({"effectiveInstant": "2026-10-30T09:00:00Z"}, "present", "2026-10-30T09:00"),
    ({"issued": "2026-10-30T09:00:00Z"}, "present", "2026-10-30T09:00"),
    ({"effectiveDateTime": "2026-10-20T08:00:00Z", "issued": "2026-10-30T09:00:00Z"}, "present",
     "2026-10-20T09:00"),
    ({"effectivePeriod": {"start": "2026-10-01", "end": "2026-10-20"}}, "present", "2026-10-01"),
    ({"effectivePeriod": {"start": "2020-01-01"}}, "present", "2020-01-01"),
    ({"effectivePeriod": {"start": "2020-01-01", "end": "2026-12-01"}}, "present", "2020-01-01"),
    ({"effectivePeriod": {"end": "2026-10-20"}}, "present", "2026-10-20"),
    ({"effectivePeriod": {"start": "2020-01-01", "end": "2020-02-01"}}, "past", "2020-01-01"),
    ({}, "present", None),
    ({"effectiveDateTime": "2026-11-03"}, "nothing", None),
    ({"effectiveDateTime": "2026-10-30", "issued": "2026-11-05T00:00:00Z"}, "nothing", None),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected", "began"), TIMES)
def test_it_was_so_when_it_was_observed_else_when_it_was_issued(
    read: Read, fields: dict[str, Any], expected: str, began: str | None
) -> None:
    body = observation(SADDLE, True)
    del body["effectiveDateTime"]
    facts = read(body | fields)
    assert said(facts, "saddle-numbness") == expected
    if expected == "nothing":
        assert ignored(facts) == ["future-dated"]
        return
    (fact,) = facts.standing["saddle-numbness"].ever
    assert (fact.began.start if fact.began else None) == (when(began) if began else None)
