"""From the rows of the queries to figures: days put into weeks, and everything summed up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, tzinfo
from http import HTTPStatus
from statistics import median

import msgspec

from knowledge.evaluation import QUIETED, SITE
from service.insights import figures as of
from service.insights.figures import Figures, Key
from service.insights.period import Period, monday
from service.insights.queries import Found, ask
from service.insights.summing import LESS, Counts, criteria, summed, sums
from service.store.store import Store

SILENT_MODE, SILENT_CRITERION = "silent-mode", "silent-criterion"
"""Why a card was kept back: the whole service was silent, or the criterion that leads it is."""

NO_REASON, OTHER = "(none given)", "(not one of ours)"
"""In place of the code of a reason: there is none, or none that we offer."""

FREE, HELD = "not-held-back", "held-back"
"""A criterion that was met: whether something in the chart lowered it."""


def gather(
    store: Store, period: Period, now: datetime, zone: tzinfo, reasons: Collection[str]
) -> Figures:
    """Read and count. `now` is aware; `zone` is the site's; `reasons` are the codes that we offer.

    Raises:
        StoreDown: the database does not answer.
    """
    with store.reading() as connection:
        found = ask(connection, period, now, zone)
    return figures(found, period, now, reasons)


def figures(found: Found, period: Period, now: datetime, reasons: Collection[str]) -> Figures:
    """The figures of what was found."""
    counts: Counts = Counter()
    for key, number in _all(found, period, reasons):
        counts[key] += number
    whole = summed(counts)
    return Figures(
        period=period,
        as_of=now,
        counts=whole,
        seconds=_medians(found),
        sums=tuple(sums(whole)),
        criteria=criteria(whole),
        clients=tuple(sorted({(row.client, row.tenant) for row in found.calls}, key=_by_name)),
    )


def _by_name(one: tuple[str, str | None]) -> tuple[str, str]:
    return one[0], one[1] or ""


def _all(found: Found, period: Period, reasons: Collection[str]) -> Iterator[tuple[Key, int]]:
    yield from _of_calls(found, period)
    yield from _of_cards(found, reasons)
    for day, criterion, held_back_by, number in found.met:
        yield Key(of.MET, criterion, monday(day), _held(held_back_by)), number
    for day, criterion, finding, number in found.unknown:
        yield Key(of.UNKNOWN, criterion, monday(day), finding), int(number)
    for day, criterion, number in found.confirmed:
        yield Key(of.LATER_CONFIRMED, criterion, monday(day)), number
    for day, criterion, number in found.never_spoken:
        yield Key(of.NEVER_SPOKEN, criterion, monday(day)), number
    for kind, number in found.strange:
        yield Key(of.STRANGE, detail=kind), number


def _of_calls(found: Found, period: Period) -> Iterator[tuple[Key, int]]:
    for day, client, tenant, status, why, incomplete, number in found.calls:
        if period.client not in (None, client) or period.tenant not in (None, tenant):
            continue
        week = monday(day)
        if status >= HTTPStatus.BAD_REQUEST:
            yield Key(of.FAILED, week=week, detail=why or str(status)), number
            continue
        yield Key(of.ANSWERED, week=week), number
        names = msgspec.json.decode(incomplete, type=list[str])
        if names:
            yield Key(of.INCOMPLETE, week=week), number
        for name in dict.fromkeys(names):
            yield Key(of.INCOMPLETE, week=week, detail=name), number


def _held(held_back_by: str) -> str:
    """What became of a criterion that was met: an earlier override outweighs other reasons."""
    names = msgspec.json.decode(held_back_by, type=list[str])
    kinds = {QUIETED: QUIETED, SITE: SILENT_CRITERION}
    return next((kind for name, kind in kinds.items() if name in names), HELD if names else FREE)


def _of_cards(found: Found, reasons: Collection[str]) -> Iterator[tuple[Key, int]]:
    for day, criterion, emergency, shown, mode, outcome, reason, overdue, number in found.cards:
        week = monday(day)
        if not shown:
            why = SILENT_MODE if mode == "silent" else SILENT_CRITERION
            yield Key(of.KEPT_BACK, criterion, week, why), number
            continue
        kind = outcome or (of.IGNORED if overdue else of.WAITING)
        if kind == of.OVERRIDDEN:
            known = reason if reason in reasons else OTHER if reason else NO_REASON
            yield Key(kind, criterion, week, known), number
            if emergency:
                yield Key(of.EMERGENCY_OVERRIDDEN, criterion, week), number
        else:
            yield Key(kind, criterion, week), number
        yield Key(of.EMERGENCY if emergency else LESS, criterion, week), number


def _medians(found: Found) -> dict[tuple[str, date | None], float]:
    """Seconds from a card to its first answer; a client's clock that is behind counts as 0."""
    took: dict[tuple[str, date | None], list[float]] = defaultdict(list)
    for day, criterion, at, first in found.answers:
        shown = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = max((datetime.fromisoformat(first) - shown).total_seconds(), 0)
        for one in (criterion, of.ALL):
            for week in (monday(day), None):
                took[one, week].append(seconds)
    return {key: median(values) for key, values in took.items()}
