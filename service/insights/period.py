"""Of which days, and of whose calls, something is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS = 13
"""So many weeks are shown where nothing else is asked: three months, this week included."""

LONGEST = 2 * 365
"""Days that are shown at most: more weeks could not be read on one page."""

WEEK = timedelta(days=7)


class BadPeriod(ValueError):
    """No days are meant by what was asked; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `since` to `until`, both included; of one client or tenant (None: of all)."""

    since: date
    until: date
    client: str | None = None
    tenant: str | None = None

    @property
    def weeks(self) -> tuple[date, ...]:
        """The Mondays of all ISO weeks that it touches, empty weeks included."""
        first, last = monday(self.since), monday(self.until)
        return tuple(first + number * WEEK for number in range((last - first) // WEEK + 1))

    def whole(self, week: date) -> bool:
        """Whether all seven days of a week lie in it."""
        return self.since <= week and week + WEEK <= self.until + timedelta(days=1)


def monday(day: date) -> date:
    """The first day of a day's ISO week."""
    return day - timedelta(days=day.weekday())


def week_name(week: date) -> str:
    """`2026-W53`: the ISO year and week, which at a year's end are not the calendar's."""
    year, number, _ = week.isocalendar()
    return f"{year}-W{number:02}"


def asked(given: Mapping[str, str | None], today: date) -> Period:
    """What `from`, `to`, `client` and `tenant` mean; what is empty is not asked for.

    Raises:
        BadPeriod: a date is none, or they do not lie in their order.
    """
    until = _day("to", given.get("to")) or today
    earliest = max(until.toordinal() - (WEEKS - 1) * WEEK.days, WEEK.days)
    since = _day("from", given.get("from")) or monday(date.fromordinal(earliest))
    if since > until:
        raise BadPeriod("from lies after to")
    if (until - since).days >= LONGEST:
        raise BadPeriod(f"from and to lie more than {LONGEST} days apart")
    return Period(since, until, _name("client", given), _name("tenant", given))


def _name(which: str, given: Mapping[str, str | None]) -> str | None:
    found = given.get(which) or None
    if found is not None and "\x00" in found:  # which PostgreSQL holds in no text
        raise BadPeriod(f"{which} is no name")
    return found


def _day(name: str, text: str | None) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadPeriod(f"{name} is not a date such as 2026-10-31") from None
    if not date.min + WEEK <= found <= date.max - WEEK:
        raise BadPeriod(f"{name} is not a date such as 2026-10-31")
    return found
