"""Dates for people: as vague or as exact as the chart has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_MONTHS = 12


def shown(
    text: str, zone: tzinfo | None, months: Sequence[str], today: datetime | None = None
) -> str | None:
    """`2026`, `Oct 2026`, `31 Oct 2026` or `1 Nov 2026 08:40`; None where it is no FHIR date.

    Times are shown in `zone`; a time of `today` is shown without its day.
    """
    if found := _DATE.fullmatch(text):
        year, month, day = found.groups()
        if month is None:
            return year
        name = _month(int(month), months)
        return name and f"{int(day)} {name} {year}" if day else name and f"{name} {year}"
    return _exact(text, zone, months, today)


def _month(number: int, months: Sequence[str]) -> str | None:
    return months[number - 1] if 1 <= number <= _MONTHS else None


def _exact(
    text: str, zone: tzinfo | None, months: Sequence[str], today: datetime | None
) -> str | None:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(zone) if moment.tzinfo and zone else moment
    except (ValueError, OverflowError):
        return None
    if today is not None and moment.date() == today.date():
        return f"{moment:%H:%M}"
    return f"{moment.day} {months[moment.month - 1]} {moment.year} {moment:%H:%M}"
