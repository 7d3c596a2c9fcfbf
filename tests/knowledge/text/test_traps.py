"""No trap makes an emergency: each is put into a chart and judged as the service judges."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.checks.sentence_file import Sentence, load_sentences
from knowledge.checks.short import LISTS, NOW
from knowledge.language.schema import Urgency
from service.hooks import HookRequest
from service.judging import LibraryEngine, load_engine
from tests.knowledge.reading.charts import SCT, Json, coded

TODAY = NOW.isoformat()
ANCHOR = {
    "resourceType": "Condition",
    "id": "anchor",
    "code": coded("279039007", "Low back pain"),
    "onsetDateTime": "2026-10-29",
    "subject": {"reference": "Patient/p"},
}
PATIENT = {"resourceType": "Patient", "id": "p", "birthDate": "1981-04-02", "gender": "female"}


def as_note(text: str) -> Json:
    return {
        "resourceType": "Condition",
        "code": {"text": "Consultation"},
        "recordedDate": TODAY,
        "note": [{"text": text}],
    }


def as_code(text: str) -> Json:
    return {"resourceType": "Condition", "code": {"text": text}, "recordedDate": TODAY}


def as_value(text: str) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": coded("418799008", "Finding reported by subject", SCT),
        "effectiveDateTime": TODAY,
        "valueString": text,
    }


PLACES = [as_note, as_code, as_value]


@pytest.fixture(scope="module")
def engine() -> LibraryEngine:
    return load_engine("http://127.0.0.1:8000")


@pytest.fixture(scope="module")
def quiet(engine: LibraryEngine) -> list[Sentence]:
    table = load_sentences(engine.library.findings)
    return [one for batch in table.batches.values() for one in batch if one.quiet]


def emergencies(engine: LibraryEngine, said: Json) -> list[str]:
    """The emergency criteria that are met by a chart of back pain and what is said."""
    said = said | {"id": "said", "subject": {"reference": "Patient/p"}}
    prefetch: dict[str, Any] = {"patient": PATIENT, "back": ANCHOR, "said": said}
    judged = engine.judge(HookRequest("p", prefetch, supplied=LISTS), NOW).evaluation
    return [one.criterion.id for one in judged.criteria if one.urgency is Urgency.EMERGENCY]


@pytest.mark.parametrize("place", PLACES)
def test_no_trap_that_tells_of_nothing_makes_an_emergency(
    engine: LibraryEngine, quiet: list[Sentence], place: Any
) -> None:
    assert len(quiet) > 200
    found = {one.text: emergencies(engine, place(one.text)) for one in quiet}
    assert not {text: met for text, met in found.items() if met}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "text",
    [
        "Saddle numbness since yesterday",
        "No weakness but numb when wiping since yesterday",
        "Advised to attend ED if worse, numb saddle area today",
        "?cauda equina",
        "Mother has MS. Unable to pass urine since last night.",
    ],
)
def test_the_same_chart_with_a_red_flag_is_one(
    engine: LibraryEngine, place: Any, text: str
) -> None:
    assert emergencies(engine, place(text))
