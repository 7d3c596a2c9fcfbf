"""What an override keeps quiet, and what speaks again: the pure part, without store and cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from knowledge.checks.short import NOW, facts_of
from knowledge.evaluation import Evaluation, Judged, News
from knowledge.failing import Failed
from knowledge.language.schema import Example, Urgency
from knowledge.library import Library, load_library
from knowledge.quieting import MISSING, Dismissal, Recall, marks_of

SADDLE = {"saddle-numbness": {"began": "3 d ago"}}
RETENTION = {"urinary-retention": {"began": "3 d ago"}}
LEG = {"numbness": {"began": "20 d ago", "sites": ["site-leg"]}}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def evaluated(library: Library, *chart: Any, **more: Any) -> Evaluation:
    example = Example(name="one", chart=chart, expect="unknown", **more)
    return library.evaluate(facts_of(example, library.findings), NOW)


def stored(marks: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(marks))
    return told


def overridden(then: Evaluation, at: datetime, reason: str = "under-spinal-team") -> Recall:
    """The override of all that was met, as it comes back from a database."""
    names = [*(one.criterion.id for one in then.met), MISSING]
    found = [Dismissal(name, "", reason, at, stored(marks_of(then, name))) for name in names]
    return lambda: found


def judged(library: Library, now: Evaluation, recall: Recall, moment: datetime = NOW) -> Judged:
    quieted = library.quieting.quieted(now, recall, moment)
    return next(one for one in quieted.criteria if one.criterion.id == "saddle-anaesthesia")


HOUR = NOW - timedelta(hours=1)


def test_a_quieted_emergency_stays_met_and_says_what_it_would_be(library: Library) -> None:
    then = evaluated(library, SADDLE)
    found = judged(library, then, overridden(then, HOUR))
    assert found.outcome == "met"
    assert found.quieted
    assert found.held_back_by == ("quieted",)
    assert (found.urgency, found.pressing) == (Urgency.ROUTINE, Urgency.EMERGENCY)
    assert found.clock is None


def test_its_marks_are_those_of_before_and_say_that_it_was_only_kept(library: Library) -> None:
    then = evaluated(library, SADDLE)
    quieted = library.quieting.quieted(then, overridden(then, HOUR), NOW)
    before = marks_of(then, "saddle-anaesthesia")
    assert marks_of(quieted, "saddle-anaesthesia") == before | {"kept": True}


def test_what_sets_a_reminder_aside_prolongs_nothing(library: Library) -> None:
    then = evaluated(library, SADDLE)
    quieted = library.quieting.quieted(then, overridden(then, HOUR), NOW)
    again = overridden(quieted, NOW)
    assert not judged(library, then, again).quieted
    known = [*overridden(then, HOUR)(), *again()]
    found = judged(library, then, lambda: known).overridden
    assert found is not None
    assert found.at == HOUR


def test_what_quieted_criteria_press_is_not_an_emergency_any_more(library: Library) -> None:
    then = evaluated(library, SADDLE)
    assert then.emergency
    assert not library.quieting.quieted(then, overridden(then, HOUR), NOW).emergency


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=14)), ZoneInfo("America/New_York")], ids=str
)
def test_a_day_has_24_hours_in_every_zone_and_over_a_change_of_clocks(
    library: Library, zone: Any
) -> None:
    """The clocks of New York were set back in the night of 1 November 2026."""
    then = evaluated(library, SADDLE)
    at = (NOW - timedelta(hours=12)).astimezone(zone)
    end = NOW + timedelta(hours=12)
    before = judged(library, then, overridden(then, at), end - timedelta(seconds=1))
    assert before.quieted
    after = judged(library, then, overridden(then, at), end)
    assert not after.quieted
    assert after.overridden is not None
    assert after.overridden.since == (News("time"),)


def test_an_override_of_the_future_covers_nothing(library: Library) -> None:
    then = evaluated(library, SADDLE)
    assert not judged(library, then, overridden(then, NOW + timedelta(seconds=1))).quieted
    assert judged(library, then, overridden(then, NOW)).quieted


def test_what_speaks_again_tells_the_last_override_and_what_is_new(library: Library) -> None:
    then, now = evaluated(library, SADDLE), evaluated(library, SADDLE, RETENTION)
    earlier, later = overridden(then, HOUR - timedelta(hours=1)), overridden(then, HOUR)
    quieted = library.quieting.quieted(now, lambda: [*later(), *earlier()], NOW)
    found = next(one for one in quieted.met if one.criterion.id == "cauda-equina-syndrome")
    assert found.urgency is Urgency.EMERGENCY
    assert found.clock == "4 h"
    assert found.overridden is not None
    assert found.overridden.at == HOUR
    assert found.overridden.since == (News("finding", "urinary-retention"),)


def never() -> Sequence[Dismissal]:
    raise AssertionError("nothing that is met could be quieted")


@pytest.mark.parametrize(
    "chart",
    [
        (),
        ({"saddle-numbness": {"answer": "absent"}},),
        (
            SADDLE,
            {"mri-lumbar-ordered": {"began": "1 h ago", "status": "active", "priority": "stat"}},
            {"encounter-in-progress": {"encounter_class": "EMER"}},
        ),
    ],
    ids=["nothing", "denied", "in hand already"],
)
def test_the_store_is_not_asked_where_nothing_could_be_quieted(
    library: Library, chart: tuple[Any, ...]
) -> None:
    now = replace(evaluated(library, *chart), anchors=())
    assert library.quieting.quieted(now, never, NOW) == now


def test_the_store_is_asked_once(library: Library) -> None:
    asked: list[int] = []

    def recall() -> Sequence[Dismissal]:
        asked.append(1)
        return ()

    now = evaluated(library, SADDLE, LEG)
    assert library.quieting.quieted(now, recall, NOW) == now
    assert asked == [1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda marks: {},
        lambda marks: marks | {"form": 0},
        lambda marks: marks | {"facts": None},
        lambda marks: marks | {"facts": [{"finding": "saddle-numbness", "severity": "odd"}]},
        lambda marks: marks | {"urgency": "none"},
        lambda marks: {key: one for key, one in marks.items() if key != "clock"},
    ],
    ids=["empty", "another form", "no facts", "an odd severity", "an odd urgency", "no clock"],
)
def test_marks_that_cannot_be_read_let_the_card_speak(
    library: Library, damage: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    then = evaluated(library, {"saddle-numbness": {"began": "3 d ago", "severity": "mild"}})
    known = [replace(one, marks=damage(dict(one.marks))) for one in overridden(then, HOUR)()]
    found = judged(library, then, lambda: known)
    assert not found.quieted
    assert found.overridden is not None
    assert found.overridden.since[0].kind == "unreadable"


def test_what_the_site_has_shortened_is_over_sooner(library: Library) -> None:
    then = evaluated(library, SADDLE)
    hour = library.parameter("chart", "quiet-emergency").model_copy(update={"value": 1})
    shorter = replace(library.quieting, number=lambda file, name: hour)
    at = NOW - timedelta(minutes=59, seconds=59)
    quieted = shorter.quieted(then, overridden(then, at), NOW)
    assert not quieted.emergency
    assert shorter.quieted(then, overridden(then, HOUR), NOW).emergency


def test_an_urgent_card_never_goes_without_one(library: Library) -> None:
    for criterion in library.criteria.values():
        for urgency, quiet in criterion.quiet.items():
            pressing = urgency in (Urgency.EMERGENCY, Urgency.URGENT)
            assert quiet.becomes == ("info" if pressing else "no-card"), criterion.id


def test_a_reason_that_does_not_last_is_as_none(library: Library) -> None:
    then = evaluated(library, SADDLE)
    lasting = {"indication-order-exists", "long-standing-unchanged", "under-spinal-team"}
    for reason in library.words.reasons:
        found = judged(library, then, overridden(then, HOUR, reason.code))
        assert found.quieted == (reason.code in lasting), reason.code
        assert (found.overridden is None) == (reason.code not in lasting)


def test_where_it_is_not_known_what_was_done_since_it_speaks(library: Library) -> None:
    then = evaluated(library, SADDLE)
    failed = Failed("saddle-anaesthesia", "ValueError", ())
    broken = replace(then, criteria=tuple(replace(one, failed=failed) for one in then.criteria))
    assert judged(library, then, overridden(then, HOUR)).quieted
    assert not judged(library, broken, overridden(then, HOUR)).quieted
