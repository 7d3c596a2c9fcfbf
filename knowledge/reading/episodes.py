"""When an episode began, and when it got worse (G6 of the criteria, "Time" of the chart)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf

from knowledge.giving_up import GoOn, asking, simply
from knowledge.language.facts import Fact
from knowledge.language.measures import when
from knowledge.language.schema import Measure, Parameter
from knowledge.reading.moment import Moment
from knowledge.reading.traits import covers

_RANKS = {rank: number for number, rank in enumerate((None, "mild", "moderate", "severe"))}


# -- since when -----------------------------------------------------------------------------------


def dated(
    facts: Sequence[Fact], denials: Sequence[Fact], moment: Moment, go_on: GoOn = simply
) -> tuple[Fact, ...]:
    """Each Observation's yes began with the first yes since the last no.

    A Condition of the same that states its onset speaks first. After a silence as long as an
    answer stands it is another episode: numb in 2019 and numb today is not numb since 2019.
    """
    if len(facts) + len(denials) < 2:
        return tuple(facts)
    return tuple(
        _dated(fact, facts, denials, moment) if fact.resource_type == "Observation" else fact
        for fact in asking(go_on, facts)
    )


def _dated(fact: Fact, facts: Sequence[Fact], denials: Sequence[Fact], moment: Moment) -> Fact:
    if fact.onset_stated or fact.said is None:
        return fact
    last_no = max((when(no) for no in denials if _before(no, fact)), default=-inf)
    same = [one for one in facts if _same(one, fact) and when(one) > last_no]
    stated = [one for one in same if one.resource_type == "Condition" and one.onset_stated]
    if stated:
        told = min(stated, key=_began)
        return replace(fact, began=told.began, onset_stated=True, onset=told.onset)
    first = _first(fact, same, moment)
    return replace(fact, began=first.began, onset_stated=first.onset_stated, onset=first.onset)


def _first(fact: Fact, same: Iterable[Fact], moment: Moment) -> Fact:
    """Back from one yes to the next before it, as long as the silence between is short."""
    first = fact
    for one in sorted(same, key=when, reverse=True):
        if one.said is None or one.began is None or when(one) > when(first):
            continue
        if when(first) - one.said.end > moment.stands:
            break
        first = min(first, one, key=_began)
    return first


def _before(no: Fact, fact: Fact) -> bool:
    if no.said is None or when(no) >= when(fact):
        return False
    return covers(no.sites, fact.sites) and covers(no.sides, fact.sides)


def _began(fact: Fact) -> float:
    return fact.began.start if fact.began else inf


def _same(one: Fact, fact: Fact) -> bool:
    """The same site and side, or an answer that shares one."""
    return _alike(one.sites, fact.sites) and _alike(one.sides, fact.sides)


def _alike(first: frozenset[str], second: frozenset[str]) -> bool:
    return first == second or bool(first & second)


# -- what got worse -------------------------------------------------------------------------------


def worsened(facts: Sequence[Fact], go_on: GoOn = simply) -> tuple[Fact, ...]:
    """A later answer that is graver (more severe, a larger area) starts the clock anew."""
    if len(facts) < 2:
        return tuple(facts)
    return tuple(_worse_than_before(fact, facts) for fact in asking(go_on, facts))


def _worse_than_before(fact: Fact, facts: Iterable[Fact]) -> Fact:
    if fact.worse is not None or fact.said is None or fact.resource_type != "Observation":
        return fact
    before = [
        one
        for one in facts
        if one.said is not None and one.said.end < fact.said.start and _comparable(one, fact)
    ]
    last = max(before, key=when, default=None)
    if last is None:
        return fact
    graver = last.severity is not None and _RANKS[fact.severity] > _RANKS[last.severity]
    larger = bool(last.sites) and last.sites < fact.sites
    return replace(fact, worse=fact.said) if graver or larger else fact


def _comparable(one: Fact, fact: Fact) -> bool:
    return one.resource_type == "Observation" and covers(fact.sites, one.sites)


def values_in_order(
    measure: Measure, facts: Sequence[Fact], step: Parameter | None
) -> tuple[Fact, ...]:
    """Values in their order; one that is worse than before by the step got worse then.

    "Before" is the best value since the last deterioration, so that a slow loss is seen, too.
    """
    if measure.worse is None or step is None:
        return tuple(facts)
    sign = 1 if measure.worse.direction == "up" else -1
    done: list[Fact] = []
    best: Fact | None = None
    for fact in sorted(facts, key=lambda fact: (fact.series, when(fact))):
        change = _change(best, fact)
        if best is not None and best.series == fact.series and change is not None:
            worse = change * sign >= step.amounts[0].value
            done.append(replace(fact, worse=fact.said) if worse else fact)
            best = fact if worse or change * sign < 0 else best
        else:
            done.append(fact)
            best = fact
    return tuple(done)


def _change(best: Fact | None, fact: Fact) -> float | None:
    if best is None or best.number is None or fact.number is None:
        return None
    same = best.number.unit == fact.number.unit
    return fact.number.value - best.number.value if same else None
