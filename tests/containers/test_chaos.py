"""How calls are counted while something happens, and that the page tells of all that does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.containers import page
from tests.containers.chaos import Chaos
from tests.containers.engine import Failed, Stack
from tests.containers.load import FEEDBACK, HOOK, LOST, Call, Load
from tests.containers.seen import Seen, ensure_right

KILLED = (10.0, 10.5)


def hook(began: float, ended: float, status: int = 200) -> Call:
    return Call(HOOK, "one", began, ended, status, right=status == 200)


def seen(*calls: Call) -> Seen:
    return Seen("kill", list(calls), 1.0, [KILLED], 0.1)


def test_what_was_in_flight_at_a_kill_may_be_lost() -> None:
    one = seen(hook(9.0, 10.1, LOST), hook(10.4, 11.0, 502), hook(9.9, 10.2))
    ensure_right(one)
    assert (one.in_flight, len(one.lost)) == (3, 2)


@pytest.mark.parametrize("lost", [hook(9.0, 9.9, 502), hook(10.6, 11.0, LOST)])
def test_what_was_lost_before_or_after_a_kill_is_an_error(lost: Call) -> None:
    with pytest.raises(Failed, match="lost without a kill: 1"):
        ensure_right(seen(hook(1.0, 2.0), lost))


@pytest.mark.parametrize("status", [401, 500, 503])
def test_an_answer_of_the_service_itself_is_never_lost_to_a_kill(status: int) -> None:
    with pytest.raises(Failed, match=f"answered wrong.*{status}"):
        ensure_right(seen(hook(9.0, 10.1, status)))


def test_a_card_that_is_not_critical_counts_as_lost() -> None:
    with pytest.raises(Failed, match="lost without a kill: 1"):
        ensure_right(seen(Call(HOOK, "one", 1.0, 2.0, 200, right=False)))


def test_feedback_that_is_asked_for_again_is_not_lost_but_a_hook_that_is_told_so_is() -> None:
    calm = Seen("away", [hook(1.0, 2.0), Call(FEEDBACK, "one", 1.0, 2.0, 503)], 1.0)
    ensure_right(calm)
    assert calm.again == 1
    with pytest.raises(Failed, match="lost without a kill: 1"):
        ensure_right(Seen("away", [hook(1.0, 2.0, 503)], 1.0))


def test_the_page_has_a_line_for_each_thing_that_happens_in_its_order() -> None:
    steps = list(Chaos(Stack(), Load.__new__(Load)).steps())[1:-1]
    text = page.PAGE.read_text(encoding="utf-8")
    lines = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    first = lines.index(page.HEADS[0]) + 2
    assert lines[first : first + len(steps)] == [one.removeprefix("chaos, ") for one in steps]
    assert lines[first + len(steps)] == "all"


def test_the_sums_of_the_page_are_those_of_its_lines() -> None:
    rows = page.table([seen(hook(1.0, 1.2)), seen(hook(2.0, 2.5), hook(10.0, 10.1, LOST))])
    cells = [one.strip() for one in rows.splitlines()[-1].strip("|").split("|")]
    assert cells == ["all", "2", "2", "0.50 s", "0", "0", "1", "1", "0.1 s"]


def test_a_page_that_is_written_keeps_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "chaos.md"
    there.write_text("before\n<!-- figures -->\nold\n<!-- end -->\nafter\n")
    monkeypatch.setattr(page, "PAGE", there)
    monkeypatch.setattr(page, "run", lambda *_: '[{"RepoDigests": []}]')
    stack = Stack({"WORKERS": "2", "REPLICAS": "2"})
    page.keep(Chaos(stack, Load.__new__(Load), 3, [seen(hook(1.0, 1.2))]), "a machine")
    text = there.read_text()
    assert text.startswith("before\n<!-- figures -->\n| what happened |")
    assert text.endswith("the database away for 3 s each time.\n<!-- end -->\nafter\n")
    assert "stand-ins" in text
