"""What was over and is there again: the last moment at which a chart says that it was not so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from knowledge.chart.dates import Interval
from knowledge.giving_up import GoOn, asking, simply
from knowledge.language.facts import Fact
from knowledge.reading.traits import covers

_EPISODES = ("Condition", "Observation")


def come_back(
    facts: Sequence[Fact], ends: Iterable[Fact], go_on: GoOn = simply
) -> tuple[Fact, ...]:
    """Facts with the last end before them: a denial, or a Condition of the same that was over.

    A Condition that does not say since when it is over counts from when it was recorded.
    """
    known = [(at, one) for one in ends if (at := one.ended or one.said) is not None]
    if not known:
        return tuple(facts)
    latest = sorted(known, key=lambda pair: pair[0].end, reverse=True)
    return tuple(_come_back(fact, latest) for fact in asking(go_on, facts))


def _come_back(fact: Fact, latest: Iterable[tuple[Interval, Fact]]) -> Fact:
    """The denial of another place is no end; a Condition that is over covers its places only."""
    if fact.resource_type not in _EPISODES or fact.said is None:
        return fact
    said = fact.said.start
    before = (at for at, one in latest if at.end < said and _of(one, fact))
    return replace(fact, again=next(before, None))


def _of(end: Fact, fact: Fact) -> bool:
    return covers(end.sites, fact.sites) and covers(end.sides, fact.sides)
