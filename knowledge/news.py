"""What is new or worse in an evaluation, held against the marks of an earlier one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from math import inf, isclose
from typing import Any

import msgspec

from knowledge.chart.units import convert
from knowledge.evaluation import News, NewsKind
from knowledge.language.schema import Finding, Parameter, Urgency
from knowledge.marks import FORM

Marks = Mapping[str, Any]
Step = Callable[[str, str], Parameter]

_GRAVE = {None: 0, "mild": 1, "moderate": 2, "severe": 2 + 1}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares marks. `step` gives the number by which a value has to get worse to count."""

    findings: Mapping[str, Finding]
    step: Step

    def news(self, then: Marks, now: Marks, at: datetime) -> tuple[News, ...]:
        """What is new or worse than what was overridden at `at`; nothing where all is as it was.

        Marks that cannot be read are news: whoever cannot compare speaks.
        """
        try:
            if then["form"] != FORM:
                return (News("unreadable"),)
            was, is_now = map(msgspec.to_builtins, (then, now))
            return tuple(dict.fromkeys(self._news(was, is_now, at.timestamp())))
        except (LookupError, TypeError, ValueError, AttributeError):
            return (News("unreadable"),)

    def _news(self, then: Marks, now: Marks, at: float) -> Iterator[News]:
        if "urgency" in now:
            yield from _pressed(then, now)
        if set(now.get("open", ())) - set(then.get("open", ())):
            yield News("open")
        for fact in now["facts"]:
            same = [one for one in then["facts"] if _same(one, fact)]
            kind = self._fact(same, fact, at) if same else "finding"
            if kind is not None:
                yield News(kind, fact["finding"])

    def _fact(self, same: Sequence[Marks], fact: Marks, at: float) -> NewsKind | None:
        """The first way in which a fact is new; each of its places is held against its own."""
        for place in _places(fact):
            there = [one for one in same if _covers(one, place)]
            found = [self._differs(one, fact, at) for one in there]
            if None not in found:
                return found[0] if found else "place"
        return None

    def _differs(self, then: Marks, now: Marks, at: float) -> NewsKind | None:
        if then.get("past") and not now.get("past"):
            return "finding"
        if then.get("unsure") and not now.get("unsure"):
            return "sure"
        if _graver(then, now) or _got_worse(then, now, at):
            return "worse"
        if _begun_later(then, now, at) or _is_back(then, now, at):
            return "onset"
        if then.get("called") != now.get("called"):
            return "finding"
        return self._value(then, now) if "value" in now else None

    def _value(self, then: Marks, now: Marks) -> NewsKind | None:
        """A value that is worse by the finding's step; any other one where no way is the worse."""
        if "value" not in then or then.get("series") != now.get("series"):
            return "value"
        was = convert(then["value"], then["unit"], now["unit"])
        alike = then.get("comparator") == now.get("comparator")
        if was is not None and alike and isclose(was, now["value"], abs_tol=1 / 1000):
            return None
        measure = self.findings[now["finding"]].measure
        if was is None or measure is None or measure.worse is None or not _exact(then, now):
            return "value"
        step = self.step(now["finding"], measure.worse.by).amounts[0]
        by = now["value"] - was if measure.worse.direction == "up" else was - now["value"]
        size = convert(by, now["unit"], step.unit)
        return "worse" if size is None or size >= step.value else None


def _pressed(then: Marks, now: Marks) -> Iterator[News]:
    """A higher urgency, a shorter clock, and a work-up that is in a worse state."""
    if Urgency(now["urgency"]).rank < Urgency(then["urgency"]).rank:
        yield News("urgency")
    if (now["clock"] or inf) < (then["clock"] or inf):
        yield News("clock")
    was, is_now = then["work_up"], now["work_up"]
    if is_now is not None and (was is None or not _as_it_was(was, is_now)):
        yield News("work-up")
    if was is not None and is_now is None:
        yield News("work-up")  # an order that was there is gone


def _as_it_was(was: Marks, now: Marks) -> bool:
    return bool(was["state"] == now["state"]) and set(now["why"]) <= set(was["why"])


def _same(then: Marks, now: Marks) -> bool:
    return then["finding"] == now["finding"] and then.get("denied") == now.get("denied")


def _places(fact: Marks) -> Iterator[tuple[str | None, str | None]]:
    """Each site with each side; None where it does not say."""
    return product(fact.get("sites") or (None,), fact.get("sides") or (None,))


def _covers(then: Marks, place: tuple[str | None, str | None]) -> bool:
    """Whether it was said of this place; what does not say where is not elsewhere."""
    site, side = place
    sites, sides = then.get("sites", ()), then.get("sides", ())
    return (site is None or site in sites) and (side is None or side in sides)


def _graver(then: Marks, now: Marks) -> bool:
    if _GRAVE[now.get("severity")] > _GRAVE[then.get("severity")]:
        return True
    return any(now.get(key) and not then.get(key) for key in ("sudden", "complete"))


def _got_worse(then: Marks, now: Marks, at: float) -> bool:
    """A deterioration that was not known then, or a later one, whenever it was written down."""
    if "worse" not in now:
        return False
    if "worse" not in then:
        return True
    (began, ended), (was, was_until) = now["worse"], then["worse"]
    return _start(began) > min(_start(was), at) and _end(ended) > min(_end(was_until), at)


def _begun_later(then: Marks, now: Marks, at: float) -> bool:
    """A stated onset that is surely later, or that nobody had stated.

    What was overridden had begun by then, however vaguely that was told.
    """
    if "began" not in now:
        return False
    return "began" not in then or _start(now["began"][0]) > min(_end(then["began"][1]), at)


def _is_back(then: Marks, now: Marks, at: float) -> bool:
    """Said to have come back; or denied, or over, in between."""
    if now.get("recurs") and not then.get("recurs"):
        return True
    if "again" not in now:
        return False
    if "again" not in then:
        return True
    (began, ended), was_until = now["again"], then["again"][1]
    return _end(ended) > _end(was_until) or _start(began) > at


def _exact(*told: Marks) -> bool:
    return not any(one.get("comparator") for one in told)


def _start(moment: float | None) -> float:
    return -inf if moment is None else moment


def _end(moment: float | None) -> float:
    return inf if moment is None else moment
