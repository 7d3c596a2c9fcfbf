"""Conditions: whether, since when and until when (chart.md, G2 and G6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.knowledge.reading.charts import (
    NOW,
    SADDLE,
    ZONE,
    Read,
    clinical,
    condition,
    ignored,
    present,
    said,
    verified,
    when,
)

BORN = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-06-15"}

STATUSES: list[tuple[dict[str, Any], str]] = [
    ({}, "present"),
    (clinical("active"), "present"),
    (clinical("recurrence"), "present"),
    (clinical("relapse"), "present"),
    (clinical("inactive"), "past"),
    (clinical("remission"), "past"),
    (clinical("resolved"), "past"),
    ({"clinicalStatus": {"text": "Resolved"}}, "past"),
    ({"clinicalStatus": "resolved"}, "past"),
    (verified("confirmed"), "present"),
    (verified("unconfirmed"), "suspected"),
    (verified("provisional"), "suspected"),
    (verified("differential"), "suspected"),
    (verified("refuted"), "absent"),
    (verified("entered-in-error"), "nothing"),
    ({"verificationStatus": {"text": "Entered in Error"}}, "nothing"),
    (clinical("resolved") | verified("refuted"), "absent"),
    ({"modifierExtension": [{"url": "https://example.org/who-knows"}]}, "suspected"),
]


@pytest.mark.parametrize(("fields", "expected"), STATUSES)
def test_the_statuses_say_whether_it_counts(
    read: Read, fields: dict[str, Any], expected: str
) -> None:
    facts = read(condition(SADDLE, **fields))
    assert said(facts, "saddle-numbness") == expected
    reasons = {"nothing": ["entered-in-error"], "absent": ["refuted"]}
    assert ignored(facts) == reasons.get(expected, [])


ABATEMENTS: list[tuple[dict[str, Any], str]] = [
    ({"abatementDateTime": "2026-10-31"}, "past"),
    ({"abatementDateTime": "2026-11-01T08:00:00Z"}, "past"),
    ({"abatementDateTime": "2026-12-01"}, "present"),
    ({"abatementDateTime": "2026-12-01"} | clinical("resolved"), "present"),
    ({"abatementDateTime": "2025"} | clinical("active"), "past"),
    ({"abatementDateTime": "2026"}, "past"),
    ({"abatementDateTime": "2026"} | clinical("active"), "present"),
    ({"abatementPeriod": {"start": "2026-10-01", "end": "2026-10-20"}}, "past"),
    ({"abatementPeriod": {"end": "2026-12-20"}} | clinical("resolved"), "present"),
    ({"abatementAge": {"value": 45, "unit": "a"}}, "past"),
    ({"abatementAge": {"value": 60, "unit": "a"}} | clinical("resolved"), "present"),
    ({"abatementRange": {"low": {"value": 40, "unit": "a"}, "high": {"value": 41, "unit": "a"}}},
     "past"),
    ({"abatementString": "after the operation"}, "past"),
    ({"abatementString": "2026-10-12"}, "past"),
    ({"abatementString": "still there"} | clinical("active"), "present"),
    ({"abatementBoolean": True}, "past"),
    ({"abatementBoolean": False}, "present"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), ABATEMENTS)
def test_an_abatement_in_the_past_makes_it_history(
    read: Read, fields: dict[str, Any], expected: str
) -> None:
    assert said(read(BORN, condition(SADDLE, **fields)), "saddle-numbness") == expected


def test_an_abatement_by_age_without_a_birth_date_is_still_one(read: Read) -> None:
    facts = read(condition(SADDLE, abatementAge={"value": 45, "unit": "a"}))
    assert said(facts, "saddle-numbness") == "past"


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2026-09-15", "present"), ("2026-10-15", "past"), ("2026-08-01", "nothing")],
)
def test_judged_at_an_earlier_moment_what_ended_later_had_not_ended(
    read: Read, at: str, expected: str
) -> None:
    body = condition(
        SADDLE, onsetDateTime="2026-09-01", abatementDateTime="2026-10-01", **clinical("resolved")
    )
    moment = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    assert said(read(body, at=moment), "saddle-numbness") == expected


ONSETS: list[tuple[dict[str, Any], tuple[str, str] | None]] = [
    ({"onsetDateTime": "2026-10-20"}, ("2026-10-20T00:00", "2026-10-21T00:00")),
    ({"onsetDateTime": "2026-10-20T10:00:00Z"}, ("2026-10-20T11:00", "2026-10-20T11:00")),
    ({"onsetDateTime": "2026-10-20", "recordedDate": "2026-10-30"},
     ("2026-10-20T00:00", "2026-10-21T00:00")),
    ({"onsetPeriod": {"start": "2026-10-20", "end": "2026-10-25"}},
     ("2026-10-20T00:00", "2026-10-21T00:00")),
    ({"onsetAge": {"value": 45, "unit": "a", "code": "a"}}, ("2025-06-15T00:00",
     "2026-06-16T00:00")),
    ({"onsetRange": {"low": {"value": 44, "code": "a"}, "high": {"value": 45, "code": "a"}}},
     ("2024-06-15T00:00", "2026-06-16T00:00")),
    ({"onsetString": "2026-10-20"}, ("2026-10-20T00:00", "2026-10-21T00:00")),
    ({"onsetString": "some time ago", "recordedDate": "2026-10-30"},
     ("2026-10-30T00:00", "2026-10-31T00:00")),
    ({"recordedDate": "2026-10-30"}, ("2026-10-30T00:00", "2026-10-31T00:00")),
    ({"onsetDateTime": "2026", "recordedDate": "2026-06-15"},
     ("2026-06-01T00:00", "2026-06-16T00:00")),
    ({"onsetDateTime": "2026-06", "recordedDate": "2026-06-05"},
     ("2026-06-01T00:00", "2026-06-06T00:00")),
    ({"onsetDateTime": "2026-05", "recordedDate": "2026-06-10"},
     ("2026-05-27T00:00", "2026-06-01T00:00")),
    ({"onsetDateTime": "2020", "recordedDate": "2026-10-30"},
     ("2021-01-01T00:00", "2021-01-01T00:00")),
    ({"onsetDateTime": "2026"}, ("2026-01-01T00:00", "2027-01-01T00:00")),
    ({"encounter": {"reference": "Encounter/e"}}, ("2026-10-25T08:00", "2026-10-25T08:00")),
    ({}, None),
]  # fmt: skip
VISIT = {
    "resourceType": "Encounter",
    "id": "e",
    "status": "finished",
    "period": {"start": "2026-10-25T08:00:00Z", "end": "2026-10-25T09:00:00Z"},
}


@pytest.mark.parametrize(("fields", "expected"), ONSETS)
def test_the_onset_is_an_interval(
    read: Read, fields: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    fact = present(read(BORN, VISIT, condition(SADDLE, **fields)), "saddle-numbness")
    if expected is None:
        assert fact.began is None
        return
    assert fact.began is not None
    assert fact.began.start == pytest.approx(when(expected[0]), abs=1)
    assert fact.began.end == pytest.approx(when(expected[1]), abs=1)


def test_only_an_onset_of_its_own_is_a_stated_one(read: Read) -> None:
    stated = present(read(condition(SADDLE, onsetDateTime="2026-10-20")), "saddle-numbness")
    recorded = present(read(condition(SADDLE, recordedDate="2026-10-20")), "saddle-numbness")
    assert stated.onset_stated
    assert not recorded.onset_stated


def test_an_age_of_onset_without_a_birth_date_is_no_date(read: Read) -> None:
    fact = present(read(condition(SADDLE, onsetAge={"value": 45, "code": "a"})), "saddle-numbness")
    assert fact.began is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"onsetDateTime": "2026-11-03"}, "nothing"),
        ({"onsetDateTime": "2026-12"}, "nothing"),
        ({"recordedDate": "2027-01-01", "onsetDateTime": "2026-10-01"}, "nothing"),
        ({"onsetDateTime": "2026-11-02"}, "present"),
        ({"onsetDateTime": "2026-11-02T08:00:00Z"}, "present"),
    ],
)
def test_the_future_is_ignored_but_for_the_skew_of_a_clock(
    read: Read, fields: dict[str, Any], expected: str
) -> None:
    facts = read(condition(SADDLE, **fields))
    assert said(facts, "saddle-numbness") == expected
    assert ignored(facts) == ([] if expected == "present" else ["future-dated"])


def test_the_end_of_an_onset_period_is_when_it_was_worst(read: Read) -> None:
    body = condition(SADDLE, onsetPeriod={"start": "2026-10-20", "end": "2026-10-25"})
    worst = present(read(body), "saddle-numbness").worst
    assert worst is not None
    assert worst.start == when("2026-10-25")


def test_an_onset_period_with_only_an_end_reaches_back_over_the_whole_life(read: Read) -> None:
    body = condition(SADDLE, onsetPeriod={"end": "2026-10-25"})
    for patient, start in ((BORN, "1980-06-15"), ({"resourceType": "Patient"}, "1900-01-01")):
        began = present(read(patient, body), "saddle-numbness").began
        assert began is not None
        assert began.start == when(start)
        assert began.end == pytest.approx(when("2026-10-26"), abs=1)


def test_a_problem_list_item_is_known_as_one(read: Read) -> None:
    category = [{"coding": [{"code": "problem-list-item"}]}]
    assert present(read(condition(SADDLE, category=category)), "saddle-numbness").problem_list


def test_what_a_refuted_condition_notes_of_something_else_stands(read: Read) -> None:
    body = condition(
        "Cauda equina syndrome", note=[{"text": "Low back pain for a week."}], **verified("refuted")
    )
    facts = read(body)
    assert said(facts, "cauda-equina-syndrome") == "absent"
    assert said(facts, "back-pain") == "present"


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("255604002", "mild"), ("6736007", "moderate"), ("24484000", "severe"), ("Severe", "severe")],
)
def test_the_severity_element_is_read(read: Read, severity: str, expected: str) -> None:
    element = {"coding": [{"system": "http://snomed.info/sct", "code": severity}]}
    body = condition(SADDLE, severity=element if severity.isdigit() else {"text": severity})
    assert present(read(body), "saddle-numbness").severity == expected


def test_now_is_the_moment_of_judgement(read: Read) -> None:
    assert read().now == NOW.timestamp()
