"""The example patients: each chart, as an EHR writes it, gets what a clinician would expect."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import yaml

from service.engine import Judgement
from service.files import read_bytes, read_file
from service.hooks import HOOK
from service.judging import LibraryEngine, load_engine
from tests.conftest import ROOT

FOLDER = ROOT / "knowledge" / "patients"
ENOUGH = 20
DECADE = timedelta(days=3653)
DATE = re.compile(r'"(19|20)\d\d-\d\d')
SUFFIXES = (".request.json", ".bundle.json")


class Expectation(msgspec.Struct, forbid_unknown_fields=True):
    """What has to come out; `met` is the whole list, None where it does not matter."""

    cards: list[str]
    met: dict[str, str] | None = None
    not_met: list[str] = []
    unknown: list[str] = []
    ignored: list[str] = []
    says: list[str] = []


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """One patient at one moment."""

    file: str
    title: str
    written_as: str
    expect: Expectation
    why: str
    at: str | None = None

    @property
    def moment(self) -> datetime:
        """When it is judged: as written, else now."""
        return datetime.fromisoformat(self.at) if self.at else datetime.now(UTC)


@dataclass(frozen=True)
class Case:
    """An entry and what the program says of it."""

    expect: Expectation
    judgement: Judgement

    def outcomes(self, names: list[str]) -> dict[str, str]:
        """How each of these criteria came out."""
        found = {one.criterion.id: one.outcome for one in self.judgement.evaluation.criteria}
        return {name: found[name] for name in names}


def entries() -> list[Entry]:
    document = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
    return msgspec.convert(document["patients"], list[Entry])


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.json"))


ENTRIES = entries()
UNDATED = [one for one in ENTRIES if one.at is None]


def named(entry: Entry) -> str:
    return f"{entry.file.split('.')[0]}@{entry.at or 'now'}"


@pytest.fixture(scope="module")
def engine() -> LibraryEngine:
    return load_engine("http://127.0.0.1:8000")


def judged(engine: LibraryEngine, entry: Entry, moment: datetime) -> Judgement:
    return engine.judge(read_file(read_bytes(str(FOLDER / entry.file)), None, HOOK), moment)


@pytest.fixture(params=ENTRIES, ids=named)
def case(request: pytest.FixtureRequest, engine: LibraryEngine) -> Case:
    entry: Entry = request.param
    return Case(entry.expect, judged(engine, entry, entry.moment))


def test_each_patient_gets_the_cards_that_a_clinician_expects(case: Case) -> None:
    assert [card["indicator"] for card in case.judgement.cards] == case.expect.cards


def test_each_patient_meets_the_criteria_that_a_clinician_expects(case: Case) -> None:
    met = {one.criterion.id: str(one.urgency) for one in case.judgement.evaluation.met}
    assert case.expect.met is None or met == case.expect.met


def test_what_is_not_met_or_unknown_is_told_apart(case: Case) -> None:
    wanted = dict.fromkeys(case.expect.not_met, "not-met")
    wanted |= dict.fromkeys(case.expect.unknown, "unknown")
    assert case.outcomes(list(wanted)) == wanted


def test_what_is_left_out_is_left_out_with_its_reason(case: Case) -> None:
    reasons = {one.reason for one in case.judgement.evaluation.ignored}
    assert set(case.expect.ignored) <= reasons


def test_the_first_card_says_what_it_has_to_say(case: Case) -> None:
    shown = [f"{card['summary']}\n{card['detail']}" for card in case.judgement.cards][:1]
    assert all(words in text for words in case.expect.says for text in shown)


@pytest.mark.parametrize("entry", UNDATED, ids=named)
def test_a_patient_without_dates_never_goes_stale(entry: Entry, engine: LibraryEngine) -> None:
    """Only the birth date and version-like numbers may look like a date in such a file."""
    text = (FOLDER / entry.file).read_text(encoding="utf-8")
    assert len(DATE.findall(text)) == text.count('"birthDate"')
    later = judged(engine, entry, datetime.now(UTC) + DECADE)
    assert [card["indicator"] for card in later.cards] == entry.expect.cards


def test_the_example_of_make_run_is_critical_by_the_real_clock() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    example = re.search(r"^EXAMPLE \?= knowledge/patients/(\S+)$", makefile, re.MULTILINE)
    assert example
    shown = [one for one in UNDATED if one.file == example[1]]
    assert [one.expect.cards for one in shown] == [["critical"]]


def test_every_file_has_its_expectation_and_every_expectation_its_file() -> None:
    assert {path.name for path in files()} == {one.file for one in ENTRIES}


def test_there_are_at_least_twenty_patients() -> None:
    assert len(files()) >= ENOUGH


def test_no_patient_is_judged_twice_at_the_same_moment() -> None:
    keys = [(one.file, one.at) for one in ENTRIES]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name.split(".")[0])
def test_a_patient_is_invented_and_named_so(path: Path) -> None:
    assert path.name.endswith(SUFFIXES)
    text = path.read_text(encoding="utf-8")
    families = re.findall(r'"family": "([^"]+)"', text)
    assert set(families) == {"Example"}


def test_every_request_is_a_call_of_its_own() -> None:
    requests = [
        msgspec.json.decode(path.read_bytes()) for path in files() if "request" in path.name
    ]
    instances = [UUID(one["hookInstance"]) for one in requests]
    assert len(instances) == len(set(instances))
    assert {one["hook"] for one in requests} == {HOOK}
