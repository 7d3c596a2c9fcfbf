"""FHIR dates as intervals, and the arithmetic of windows and ages.

A moment is a float: seconds since 1970 in UTC. An `Interval` is closed: both ends belong to it.
A date is the whole local day (to its last microsecond), "2026-10" the month, "2026" the year,
an instant a point. What has no beginning starts at -inf, what goes on ends at inf.
"""

from __future__ import annotations

import math
import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
YEAR: Final = 365.25 * DAY
MONTH: Final = YEAR / 12
_SECONDS: Final = MappingProxyType(
    {"s": 1, "min": MINUTE, "h": HOUR, "d": DAY, "wk": WEEK, "mo": MONTH, "a": YEAR}
)
_MONTHS: Final = MappingProxyType({"mo": 1, "a": 12})
_TICK: Final = timedelta.resolution.total_seconds()
_LONGEST: Final = 100
_CACHED: Final = 10 * 1000
_NAMES: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_DATE: Final = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2})"
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d+))?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?)?)?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `start` to `end`, both included, in seconds since 1970 in UTC."""

    start: float
    end: float

    def overlaps(self, start: float, end: float) -> bool:
        """Whether some moment of it lies in the closed window from `start` to `end`."""
        return self.start <= end and self.end >= start

    def lies_within(self, start: float, end: float) -> bool:
        """Whether all of it lies in the closed window from `start` to `end`."""
        return start <= self.start and self.end <= end


def parse(text: str | None, zone: ZoneInfo) -> Interval | None:
    """The interval that a FHIR date, dateTime or instant stands for; None where it is no date.

    A text without a zone is local time in `zone`. Also read: "24:00", a leap second, a lower-case
    `z`, a blank for the `T`, a time without seconds (the whole minute). Never raises.
    """
    if not text or len(text) > _LONGEST:
        return None
    return _parse(text, zone)


def period(start: str | None, end: str | None, zone: ZoneInfo) -> Interval | None:
    """The interval of a FHIR Period; open where one end is missing, None where both are.

    A period that ends before it starts is none.
    """
    first, last = parse(start, zone), parse(end, zone)
    if first is None and last is None:
        return None
    begun = first.start if first else -math.inf
    ended = last.end if last else math.inf
    return Interval(begun, ended) if begun <= ended else None


def seconds(value: float, unit: str) -> float | None:
    """So many of a UCUM unit of time in seconds; None for another unit or no finite number.

    A year is UCUM's mean Julian year of 365.25 days, a month a twelfth of it.
    """
    factor = _SECONDS.get(unit)
    if factor is None or not math.isfinite(value):
        return None
    return value * factor


def shift(moment: float, amount: float, unit: str, zone: ZoneInfo) -> float | None:
    """The moment so much later (earlier where `amount` is negative); None for an unknown unit.

    Whole months and years go by the calendar of `zone` (31 March less one month is 28 or 29
    February); everything else, and parts of months, by `seconds`.
    """
    if not math.isfinite(amount):
        return None
    if not math.isfinite(moment):
        return moment if unit in _SECONDS else None
    if unit in _MONTHS and amount == int(amount):
        return _shift_months(moment, int(amount) * _MONTHS[unit], zone)
    length = seconds(amount, unit)
    return None if length is None else moment + length


def at_age(born: Interval, value: float, unit: str, zone: ZoneInfo) -> Interval | None:
    """When somebody was of an age: at 45 a from the 45th to before the 46th birthday.

    None for an age below zero or in another unit than one of time.
    """
    if value < 0:
        return None
    start = shift(born.start, value, unit, zone)
    end = shift(born.end, value + 1, unit, zone)
    return None if start is None or end is None else Interval(start, end)


def age(born: Interval, at: float, zone: ZoneInfo) -> tuple[int, int]:
    """The least and the greatest age in completed years at a moment; below zero before birth.

    Both are the same unless the birth date is partial.
    """
    return _years(born.end, at, zone), _years(born.start, at, zone)


def show(text: str | None, zone: ZoneInfo | None = None) -> str:
    """A FHIR date for people: "31 Oct 2026", "1 Nov 2026 08:40", "Oct 2026", "2026".

    With `zone`, a time that carries another zone is shown in this one; without it as written.
    What is no date gives "".
    """
    match = _DATE.fullmatch(text.strip()) if text and len(text) <= _LONGEST else None
    if not text or not match or parse(text, ZoneInfo("UTC")) is None:
        return ""
    if match["hour"]:
        moment = parse(text, zone or ZoneInfo("UTC"))
        if moment and zone:
            return show_moment(moment.start, zone)
        return f"{_day_name(match)} {int(match['hour']):02}:{match['minute']}"
    return _day_name(match)


def show_moment(moment: float, zone: ZoneInfo) -> str:
    """A moment for people, in the zone: "1 Nov 2026 08:40"; "" where it is out of range."""
    try:
        local = datetime.fromtimestamp(moment, zone)
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{local.day} {_NAMES[local.month - 1]} {local.year} {local:%H:%M}"


@lru_cache(maxsize=_CACHED)
def _parse(text: str, zone: ZoneInfo) -> Interval | None:
    match = _DATE.fullmatch(text.strip())
    if not match:
        return None
    try:
        return _moment(match, zone) if match["hour"] else _days(match, zone)
    except (ValueError, OverflowError):
        return None


def _days(match: re.Match[str], zone: ZoneInfo) -> Interval:
    year, month, day = (int(match[part] or 1) for part in ("year", "month", "day"))
    start = datetime(year, month, day, tzinfo=zone).timestamp()
    last_month = month if match["month"] else 12
    last_day = day if match["day"] else monthrange(year, last_month)[1]
    return Interval(start, _midnight_after(year, last_month, last_day, zone) - _TICK)


def _midnight_after(year: int, month: int, day: int, zone: ZoneInfo) -> float:
    """The end of a day; that of 9999-12-31, which charts write for "no end", is inf."""
    try:
        after = datetime(year, month, day, tzinfo=UTC) + timedelta(days=1)
        return after.replace(tzinfo=zone).timestamp()
    except OverflowError:
        return math.inf


def _moment(match: re.Match[str], zone: ZoneInfo) -> Interval:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    _check_time(hour, minute, second)
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    written = datetime(year, month, day, tzinfo=UTC)
    written += timedelta(hours=hour, minutes=minute, seconds=second)
    start = written.replace(tzinfo=_zone(match["zone"], zone)).timestamp()
    start += float(f"0.{match['part'] or 0}")
    return Interval(start, start if match["second"] else start + MINUTE - _TICK)


def _check_time(hour: int, minute: int, second: int) -> None:
    """Refuse what no clock shows; 24:00:00 and a leap second (:60) are times."""
    if hour > 24 or minute >= MINUTE or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError("no time of day")


def _zone(text: str | None, site: ZoneInfo) -> tzinfo:
    if not text:
        return site
    if text in "zZ":
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-offset if text[0] == "-" else offset)


def _shift_months(moment: float, months: int, zone: ZoneInfo) -> float | None:
    try:
        local = datetime.fromtimestamp(moment, zone)
        year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
        day = min(local.day, monthrange(year, month + 1)[1])
        return local.replace(year=year, month=month + 1, day=day).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _years(born: float, at: float, zone: ZoneInfo) -> int:
    """Completed years; who is born on 29 February turns older on 1 March in common years."""
    birth, now = _local(born, zone), _local(at, zone)
    before = (now.month, now.day) < (birth.month, birth.day)
    return now.year - birth.year - before


def _local(moment: float, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromtimestamp(moment, zone)
    except (ValueError, OverflowError, OSError):
        edge = MAXYEAR if moment > 0 else MINYEAR
        return datetime(edge, 1, 1, tzinfo=zone)


def _day_name(match: re.Match[str]) -> str:
    if not match["month"]:
        return match["year"]
    month = f"{_NAMES[int(match['month']) - 1]} {match['year']}"
    return f"{int(match['day'])} {month}" if match["day"] else month
