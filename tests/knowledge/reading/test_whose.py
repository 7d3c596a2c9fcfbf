"""Whose data (chart.md, G3): only what is the patient's own counts, each resource once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.knowledge.reading.charts import (
    ICD,
    SADDLE,
    Read,
    clinical,
    coded,
    condition,
    ignored,
    observation,
    said,
)

SUBJECTS = [
    (None, True),
    ({"reference": "Patient/p1"}, True),
    ({"reference": "https://ehr.example/fhir/Patient/p1"}, True),
    ({"reference": "Patient/p1/_history/3"}, True),
    ({"display": "Jane Doe"}, True),
    ({"reference": "Patient/p2"}, False),
    ({"reference": "https://ehr.example/fhir/Patient/p2"}, False),
    ({"reference": "RelatedPerson/p1"}, False),
    ({"reference": "Group/p1"}, False),
]


@pytest.mark.parametrize(("subject", "counts"), SUBJECTS)
def test_only_resources_about_the_patient_count(
    read: Read, subject: dict[str, Any] | None, counts: bool
) -> None:
    facts = read(condition(SADDLE) | ({"subject": subject} if subject else {}))
    assert said(facts, "saddle-numbness") == ("present" if counts else "nothing")
    assert ignored(facts) == ([] if counts else ["other-patient"])


def test_two_patients_in_a_bundle_stay_apart(read: Read) -> None:
    facts = read(
        {"resourceType": "Patient", "id": "p1"},
        {"resourceType": "Patient", "id": "p2"},
        condition(SADDLE, subject={"reference": "Patient/p2"}),
        condition("279039007", id="b", subject={"reference": "Patient/p1"}),
    )
    assert said(facts, "saddle-numbness") == "nothing"
    assert said(facts, "back-pain") == "present"


FOCUS = [
    ({"reference": "Patient/p1"}, True),
    ({"reference": "Patient/child"}, False),
    ({"reference": "RelatedPerson/mother"}, False),
    ({"reference": "urn:uuid:1", "type": "RelatedPerson"}, False),
    ({"reference": "#fetus"}, False),
    ({"reference": "Device/pump"}, True),
]


@pytest.mark.parametrize(("focus", "counts"), FOCUS)
def test_an_observation_with_another_person_in_focus_is_not_the_patients(
    read: Read, focus: dict[str, str], counts: bool
) -> None:
    fetus = {"resourceType": "Patient", "id": "fetus", "birthDate": "2026-12-01"}
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01"}
    body = observation(SADDLE, True, focus=[focus], contained=[fetus])
    facts = read(patient, body)
    assert said(facts, "saddle-numbness") == ("present" if counts else "nothing")


FAMILY = [
    condition(coded("Z83.3", system=ICD)),
    condition(coded("160339007")),
    observation("Some question", coded("Z80.3", system=ICD)),
    observation(SADDLE, True, category=[{"coding": [{"code": "relatedperson"}]}]),
    {"resourceType": "FamilyMemberHistory", "id": "f", "condition": [{"code": {"text": "CES"}}]},
]


@pytest.mark.parametrize("body", FAMILY)
def test_the_family_is_not_the_patient(read: Read, body: dict[str, Any]) -> None:
    facts = read(body)
    assert not facts.standing
    assert ignored(facts) == ["family-history"]


@pytest.mark.parametrize(
    "body",
    [
        condition("Mother has diabetes"),
        condition("FH: saddle numbness"),
        observation("Family history", "diabetes mellitus"),
        observation("Family history", {"text": "Diabetes mellitus"}),
        observation("Family history", coded("73211009", "Diabetes mellitus")),
    ],
)
def test_a_text_about_relatives_says_nothing(read: Read, body: dict[str, Any]) -> None:
    assert not any(one.present or one.past for one in read(body).standing.values())


def test_the_same_resource_counts_once_and_the_newest_version_wins(read: Read) -> None:
    older = condition(SADDLE, meta={"lastUpdated": "2026-10-01T08:00:00Z"})
    newer = older | clinical("resolved") | {"meta": {"lastUpdated": "2026-10-20T08:00:00Z"}}
    for order in ((older, newer), (newer, older)):
        facts = read(*order)
        assert said(facts, "saddle-numbness") == "past"
        assert len(facts.standing["saddle-numbness"].ever) == 1


CONTAINERS = [
    observation(
        "Neurological examination",
        hasMember=[{"reference": "#m"}],
        contained=[{"resourceType": "Observation", "id": "m", "code": {"text": "Saddle sensation"},
                    "valueString": "absent"}],
    ),
    {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "code": {"text": "Neurological examination"},
        "result": [{"reference": "#m"}],
        "contained": [observation("Saddle sensation", "absent", id="m")],
    },
    condition(
        "Radiculopathy",
        evidence=[{"detail": [{"reference": "#m"}]}],
        contained=[observation("Saddle sensation", "absent", id="m")],
    ),
]  # fmt: skip


@pytest.mark.parametrize("body", CONTAINERS)
def test_a_contained_resource_is_read_where_something_refers_to_it(
    read: Read, body: dict[str, Any]
) -> None:
    facts = read(body)
    assert said(facts, "saddle-numbness") == "present"
    (fact,) = facts.standing["saddle-numbness"].present
    assert fact.reference.endswith("#m")


def test_a_contained_resource_that_nothing_refers_to_is_not_read(read: Read) -> None:
    facts = read(condition("Cough", contained=[condition(SADDLE, id="m")]))
    assert said(facts, "saddle-numbness") == "nothing"


def test_a_contained_observation_of_a_preliminary_panel_is_preliminary(read: Read) -> None:
    body = CONTAINERS[0] | {"status": "preliminary"}
    assert read(body).standing["saddle-numbness"].present[0].preliminary


@pytest.mark.parametrize(
    ("died", "deceased"),
    [
        ({"deceasedBoolean": True}, True),
        ({"deceasedBoolean": False}, False),
        ({"deceasedDateTime": "2026-10-31"}, True),
        ({"deceasedDateTime": "2026-12-31"}, False),
        ({}, False),
    ],
)
def test_the_deceased_are_known(read: Read, died: dict[str, Any], deceased: bool) -> None:
    assert read({"resourceType": "Patient", "id": "p1"} | died).deceased is deceased


@pytest.mark.parametrize(
    ("birth", "age"), [("1980-11-01", 46), ("1980-11-02", 45), ("1980", 46), (None, None)]
)
def test_the_age_is_in_completed_years(read: Read, birth: str | None, age: int | None) -> None:
    patient = {"resourceType": "Patient", "id": "p1"} | ({"birthDate": birth} if birth else {})
    assert read(patient).age == age
