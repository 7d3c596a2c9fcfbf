"""Sources: when each was last looked at, and whether that is too long ago."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from knowledge.chart.dates import Interval, parse, shift
from knowledge.checks.rules import SOURCE_AGE, Rules
from knowledge.checks.shelf import Shelf
from knowledge.language.files import Fault
from knowledge.language.schema import Source

_ZONE = ZoneInfo("UTC")
_OWN = "backflag"
"""The publisher of what stands nowhere else: choices, and what was not read."""

_PLACE = ("last_checked",)


def date_faults(shelf: Shelf, rules: Rules, today: date) -> Iterator[Fault]:
    """Sources without a date of the last check, with one to come, or with one too long ago."""
    for source in shelf.sources.values():
        document = shelf.document("sources", source.id)
        what = _wrong(source, rules, today)
        if document is not None and what is not None:
            yield document.fault(_PLACE, what)


def _wrong(source: Source, rules: Rules, today: date) -> str | None:
    """What is wrong; a choice of our own has nothing to look at."""
    if source.last_checked is None:
        return "nobody has said when this was last looked at" if source.publisher != _OWN else None
    checked = parse(source.last_checked, _ZONE)
    if checked is None:
        return f"{source.last_checked} is no date"
    if checked.start > _start(today):
        return f"{source.last_checked} is still to come"
    return _too_old(checked, rules, today)


def _too_old(checked: Interval, rules: Rules, today: date) -> str | None:
    """Whether its last possible day is longer ago than the limit."""
    limit = rules.parameters[SOURCE_AGE].amounts[0]
    oldest = shift(_start(today), -limit.value, limit.unit, _ZONE)
    if oldest is None or checked.end >= oldest:
        return None
    return f"was last looked at more than {limit.value:g} {limit.unit} ago: look again"


def _start(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
