from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service.answers import Ask, BadUsage, answer_files, ensure_known, moment
from tests.service.fakes import CARD, FakeEngine, condition, hook_request

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    documents = {
        "good": json.dumps(hook_request()),
        "bad": "no json",
        "alone": json.dumps(condition()),
        "quiet": json.dumps({"resourceType": "Bundle", "type": "collection",
                             "entry": [{"resource": {"resourceType": "Patient", "id": "p"}}]}),
    }  # fmt: skip
    for name, text in documents.items():
        (tmp_path / name).write_text(text)
    return {name: str(tmp_path / name) for name in documents}


def run(paths: list[str], kind: str = "check", as_json: bool = False) -> bool:
    return answer_files(paths, Ask(FakeEngine(), NOW), kind, as_json)


def test_json_is_exactly_the_hook_s_body(
    files: dict[str, str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run([files["good"]], as_json=True)
    out, err = capfdbinary.readouterr()
    assert json.loads(out) == {"cards": [CARD]}
    assert err == b""


def test_of_several_files_each_has_its_line_and_a_bad_one_stops_none(
    files: dict[str, str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert not run([files["bad"], files["good"], files["alone"]], as_json=True)
    out, err = capfdbinary.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line.get("resourceType", "cards") for line in lines] == [
        "OperationOutcome", "cards", "OperationOutcome",
    ]  # fmt: skip
    assert [line.partition(b": ")[0].decode() for line in err.splitlines()] == [
        files["bad"], files["alone"],
    ]  # fmt: skip


def test_text_shows_the_card_in_80_columns(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([files["good"]])
    shown = capsys.readouterr().out
    assert "CRITICAL  Suspected cauda equina syndrome: ER now" in shown
    assert "Numbness of saddle area" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown


def test_no_card_is_never_called_an_all_clear(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([files["quiet"]])
    assert "No card. This is not an all-clear" in capsys.readouterr().out


def test_several_answers_are_headed_by_their_files(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([files["good"], files["quiet"]], kind="explain")
    shown = capsys.readouterr().out.replace("\n", "")
    assert files["good"] in shown
    assert files["quiet"] in shown


def test_too_little_is_one_clear_line(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert not run([files["alone"]])
    out, err = capsys.readouterr()
    assert out == ""
    assert "observations were not supplied" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("at", "then"),
    [
        ("2026-10-31T09:00:00Z", datetime(2026, 10, 31, 9, tzinfo=UTC)),
        ("2026-10-31T09:00:00+02:00", datetime(2026, 10, 31, 7, tzinfo=UTC)),
        ("2026-07-31T09:00", datetime(2026, 7, 31, 7, tzinfo=UTC)),
        ("2026-07-31", datetime(2026, 7, 31, 21, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_the_moment_in_the_site_s_time(at: str, then: datetime) -> None:
    found = moment(at, BERLIN)
    assert found == then
    assert found.tzinfo is BERLIN


@pytest.mark.parametrize("at", ["yesterday", "2026-13-01", "31.10.2026", ""])
def test_what_is_no_moment_is_refused(at: str) -> None:
    with pytest.raises(BadUsage, match=r"^--at: "):
        moment(at, BERLIN)


def test_another_hook_is_refused() -> None:
    for hook in (None, "patient-view", "order-sign"):
        ensure_known(hook)
    with pytest.raises(BadUsage, match=r"^--hook: "):
        ensure_known("order-dispatch")
