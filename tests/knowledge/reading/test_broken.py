"""When the data is broken: nothing raises, and one resource never spoils the others."""

from __future__ import annotations

import copy
import random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.chart.decode import Decoded, read_body
from knowledge.language.facts import Facts
from knowledge.reading import reasons
from knowledge.reading.reader import Chart, ChartReader
from tests.knowledge.reading.charts import (
    LOINC,
    NOW,
    SADDLE,
    ZONE,
    Json,
    Read,
    coded,
    condition,
    ignored,
    note,
    observation,
    part,
    quantity,
    said,
)

SOUND = condition(
    SADDLE, id="sound", onsetDateTime="2026-10-30", subject={"reference": "Patient/p1"}
)
WHOLE: list[Json] = [
    condition("Numbness of left leg", onsetPeriod={"start": "2026-10-01", "end": "2026-10-05"},
              severity={"text": "severe"}, bodySite=[{"text": "left leg"}],
                          recordedDate="2026-10-02",
              **note("Worse since Monday. PVR 480 ml. Power 4/5 left leg.")),
    observation(coded("8310-5", "Body temperature", LOINC), quantity(38.5, "Cel"),
                referenceRange=[{"low": quantity(36, "Cel")}]),
    observation("Examination", component=[part("Left leg power", "3/5"), part("Anal tone", "lax")],
                hasMember=[{"reference": "#m"}], contained=[observation("Saddle sensation",
                            "absent", id="m")]),
    observation("Symptom", coded(SADDLE), effectivePeriod={"start": "2026-10-01"}),
    {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order",
     "medicationReference": {"reference": "#w"},
     "contained": [{"resourceType": "Medication", "id": "w", "code": {"text": "Warfarin"}}],
     "dosageInstruction": [{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                            "doseAndRate": [{"doseQuantity": {"value": 3, "unit": "mg"}}]}]},
    {"resourceType": "ServiceRequest", "id": "s", "status": "active", "intent": "order",
     "code": {"text": "MRI lumbar spine"}, "authoredOn": "2026-10-31", "priority": "stat"},
    {"resourceType": "Procedure", "id": "p", "status": "completed", "code": {"text": "Laminectomy"},
     "performedAge": {"value": 40, "unit": "a"}},
    {"resourceType": "DiagnosticReport", "id": "r", "status": "final",
                "code": {"text": "MRI spine"},
     "conclusion": "No cauda equina compression.", "issued": "2026-10-31T09:00:00Z"},
    {"resourceType": "Encounter", "id": "e", "status": "in-progress", "class": {"code": "EMER"},
     "period": {"start": "2026-11-01T08:00:00Z"}},
]  # fmt: skip

VALUES: list[Any] = [
    None, True, 0, -1, 1e300, -1e300, 2**70, "", "x", "9" * 400, "numb " * 1000,
    "0001-01-01", "9999-12-31", "2026-13-45", "Patient/p1", "#m", "#", [], [None], {},
                {"value": 1e300},
    {"text": "saddle numbness"}, {"coding": [{}]}, {"start": "9999", "end": "0001"}, [[[[]]]],
]  # fmt: skip


