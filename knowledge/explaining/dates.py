"""When a criterion was released and revised, as the changelog says that lint holds to."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from knowledge.checks.release.changelog import Entry

NOT_YET = "Not released yet."


class Dates(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """Release and revisions, in sentences and as dates."""

    told: tuple[str, ...]
    released: str | None = None
    revised: tuple[str, ...] = ()


def history(criterion: str, version: str, entries: Mapping[str, Entry]) -> Dates:
    """The dates of a criterion, from the entries (newest first) up to this version."""
    known = list(entries.values())
    numbers = [one.version for one in known]
    until = known[numbers.index(version) :] if version in numbers else []
    named = [one for one in until if one.date and one.names(criterion)]
    first = next((one for one in reversed(named) if _by_name(one, criterion)), None)
    if first is None or first.date is None:
        return Dates(told=(NOT_YET,))
    later = list(reversed(named[: named.index(first)]))
    released = f"Released {first.date.isoformat()} with knowledge {first.version}."
    told = [f"Revised {_day(one)} with knowledge {one.version}." for one in later]
    return Dates(
        told=(released, *(told or ["Not revised since."])),
        released=first.date.isoformat(),
        revised=tuple(map(_day, later)),
    )


def _day(entry: Entry) -> str:
    return entry.date.isoformat() if entry.date else ""


def _by_name(entry: Entry, criterion: str) -> bool:
    """A criterion is new where it is named, not where all are."""
    return f"`{criterion}`" in entry.text
