"""The source attributes are those of the rule, and what they say follows from the criteria."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from knowledge.chart.codes import ICD_10_CM
from knowledge.chart.decode import read_body
from knowledge.evaluation import Evaluation
from knowledge.explaining.account import Explainer
from knowledge.explaining.attributes import Attributed, load_attributes
from knowledge.explaining.codes import sets_of
from knowledge.library import Library, load_library
from tests.conftest import ROOT

PATIENTS = sorted((ROOT / "knowledge" / "patients").glob("us-*.request.json"))
NOW = datetime(2026, 11, 1, 9, tzinfo=ZoneInfo("UTC"))
CORE = "http://hl7.org/fhir/us/core/StructureDefinition"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def explainer(library: Library) -> Explainer:
    return Explainer(library, "https://cds.example.org")


def attribute(explainer: Explainer, criterion: str, name: str) -> Attributed:
    found = explainer.account(criterion).attributes
    return next(one for one in found if one.id == name)


def test_the_list_has_the_thirteen_attributes_of_the_rule() -> None:
    assert [one.id for one in load_attributes().attributes] == [
        "citation", "developer", "funding", "dates", "race", "ethnicity", "language",
        "sexual-orientation", "gender-identity", "sex", "date-of-birth", "social-determinants",
        "health-status",
    ]  # fmt: skip


def test_the_page_can_say_what_was_not_checked() -> None:
    checked = load_attributes().checked
    assert checked.read
    assert "could not be opened" in checked.not_checked


def test_every_attribute_of_every_criterion_is_answered(
    explainer: Explainer, library: Library
) -> None:
    for name in library.criteria:
        found = explainer.account(name).attributes
        assert [one.number for one in found if not one.says or not all(one.says)] == []
        assert [one.used is None for one in found] == [one.number <= 4 for one in found]


def test_a_citation_is_there_for_each_source(explainer: Explainer, library: Library) -> None:
    cited = library.criteria["cauda-equina-syndrome"].sources
    says = attribute(explainer, "cauda-equina-syndrome", "citation").says
    assert len(says) == len(cited)
    assert any("https://" in text and "GIRFT" in text for text in says)


def test_the_age_is_used_by_all_and_its_limits_are_told_where_a_clause_asks(
    explainer: Explainer,
) -> None:
    everywhere = attribute(explainer, "saddle-anaesthesia", "date-of-birth")
    asked = attribute(explainer, "mechanical-postural", "date-of-birth")
    assert everywhere.used
    assert everywhere.says == (
        "Used for the age: under 16 years only emergencies are judged, and the card says so.",
    )
    assert "at least 71 years" in asked.says[0]


def test_health_status_is_used_where_a_finding_is_such_an_assessment(explainer: Explainer) -> None:
    used = attribute(explainer, "vitamin-deficiency-neuropathy", "health-status")
    unused = attribute(explainer, "postherpetic-neuralgia", "health-status")
    assert used.used
    assert "Pregnancy" in used.says[0]
    assert not unused.used


def test_the_file_names_only_findings_that_there_are(library: Library) -> None:
    named = {name for one in load_attributes().attributes if one.use for name in one.use.findings}
    assert named <= set(library.findings)
    assert set(load_attributes().overrides) <= set(library.criteria)


MEANING = {
    "social-determinants": [f"Z{number}" for number in range(55, 66)],
    "health-status": ["Z33", "Z72.0", "Z99.3", "Z74", "F10", "F11", "F14", "F15", "F17", "F18"],
}
"""ICD-10-CM categories of social determinants, and of functions, pregnancy and substances."""


@pytest.mark.parametrize("name", MEANING)
def test_a_finding_that_holds_such_codes_is_named_as_one(library: Library, name: str) -> None:
    listed = next(one.use for one in load_attributes().attributes if one.id == name)
    assert listed
    for finding in library.findings.values():
        lists = [library.valuesets.lists[one] for one in sets_of(finding)]
        codes = {code for one in lists for system, code in one.codes if system == ICD_10_CM}
        codes |= {rule.stem for one in lists for rule in one.rules if rule.system == ICD_10_CM}
        held = {code for code in codes for stem in MEANING[name] if code.startswith(stem)}
        assert not held or finding.id in listed.findings, f"{finding.id}: {held}"


def person(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "birthDate": "1980-05-01", **more}


def coded(url: str, code: str) -> dict[str, Any]:
    return {"url": f"{CORE}/{url}", "extension": [{"url": "text", "valueString": code}]}


def observed(loinc: str, text: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"demographic-{loinc}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "valueCodeableConcept": {"text": text},
    }


PEOPLE: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    (person(gender="male"), []),
    (person(gender="female"), []),
    (
        person(
            gender="other",
            extension=[
                coded("us-core-race", "Black or African American"),
                coded("us-core-ethnicity", "Hispanic or Latino"),
                {"url": f"{CORE}/us-core-birthsex", "valueCode": "F"},
                coded("us-core-genderIdentity", "Transgender"),
            ],
            communication=[{"language": {"text": "Spanish"}, "preferred": True}],
        ),
        [observed("76690-7", "Homosexual"), observed("76691-5", "Transgender female")],
    ),
    (
        person(
            gender="unknown",
            extension=[coded("us-core-race", "White"), coded("us-core-ethnicity", "Unknown")],
            communication=[{"language": {"text": "German"}}],
        ),
        [observed("76690-7", "Bisexual"), observed("99502-7", "Recorded sex: male")],
    ),
]


def judged(library: Library, path: Any, person: int) -> Evaluation:
    request = json.loads(path.read_text(encoding="utf-8"))
    patient, more = deepcopy(PEOPLE[person])
    patient["id"] = request["context"]["patientId"]
    for one in more:
        one["subject"] = {"reference": f"Patient/{patient['id']}"}
    entries = [
        entry["resource"]
        for bundle in request["prefetch"].values()
        if bundle
        for entry in bundle.get("entry", [])
    ]
    chart = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in (patient, *entries, *more)],
    }
    return library.judge(
        read_body(json.dumps(chart).encode()),
        patient_id=patient["id"],
        now=NOW,
        supplied=frozenset(("Condition", "Observation")),
    )


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.name.partition(".")[0])
def test_race_ethnicity_language_sex_gender_and_orientation_change_no_answer(
    library: Library, path: Any
) -> None:
    first, *others = (judged(library, path, person) for person in range(len(PEOPLE)))
    assert any(one.met for one in first.criteria)
    for other in others:
        assert other.criteria == first.criteria
        assert other.screen_missing == first.screen_missing
