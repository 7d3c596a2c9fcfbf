"""Not twice, from the hook's request to its answer: by what a store would have remembered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from knowledge.quieting import Dismissal, Recall, marks_of
from service.engine import Judgement
from service.hooks import DISCHARGE, OPENING, ORDER_HOOKS, HookRequest
from service.judging import LibraryEngine, load_engine
from service.terminal import show_text
from tests.service.fakes import condition

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=ZoneInfo("Europe/London"))
MINUTE = timedelta(minutes=1)
LISTS = frozenset(("Condition", "Observation", "ServiceRequest"))


@pytest.fixture(scope="module")
def engine() -> LibraryEngine:
    return load_engine("http://127.0.0.1:8000")


def said(text: str, **more: Any) -> dict[str, Any]:
    active = {"coding": [{"code": "active"}]}
    fields = {"onsetDateTime": "2026-11-24"} | more
    return condition(clinicalStatus=active, code={"text": text}, **fields)


SADDLE = said("Saddle numbness", id="c1")
RETENTION = said("Urinary retention", id="c2")
LEG = said("Numbness of left leg", id="c3")


def judge(
    engine: LibraryEngine,
    *chart: dict[str, Any],
    recall: Recall = lambda: (),
    at: datetime = NOW,
    hook: str = OPENING[0],
) -> Judgement:
    entries = [{"resource": one} for one in chart]
    prefetch = {"conditions": {"resourceType": "Bundle", "type": "searchset", "entry": entries}}
    request = HookRequest("p1", prefetch, supplied=LISTS, hook=hook)
    return engine.judge(request, at, recall=recall)


def undated(text: str, time: str, **more: Any) -> dict[str, Any]:
    """A Condition that tells when it was recorded, and not since when it is so."""
    one = said(text, recordedDate=f"2026-11-27T{time}:00Z", **more)
    del one["onsetDateTime"]
    return one


def answered(value: str | bool, hour: str) -> dict[str, Any]:
    """An Observation of the saddle at an hour of that day."""
    yes_or_no = isinstance(value, bool)
    return {
        "resourceType": "Observation",
        "id": f"o{hour}",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "code": {"text": "Saddle numbness" if yes_or_no else "Saddle sensation"},
        "effectiveDateTime": f"2026-11-27T{hour}:00:00Z",
        "valueBoolean" if yes_or_no else "valueString": value,
    }


def overridden(
    then: Judgement, reason: str = "long-standing-unchanged", at: datetime = NOW
) -> Recall:
    """The override of every card, as records keep it: by what each card spoke of."""
    known = [
        Dismissal(
            name, str(one.urgency), reason, at,
            msgspec.json.decode(msgspec.json.encode(marks_of(then.evaluation, name))),
        )
        for one in then.said
        for name in one.criteria
    ]  # fmt: skip
    return lambda: known


def indicators(judgement: Judgement) -> list[str]:
    return [card["indicator"] for card in judgement.cards]


def test_an_overridden_emergency_is_information_on_the_next_call(engine: LibraryEngine) -> None:
    recall = overridden(judge(engine, SADDLE))
    assert indicators(judge(engine, SADDLE)) == ["critical"]
    (card,) = judge(engine, SADDLE, recall=recall, at=NOW + MINUTE).cards
    assert card["indicator"] == "info"
    assert "overridden 10:00 (Long-standing and unchanged)" in card["summary"]


@pytest.mark.parametrize("hook", [*ORDER_HOOKS, DISCHARGE])
def test_no_override_quiets_an_order_or_a_discharge(engine: LibraryEngine, hook: str) -> None:
    """Whoever orders or sends home acts now; the store is not even asked."""
    recall = overridden(judge(engine, SADDLE))

    def never() -> Sequence[Dismissal]:
        raise AssertionError("asked")

    quiet = judge(engine, SADDLE, recall=recall, hook=hook)
    assert judge(engine, SADDLE, recall=never, hook=hook).evaluation == quiet.evaluation
    assert quiet.evaluation.emergency
    assert not any(one.overridden for one in quiet.evaluation.criteria)


@pytest.mark.parametrize("hook", OPENING)
def test_both_hooks_of_opening_a_chart_are_quieted(engine: LibraryEngine, hook: str) -> None:
    recall = overridden(judge(engine, SADDLE))
    assert indicators(judge(engine, SADDLE, recall=recall, hook=hook, at=NOW + MINUTE)) == ["info"]


def test_the_same_condition_written_down_again_stays_quiet(engine: LibraryEngine) -> None:
    recall = overridden(judge(engine, SADDLE))
    again = said("Saddle numbness", id="other", recordedDate="2026-11-27")
    assert indicators(judge(engine, again, recall=recall, at=NOW + MINUTE)) == ["info"]


def test_a_vague_onset_written_down_again_is_no_later_one(engine: LibraryEngine) -> None:
    legs = said("Weakness of both legs", id="c1")
    old = said("Breast cancer", id="c2", onsetDateTime="2023-05", recordedDate="2023-05-10")
    again = old | {"id": "c3", "recordedDate": "2026-11-27"}
    recall, at = overridden(judge(engine, legs, old)), NOW + MINUTE
    assert indicators(judge(engine, legs, old)) == ["critical"]
    assert indicators(judge(engine, legs, old, again, recall=recall, at=at)) == ["info"]
    exact = again | {"onsetDateTime": "2026-11-26"}
    assert indicators(judge(engine, legs, old, exact, recall=recall, at=at)) == ["critical"]


def test_a_new_sign_a_minute_later_speaks_in_full(engine: LibraryEngine) -> None:
    recall = overridden(judge(engine, SADDLE))
    (card,) = judge(engine, SADDLE, RETENTION, recall=recall, at=NOW + MINUTE).cards
    assert card["indicator"] == "critical"
    assert "Since then: Urinary retention or altered bladder function new" in card["detail"]
    assert card["suggestions"]


def test_without_a_reason_nothing_is_quiet(engine: LibraryEngine) -> None:
    recall = overridden(judge(engine, SADDLE), reason="")
    (card,) = judge(engine, SADDLE, recall=recall, at=NOW + MINUTE).cards
    assert card["indicator"] == "critical"
    assert "Overridden" not in card["detail"]


def test_a_day_later_to_the_second_it_speaks(engine: LibraryEngine) -> None:
    recall, day = overridden(judge(engine, SADDLE)), timedelta(days=1)
    before = judge(engine, SADDLE, recall=recall, at=NOW + day - timedelta(seconds=1))
    assert indicators(before) == ["info"]
    assert indicators(judge(engine, SADDLE, recall=recall, at=NOW + day)) == ["critical"]


def test_an_override_of_the_information_does_not_keep_it_for_another_day(
    engine: LibraryEngine,
) -> None:
    """Once in each of its times the emergency speaks aloud, however often the reminder is shut."""
    first = overridden(judge(engine, SADDLE))
    at = NOW + timedelta(hours=23)
    reminder = judge(engine, SADDLE, recall=first, at=at)
    assert indicators(reminder) == ["info"]
    known = [*first(), *overridden(reminder, at=at)()]
    assert indicators(judge(engine, SADDLE, recall=lambda: known, at=at)) == ["info"]
    later = judge(engine, SADDLE, recall=lambda: known, at=NOW + timedelta(days=1))
    assert indicators(later) == ["critical"]


def ended(one: dict[str, Any], **more: Any) -> dict[str, Any]:
    return one | {"clinicalStatus": {"coding": [{"code": "resolved"}]}} | more


@pytest.mark.parametrize("more", [{"abatementDateTime": "2026-11-27T10:20:00Z"}, {}])
def test_a_sign_that_was_over_and_is_there_again_speaks(
    engine: LibraryEngine, more: dict[str, Any]
) -> None:
    before = undated("Saddle numbness", "08:00", id="c1")
    recall = overridden(judge(engine, before))
    again = undated("Saddle numbness", "11:00", id="c2")
    at = NOW + timedelta(hours=2)
    assert indicators(judge(engine, before, again, recall=recall, at=at)) == ["info"]
    (card,) = judge(engine, ended(before, **more), again, recall=recall, at=at).cards
    assert card["indicator"] == "critical"
    assert "Saddle numbness with a new onset" in card["detail"]


def test_a_sign_that_was_denied_in_between_speaks(engine: LibraryEngine) -> None:
    seen = [answered(value, time) for value, time in ((True, "08"), (False, "10"), (True, "11"))]
    recall, at = overridden(judge(engine, seen[0])), NOW + timedelta(hours=2)
    assert indicators(judge(engine, seen[0], seen[2], recall=recall, at=at)) == ["info"]
    assert indicators(judge(engine, *seen, recall=recall, at=at)) == ["critical"]


def test_a_sign_that_began_after_the_override_speaks_though_the_old_one_is_of_that_day(
    engine: LibraryEngine,
) -> None:
    old = said("Saddle numbness", id="c1", onsetDateTime="2026-11-27")
    new = said("Saddle numbness", id="c2", onsetDateTime="2026-11-27T11:00:00Z")
    recall, at = overridden(judge(engine, old)), NOW + timedelta(hours=2)
    assert indicators(judge(engine, old, recall=recall, at=at)) == ["info"]
    assert indicators(judge(engine, old, new, recall=recall, at=at)) == ["critical"]


def test_a_relapse_speaks(engine: LibraryEngine) -> None:
    recall = overridden(judge(engine, SADDLE))
    back = SADDLE | {"clinicalStatus": {"coding": [{"code": "relapse"}]}}
    assert indicators(judge(engine, back, recall=recall, at=NOW + MINUTE)) == ["critical"]


def test_the_same_exam_with_another_answer_speaks(engine: LibraryEngine) -> None:
    back = said("Low back pain", id="b1")
    reduced, absent = answered("reduced", "08"), answered("absent", "11")
    recall, at = overridden(judge(engine, back, reduced)), NOW + timedelta(hours=2)
    again = answered("reduced", "11")
    assert indicators(judge(engine, back, reduced, again, recall=recall, at=at)) == ["info"]
    assert indicators(judge(engine, back, reduced, absent, recall=recall, at=at)) == ["critical"]


def test_the_questions_are_not_asked_again_until_something_is_new(engine: LibraryEngine) -> None:
    then = judge(engine, LEG)
    assert [one.criterion for one in then.said] == ["missing"]
    recall = overridden(then, "under-spinal-team")
    assert judge(engine, LEG, recall=recall, at=NOW + MINUTE).cards == []
    foot = said("Numbness of left buttock", id="c4", onsetDateTime="2026-11-26")
    (card,) = judge(engine, LEG, foot, recall=recall, at=NOW + MINUTE).cards
    assert "Since then: Numbness or altered sensation at another site or side" in card["detail"]


def test_the_questions_are_asked_again_where_something_cannot_be_read(
    engine: LibraryEngine,
) -> None:
    """It may be the answer; and no card at all would read as if there were nothing."""
    recall = overridden(judge(engine, LEG), "under-spinal-team")
    broken = SADDLE | {"code": 7}
    cards = judge(engine, LEG, broken, recall=recall, at=NOW + MINUTE).cards
    assert [card["source"]["topic"]["code"] for card in cards] == ["caudaequinascreen"]
    assert "Since then: a further question is open" in cards[0]["detail"]
    again = overridden(judge(engine, LEG, broken), "under-spinal-team")
    assert judge(engine, LEG, broken, recall=again, at=NOW + MINUTE).cards == []


def test_the_account_says_what_was_overridden(
    engine: LibraryEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    recall = overridden(judge(engine, SADDLE))
    judgement = judge(engine, SADDLE, recall=recall, at=NOW + MINUTE)
    told = msgspec.json.decode(judgement.explanation)
    found = next(one for one in told["criteria"] if one["id"] == "saddle-anaesthesia")
    assert found["outcome"] == "met"
    assert found["heldBackBy"] == ["quieted"]
    assert found["overridden"] == {
        "at": "2026-11-27T10:00:00+00:00",
        "reason": "long-standing-unchanged",
        "until": "2026-11-28T10:00:00+00:00",
        "becomes": "info",
        "since": [],
    }
    show_text("explain", False, "chart.json", judgement)
    assert "overridden: 2026-11-27T10:00:00+00:00 (long-standing" in capsys.readouterr().out


def test_a_store_that_breaks_lets_everything_speak(engine: LibraryEngine) -> None:
    def broken() -> Sequence[Dismissal]:
        raise OSError("gone")

    assert indicators(judge(engine, SADDLE, recall=broken)) == ["critical"]


def test_half_a_chart_is_still_no_chart_where_the_emergency_is_quiet(engine: LibraryEngine) -> None:
    """Whether enough was sent is asked of what is met, not of what is said."""
    recall = overridden(judge(engine, SADDLE))
    request = HookRequest("p1", {"c": SADDLE}, hook=OPENING[0])
    assert engine.judge(request, NOW + MINUTE, recall=recall).cards[0]["indicator"] == "info"
