"""The way through with the shipped knowledge: from a request or a file to cards."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from time import process_time
from typing import Any

import msgspec
import pytest

from service.discovery import discovery
from service.errors import Problem
from service.files import read_file
from service.hooks import HOOK, read_request
from service.judging import LibraryEngine, load_engine
from service.terminal import show_text
from tests.service.fakes import bundle, condition, hook_request

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SADDLE = condition(
    clinicalStatus={"coding": [{"code": "active"}]},
    code={"text": "Saddle numbness"},
    onsetDateTime="2026-11-20",
)
MANY = 400
OLD = condition(code={"text": "Asthma"}, onsetDateTime="1990")


@pytest.fixture(scope="module")
def engine() -> LibraryEngine:
    return load_engine("http://127.0.0.1:8000")


def request(prefetch: dict[str, Any]) -> bytes:
    return msgspec.json.encode(hook_request(prefetch))


def test_an_emergency_is_told_without_the_rest_of_the_chart(engine: LibraryEngine) -> None:
    judgement = engine.judge(read_request(request({"theirs": bundle(SADDLE)})), NOW)
    assert judgement.evaluation.emergency
    assert judgement.cards[0]["indicator"] == "critical"


def test_without_an_emergency_half_a_chart_is_412(engine: LibraryEngine) -> None:
    with pytest.raises(Problem) as caught:
        engine.judge(read_request(request({"theirs": bundle(OLD)})), NOW)
    assert caught.value.status == HTTPStatus.PRECONDITION_FAILED
    assert [issue.where for issue in caught.value.issues] == ["prefetch.observations"]


def test_the_same_resource_as_a_file_gets_the_same_card(engine: LibraryEngine) -> None:
    judgement = engine.judge(read_file(msgspec.json.encode(SADDLE), None, HOOK), NOW)
    assert judgement.cards[0]["indicator"] == "critical"


def test_many_findings_without_an_id_take_no_longer_than_with_one(engine: LibraryEngine) -> None:
    def spent(named: bool) -> float:
        said = [
            SADDLE
            | {"id": f"c{number}" if named else None}
            | {"onsetDateTime": (NOW - timedelta(hours=number)).isoformat()}
            for number in range(1, MANY)
        ]
        asked = read_request(request({"theirs": bundle(*said)}))
        began = process_time()
        assert engine.judge(asked, NOW).evaluation.emergency
        return process_time() - began

    spent(named=True)  # what is remembered of the words is so for both
    assert min(spent(False), spent(False)) < 4 * min(spent(True), spent(True))


def test_every_criterion_has_its_entry_and_its_reasons(
    engine: LibraryEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    judgement = engine.judge(read_request(request({"c": bundle(SADDLE, OLD)})), NOW)
    explained = msgspec.json.decode(judgement.explanation)
    assert [one["id"] for one in explained["criteria"]] == list(engine.library.criteria)
    show_text("explain", False, "", judgement)
    shown = capsys.readouterr().out
    for name in engine.library.criteria:
        assert name in shown


def last_encounter(document: Any) -> datetime | None:
    entries = document.get("entry", []) if isinstance(document, dict) else []
    periods = [one["resource"].get("period", {}) for one in entries if "resource" in one]
    starts = [
        period["start"] for period in periods if isinstance(period, dict) and "start" in period
    ]
    times = [datetime.fromisoformat(start) for start in starts if len(start) > len("2026-11-22T")]
    return max(times, default=None)


def answer(engine: LibraryEngine, raw: bytes, now: datetime) -> str | None:
    """None for an answer with cards (be they none), else the line that says why there is none."""
    try:
        judgement = engine.judge(read_file(raw, None, HOOK), now)
    except Problem as problem:
        return str(problem)
    assert isinstance(msgspec.json.decode(judgement.body)["cards"], list)
    return None


@pytest.mark.parametrize("folder", ["synthea-bundles", "hl7-r4-examples"])
def test_others_charts_get_an_answer_or_one_clear_line(
    engine: LibraryEngine, shared: Path, folder: str
) -> None:
    paths = sorted((shared / "data" / folder).rglob("*.json"))
    assert paths
    for path in paths:
        raw = path.read_bytes()
        then = last_encounter(msgspec.json.decode(raw)) or NOW - timedelta(days=365)
        for line in (answer(engine, raw, NOW), answer(engine, raw, then)):
            assert line is None or folder == "hl7-r4-examples", path.name
            assert line is None or (line and "\n" not in line), path.name


def test_hl7_s_own_models_accept_what_is_offered_and_answered(
    engine: LibraryEngine, shared: Path, tmp_path: Path
) -> None:
    judgement = engine.judge(read_request(request({"c": bundle(SADDLE)})), NOW)
    documents = {"services": discovery()[0], "response": judgement.body}
    tool = shared / "tools" / "logical-check" / "logical_check.py"
    for kind, body in documents.items():
        path = tmp_path / f"{kind}.json"
        path.write_bytes(body)
        done = subprocess.run(
            [sys.executable, str(tool), kind, str(path)], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def test_a_chart_of_somebody_else_alone_is_refused(engine: LibraryEngine) -> None:
    theirs = {**SADDLE, "subject": {"reference": "Patient/somebody-else"}}
    call = request({"conditions": bundle(theirs), "observations": bundle()})
    with pytest.raises(Problem) as caught:
        engine.judge(read_request(call), NOW)
    assert caught.value.status == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize("patient", ["p1|x", "p1/../x", "p\x00", "p\ufffd", "p q"])
def test_an_id_that_is_none_is_refused(patient: str) -> None:
    body = hook_request({})
    body["context"]["patientId"] = patient
    with pytest.raises(Problem) as caught:
        read_request(msgspec.json.encode(body))
    assert caught.value.status == HTTPStatus.BAD_REQUEST