def places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a resource."""
    items = body.items() if isinstance(body, dict) else enumerate(body)
    found: list[tuple[Any, ...]] = []
    for key, value in items:
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += places(value, (*path, key))
    return found


def broken(body: Json, chance: random.Random) -> Json:
    """The resource with some of its fields dropped, swapped or replaced."""
    body = copy.deepcopy(body)
    for _ in range(chance.randint(1, 4)):
        path = chance.choice(places(body) or [("id",)])
        parent: Any = body
        for key in path[:-1]:
            parent = parent[key]
        if chance.random() < 0.25 and isinstance(parent, dict):
            del parent[path[-1]]
        else:
            parent[path[-1]] = copy.deepcopy(chance.choice(VALUES))
    return body


PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-06-15"}


def facts_of(reader: ChartReader, resources: list[Json]) -> tuple[Facts, Decoded]:
    entries = [{"resource": one} for one in (PATIENT, *resources)]
    bundle = {"resourceType": "Bundle", "entry": entries}
    decoded = read_body(msgspec.json.encode(bundle))
    return reader.read(Chart(decoded, "p1", "e", frozenset()), NOW, ZONE), decoded


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(min_value=0))
def test_an_emergency_is_found_among_broken_resources(reader: ChartReader, seed: int) -> None:
    chance = random.Random(seed)
    resources = [broken(one | {"id": f"b{n}"}, chance) for n, one in enumerate(WHOLE * 2)]
    resources.insert(chance.randrange(len(resources)), SOUND)
    facts, _ = facts_of(reader, resources)
    found = facts.standing["saddle-numbness"]
    assert "Condition/sound" in {fact.reference for fact in found.present}
    assert {one.reason for one in facts.ignored} <= reasons.REASONS.keys()
    assert facts.failed == ()


def test_the_whole_resources_are_all_read(reader: ChartReader) -> None:
    facts, _ = facts_of(reader, [one | {"id": f"w{n}"} for n, one in enumerate(WHOLE)])
    assert not facts.ignored
    expected = {"numbness", "leg-power", "saddle-numbness", "temperature", "post-void-residual"}
    assert expected | {"anticoagulant", "scan-ordered"} <= facts.standing.keys()


@pytest.mark.parametrize("where", ["code", "note", "valueString", "display", "conclusion"])
def test_a_text_of_a_megabyte_is_read_as_far_as_it_matters(read: Read, where: str) -> None:
    long = "Saddle numbness. " + "left leg, no numbness, " * 50_000
    bodies: dict[str, Json] = {
        "code": condition(long),
        "note": condition("Cough", **note(long)),
        "valueString": observation("Symptom", long),
        "display": condition(coded("1", long, "http://example.org")),
        "conclusion": {
            "resourceType": "DiagnosticReport",
            "code": {"text": "MRI"},
            "conclusion": long,
        },
    }
    facts = read(bodies[where], SOUND)
    assert "present" in {said(facts, "saddle-numbness"), said(facts, "numbness")}


def test_what_cannot_be_read_is_said_to_be_missing(read: Read) -> None:
    facts = read({"resourceType": "Condition", "id": "x", "code": 5}, {"resourceType": "Condition",
                 "id": "y", "code": [1, 2]}, SOUND)  # fmt: skip
    assert ignored(facts) == ["unreadable", "unreadable"]
    assert facts.incomplete == ("2 Conditions could not be read",)
    assert said(facts, "saddle-numbness") == "present"


def test_what_is_partly_unreadable_counts_and_is_named(read: Read) -> None:
    facts = read(condition(SADDLE, onsetDateTime={"not": "a date"}))
    assert said(facts, "saddle-numbness") == "present"
    assert ignored(facts) == ["partly-unreadable"]


def test_a_first_page_is_no_whole_list(reader: ChartReader) -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": SOUND}],
              "link": [{"relation": "next", "url": "https://ehr.example/page2"}]}  # fmt: skip
    decoded = read_body(msgspec.json.encode(bundle))
    facts = reader.read(Chart(decoded, "p1", None, frozenset()), NOW, ZONE)
    assert facts.incomplete == ("only the first page of Condition was sent",)


def test_a_resource_that_defeats_the_reader_spoils_no_other(
    read: Read, reader: ChartReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    from knowledge.reading import kinds

    def fail(*_: object) -> None:
        raise ValueError("nobody thought of that")

    monkeypatch.setattr(kinds, "observation", fail)
    facts = read(observation("Symptom", "saddle numbness"), SOUND)
    assert said(facts, "saddle-numbness") == "present"
    assert ignored(facts) == ["unreadable"]
    assert facts.incomplete == ("1 Observation could not be read",)
    assert [(one.id, one.exception, one.needed) for one in facts.failed] == [
        ("reading", "ValueError", True)
    ]
