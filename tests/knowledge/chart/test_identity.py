from __future__ import annotations

import pytest

from knowledge.chart.decode import Entry
from knowledge.chart.fhir import Identifier, Meta, Reference, Resource
from knowledge.chart.identity import Who, newest, patients

URN = "urn:uuid:5d1f0b1e-0000-4000-8000-00000000000A"


def entry(kind: str, own: str | None = None, url: str | None = None, **more: object) -> Entry:
    return Entry(Resource(resource_type=kind, id=own, **more), url, "key")  # type: ignore[arg-type]


def subject(text: str | None, **more: object) -> Resource:
    reference = Reference(reference=text, **more)  # type: ignore[arg-type]
    return Resource(resource_type="Observation", subject=reference)


PATIENT = entry("Patient", "p1", URN, birth_date="1966-11-22", identifier=Identifier("mrn", "7"))
WHO = Who.find("p1", [PATIENT, entry("Patient", "p2", "urn:uuid:other")])


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p1",
        "Patient/p1/",
        " Patient/p1 ",
        "Patient/p1/_history/3",
        "https://ehr.example.org/fhir/R4/Patient/p1",
        "https://ehr.example.org/fhir/R4/Patient/p1/_history/3",
        "/Patient/p1",
        "p1",
        URN,
        URN.upper(),
    ],
)
def test_a_reference_to_the_patient_belongs(reference: str) -> None:
    resource = subject(reference)
    assert WHO.owns(resource) is True
    assert WHO.belongs(resource.subject, resource) is True


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p2",
        "Patient/P1",
        "Patient/xp1",
        "Patient/p1x",
        "Group/p1",
        "RelatedPerson/p1",
        "https://ehr.example.org/fhir/RelatedPerson/p1",
        "https://ehr.example.org/fhir/NotPatient/p1",
        "Patient?identifier=mrn|7",
        "Patient/",
        "Patient",
        "urn:uuid:other",
        "urn:uuid:unknown",
        "#p",
        "#",
        "/",
    ],
)
def test_a_reference_to_somebody_else_does_not_belong(reference: str) -> None:
    assert WHO.owns(subject(reference)) is False


def test_no_subject_is_neither() -> None:
    assert WHO.owns(Resource(resource_type="Observation")) is None
    assert WHO.owns(subject(None)) is None
    assert WHO.owns(subject("")) is None
    assert WHO.owns(subject(None, display="A name")) is None


def test_the_field_patient_serves_as_subject() -> None:
    device = Resource(resource_type="Device", patient=Reference(reference="Patient/p2"))
    assert WHO.owns(device) is False


def test_a_uuid_that_is_the_id_of_the_patient_belongs_without_a_patient_entry() -> None:
    who = Who.find("5d1f0b1e-0000-4000-8000-00000000000a", [])
    assert who.owns(subject(URN)) is True
    assert who.owns(subject("urn:uuid:5d1f0b1e")) is False


def test_an_identifier_belongs_where_the_patient_bears_it() -> None:
    assert WHO.owns(subject(None, identifier=Identifier("mrn", "7"))) is True
    assert WHO.owns(subject(None, identifier=Identifier("mrn", "8"))) is False
    assert WHO.owns(subject(None, identifier=Identifier("other", "7"))) is False


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (Resource(resource_type="Patient", id="p"), True),
        (Resource(resource_type="Patient", id="#p"), True),
        (Resource(resource_type="Patient", id="p", birth_date="1966-11-22"), True),
        (Resource(resource_type="Patient", id="p", birth_date="1990-01-01"), False),
        (Resource(resource_type="Patient", id="p", identifier=(Identifier("mrn", "8"),)), False),
        (Resource(resource_type="Patient", id="p", identifier=(Identifier("mrn", "7"),)), True),
        (Resource(resource_type="RelatedPerson", id="p"), False),
        (Resource(resource_type="Patient", id="q"), False),
    ],
)
def test_a_contained_patient_belongs_unless_something_speaks_against(
    inside: Resource, expected: bool
) -> None:
    resource = Resource(
        resource_type="Observation", subject=Reference(reference="#p"), contained=(inside,)
    )
    assert WHO.owns(resource) is expected


def test_without_an_id_the_only_patient_is_the_patient() -> None:
    who = Who.find(None, [PATIENT, PATIENT, entry("Condition", "c")])
    assert who.patient_id == "p1"
    assert who.is_patient(PATIENT)
    assert who.owns(subject(URN)) is True


def test_of_several_patients_without_an_id_none_is_the_patient() -> None:
    who = Who.find(None, [PATIENT, entry("Patient", "p2")])
    assert who.patient_id is None
    assert not who.is_patient(PATIENT)
    assert who.owns(subject("Patient/p1")) is False
    assert who.owns(subject("Patient/None")) is False


def test_the_only_patient_of_another_id_is_not_the_patient() -> None:
    who = Who.find("p9", [PATIENT])
    assert who.patient_id == "p9"
    assert not who.is_patient(PATIENT)
    assert who.owns(subject(URN)) is False


def test_the_only_patient_without_an_id_is_the_patient() -> None:
    nameless = entry("Patient", None, "urn:uuid:abc")
    who = Who.find("p9", [nameless])
    assert who.is_patient(nameless)
    assert who.owns(subject("urn:uuid:abc")) is True


def test_a_patient_without_an_id_is_known_by_the_end_of_its_url() -> None:
    mine, other = entry("Patient", None, "urn:uuid:abc"), entry("Patient", None, "urn:uuid:def")
    who = Who.find("abc", [other, mine])
    assert who.is_patient(mine)
    assert not who.is_patient(other)


def test_a_uuid_without_any_patient_that_bears_it_is_somebody_else() -> None:
    assert Who.find("p1", []).owns(subject(URN)) is False


def test_the_id_may_come_with_its_type() -> None:
    assert Who.find("Patient/p1", []).owns(subject("Patient/p1")) is True


def test_the_patients_of_an_input_are_its_patient_entries() -> None:
    assert patients([PATIENT, entry("Condition", "c")]) == [PATIENT]


def seen(own: str | None, updated: str | None, url: str | None = None) -> Entry:
    return entry("Condition", own, url, meta=Meta(last_updated=updated))


def test_of_the_same_resource_the_newest_counts_in_the_first_place() -> None:
    old, new = seen("c", "2026-10-01T08:00:00+02:00"), seen("c", "2026-10-01T07:00:00Z")
    other = seen("d", None)
    assert newest([old, other, new]) == [new, other]
    assert newest([new, other, old]) == [new, other]


def test_a_version_without_a_date_is_the_oldest() -> None:
    dated, undated = seen("c", "2001-01-01"), seen("c", None)
    assert newest([undated, dated]) == [dated]
    assert newest([entry("Condition", "c"), dated]) == [dated]


def test_of_equals_the_fully_read_one_counts() -> None:
    whole = seen("c", "2026-10-01")
    torn = Entry(whole.resource, None, "other", ("onsetDateTime",))
    assert newest([torn, whole]) == [whole]
    assert newest([whole, torn]) == [whole]


def test_the_same_id_of_another_type_is_another_resource() -> None:
    both = [entry("Condition", "1"), entry("Observation", "1")]
    assert newest(both) == both


def test_resources_without_an_id_are_their_own_unless_their_url_is_the_same() -> None:
    nameless = [entry("Condition"), entry("Condition")]
    assert newest(nameless) == nameless
    assert len(newest([seen(None, None, URN), seen(None, None, URN)])) == 1
