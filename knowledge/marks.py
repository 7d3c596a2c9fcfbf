"""What a card rested on, kept for later: what JSON can hold, and no word of the chart.

Of each fact: the finding, where, how grave, how sure, its value, a stated onset, the last
deterioration, when it was last denied or over before, and a fingerprint of what it is called. Not
kept are references, displays, texts and dates of recording, so that the same thing written down
again, under another id or date, leaves the same marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from math import floor, isfinite
from typing import Any

import msgspec

from knowledge.chart.dates import Interval
from knowledge.evaluation import Judged, WorkUp
from knowledge.language.facts import Fact
from knowledge.language.schema import Answer

FORM = 1
"""Of the marks; those of another form are not compared, so that the card speaks."""

Ends = tuple[int | None, int | None]

_SIZE = 2 + 2
_NAMED = ("Condition", "Observation")


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact's. Times are both ends in whole seconds since 1970, None for one that is open.

    `called`: what a symptom or diagnosis goes by, `series` what a value is one of; both are
    fingerprints, for they are words of the chart.
    """

    finding: str
    denied: bool = False
    sites: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    severity: str | None = None
    sudden: bool = False
    complete: bool = False
    unsure: bool = False
    past: bool = False
    began: Ends | None = None
    worse: Ends | None = None
    again: Ends | None = None
    recurs: bool = False
    called: str | None = None
    value: float | None = None
    unit: str | None = None
    comparator: str | None = None
    series: str | None = None


def marks(judged: Judged) -> dict[str, Any]:
    """What a later result of the criterion is compared with.

    `urgency` is as if nothing had been done, `clock` in seconds, `work_up` the state of the work-up
    and what it lacks. `kept`: its card was only kept as information by an earlier override.
    """
    return {
        "form": FORM,
        "urgency": str(judged.pressing),
        "clock": judged.limit,
        "work_up": _work_up(judged.work_up),
        "facts": facts_marks(judged.proofs),
    } | ({"kept": True} if judged.quieted else {})


def marks_of_missing(
    anchors: Iterable[Fact], open_: Sequence[str], unread: Sequence[str] = ()
) -> dict[str, Any]:
    """The same for what is not documented: what asks for it, and the questions that are open.

    `unread`: what of the chart could not be read, in which an answer may stand.
    """
    return {"form": FORM, "facts": facts_marks(anchors), "open": sorted({*open_, *unread})}


def facts_marks(facts: Iterable[Fact]) -> list[Mark]:
    """Each fact's marks, what is alike once, in an order of their own."""
    told = {msgspec.json.encode(one): one for one in map(_fact, facts)}
    return [told[key] for key in sorted(told)]


def _work_up(found: WorkUp | None) -> dict[str, Any] | None:
    return None if found is None else {"state": str(found.state), "why": sorted(found.why)}


def _fact(fact: Fact) -> Mark:
    number = fact.number
    return Mark(
        finding=fact.finding,
        denied=fact.answer is not Answer.PRESENT,
        sites=tuple(sorted(fact.sites)),
        sides=tuple(sorted(fact.sides)),
        severity=fact.severity,
        sudden=fact.sudden,
        complete=fact.complete,
        unsure=fact.suspected or fact.preliminary or fact.contested,
        past=fact.past,
        began=_when(_began(fact)) if fact.onset_stated else None,
        worse=_when(fact.worse),
        again=_when(fact.again),
        recurs=fact.recurs,
        called=None if number else _called(fact),
        value=number.value if number else None,
        unit=number.unit if number else None,
        comparator=number.comparator if number else None,
        series=_fingerprint(fact.series) if number and fact.series else None,
    )


def _began(fact: Fact) -> Interval | None:
    """From the start of what was stated: "2023", written down again, has not begun later."""
    if fact.began is None or fact.onset is None:
        return fact.began
    return Interval(min(fact.onset.start, fact.began.start), fact.began.end)


def _called(fact: Fact) -> str | None:
    """What a symptom or diagnosis goes by: one finding holds paresis and paralysis."""
    if fact.resource_type not in _NAMED or not fact.display:
        return None
    return _fingerprint(" ".join(fact.display.casefold().split()))


def _fingerprint(words: str) -> str:
    return blake2b(words.encode(errors="replace"), digest_size=_SIZE).hexdigest()


def _when(time: Interval | None) -> Ends | None:
    return None if time is None else (_whole(time.start), _whole(time.end))


def _whole(moment: float) -> int | None:
    return floor(moment) if isfinite(moment) else None
