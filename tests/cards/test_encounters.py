"""Patients who begin or end an encounter: each gets what a clinician would expect then."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
import yaml

from cards.compose import compose
from cards.discharging import compose_discharge
from knowledge.chart.decode import read_values
from knowledge.library import Library, load_library
from service.supplied import types_supplied
from tests.cards.builders import every_text
from tests.conftest import ROOT

FOLDER = ROOT / "knowledge" / "patients" / "encounters"
COMPOSERS = {"encounter-start": compose, "encounter-discharge": compose_discharge}
ENOUGH = 8


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """One patient at one moment, and what the cards have to be."""

    file: str
    title: str
    at: str
    cards: list[str]
    why: str
    says: list[str] = []
    silent_of: list[str] = []


@dataclass(frozen=True)
class Answered:
    """An entry, its request and the cards that it gets."""

    entry: Entry
    hook: str
    cards: list[dict[str, Any]]


def entries() -> list[Entry]:
    document = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
    return msgspec.convert(document["patients"], list[Entry])


def request_of(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / entry.file).read_text(encoding="utf-8"))
    return found


ENTRIES = entries()
REQUESTS = [request_of(one) for one in ENTRIES]


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def answer(library: Library, entry: Entry) -> Answered:
    request = request_of(entry)
    now = datetime.fromisoformat(entry.at).astimezone(ZoneInfo("UTC"))
    who = {
        "patient_id": request["context"]["patientId"],
        "encounter_id": request["context"]["encounterId"],
    }
    decoded = read_values(request["prefetch"])
    evaluation = library.judge(decoded, now=now, supplied=types_supplied(decoded), **who)
    cards = COMPOSERS[request["hook"]](evaluation, library, now=now, **who)
    return Answered(entry, request["hook"], cards)


@pytest.fixture(params=ENTRIES, ids=lambda entry: entry.file.split(".")[0])
def answered(request: pytest.FixtureRequest, library: Library) -> Answered:
    return answer(library, request.param)


def test_each_patient_gets_the_cards_that_a_clinician_expects(answered: Answered) -> None:
    assert [card["indicator"] for card in answered.cards] == answered.entry.cards


def test_the_first_card_says_what_it_has_to_say_and_no_more(answered: Answered) -> None:
    told = "\n".join(every_text(answered.cards[:1]))
    assert [words for words in answered.entry.says if words not in told] == []
    assert [words for words in answered.entry.silent_of if words in told] == []


def test_a_card_at_discharge_says_so_on_its_first_line(answered: Answered) -> None:
    prefixes = {"critical": "Do not discharge yet. "}
    for card in answered.cards:
        leaving = card["summary"].startswith(prefixes.get(card["indicator"], "Before discharge: "))
        assert leaving is (answered.hook == "encounter-discharge")


@pytest.mark.parametrize("hook", COMPOSERS)
def test_each_hook_has_at_least_eight_patients_from_both_sides(hook: str) -> None:
    told = zip(ENTRIES, REQUESTS, strict=True)
    mine = [one.cards for one, request in told if request["hook"] == hook]
    sides = Counter("card" if cards else "silence" for cards in mine)
    assert len(mine) >= ENOUGH
    assert min(sides["card"], sides["silence"]) >= ENOUGH // 2
    assert {name for cards in mine for name in cards} == {"critical", "warning", "info"}


def test_every_file_has_its_expectation_and_every_expectation_its_file() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == {one.file for one in ENTRIES}


def test_every_request_is_a_call_of_its_own_with_its_encounter() -> None:
    instances = [UUID(one["hookInstance"]) for one in REQUESTS]
    assert len(instances) == len(set(instances))
    for one in REQUESTS:
        assert one["context"].keys() == {"userId", "patientId", "encounterId"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.file.split(".")[0])
def test_a_patient_is_invented_and_named_so(entry: Entry) -> None:
    text = (FOLDER / entry.file).read_text(encoding="utf-8")
    assert set(re.findall(r'"family": "([^"]+)"', text)) == {"Example"}
