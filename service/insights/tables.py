"""The figures as rows: for the page, the terminal and files alike."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO

from service.insights import figures as of
from service.insights.figures import Key
from service.insights.naming import Names
from service.insights.period import week_name
from service.insights.sheet import NOTE, NOTHING, Sheet

OUTCOMES = (of.ACCEPTED, of.OVERRIDDEN, of.IGNORED, of.WAITING)
COLUMNS = ("from", "to", "week", "criterion", "measure", "detail", "value")
SHOWN = (
    of.CALLS, of.ANSWERED, of.FAILED, of.INCOMPLETE, of.CARDS, *OUTCOMES, of.KEPT_BACK,
    of.MET, of.UNKNOWN, of.EMERGENCY, of.EMERGENCY_OVERRIDDEN, of.LATER_CONFIRMED,
    of.NEVER_SPOKEN, of.STRANGE,
)  # fmt: skip
"""The measures, in the order of a file."""

OF_CALLS = (of.CALLS, of.ANSWERED, of.FAILED, of.INCOMPLETE)
ALL_WEEKS = "all"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: whose it is, and its cells as they are to be read."""

    name: str
    cells: tuple[str, ...]


BY_CRITERION = (
    "Cards", "per 1,000 calls", "Accepted", "Overridden", "Ignored", "No answer yet",
    "Time to answer", "Kept back", "Met", "Unknown",
)  # fmt: skip


def numbers(sheet: Sheet, criterion: str, week: date | None = None) -> tuple[str, ...]:
    """The cells of `BY_CRITERION` for a criterion (or all) in a week (or all)."""

    def count(what: str) -> str:
        return str(sheet.count(what, criterion, week))

    return (
        count(of.CARDS),
        str(sheet.rate(criterion, week)),
        *map(count, OUTCOMES),
        str(sheet.seconds(criterion, week)),
        *map(count, (of.KEPT_BACK, of.MET, of.UNKNOWN)),
    )


def by_criterion(sheet: Sheet, names: Names) -> list[Line]:
    """A row for each criterion, and one for all of them."""
    each = [Line(names.criterion(one), numbers(sheet, one)) for one in sheet.figures.criteria]
    return [*each, Line("All", numbers(sheet, of.ALL))]


def by_week(sheet: Sheet, criterion: str) -> list[Line]:
    """A row for each week, empty ones included."""
    weeks = sheet.figures.period.weeks
    return [Line(week_name(week), numbers(sheet, criterion, week)) for week in weeks]


def calls_by_week(sheet: Sheet) -> list[Line]:
    """How many calls came and how they ended, a row for each week."""
    return [
        Line(week_name(week), tuple(str(sheet.count(what, week=week)) for what in OF_CALLS))
        for week in sheet.figures.period.weeks
    ]


def kinds(sheet: Sheet, names: Names, what: str, criterion: str = of.ALL) -> list[Line]:
    """A row for each kind of a count, such as each reason, the most frequent first."""
    return [
        Line(names.detail(what, one), (str(sheet.count(what, criterion, detail=one)),))
        for one in sheet.figures.details(what, criterion)
    ]


def emergencies(sheet: Sheet, names: Names) -> list[Line]:
    """A row for each criterion with an emergency, or with a diagnosis that no card foresaw."""
    measures = (of.EMERGENCY, of.EMERGENCY_OVERRIDDEN, of.LATER_CONFIRMED, of.NEVER_SPOKEN)

    def line(criterion: str, name: str) -> Line:
        return Line(name, tuple(str(sheet.count(what, criterion)) for what in measures))

    told = [
        line(one, names.criterion(one))
        for one in sheet.figures.criteria
        if any(sheet.figures[Key(what, one)] for what in measures)
    ]
    return [*told, line(of.ALL, "All")]


def as_csv(sheet: Sheet) -> str:
    """Everything in one table, a number a row; what is not in it is 0."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    period = sheet.figures.period
    days = (period.since.isoformat(), period.until.isoformat())
    for row in _rows(sheet):
        writer.writerow([*days, *map(_harmless, row)])
    return written.getvalue()


def _rows(sheet: Sheet) -> Iterator[tuple[str, str, str, str, str]]:
    """Week, criterion, measure, detail and value."""
    figures = sheet.figures
    for text in _notes(sheet):
        yield ALL_WEEKS, "", "note", "", text
    weeks: tuple[date | None, ...] = (None, *figures.period.weeks)
    for week in weeks:
        name = week_name(week) if week else ALL_WEEKS
        for what in SHOWN:
            for key in _keys(sheet, what, week):
                value = str(sheet.count(*key)).replace(",", "")
                yield name, key.criterion, what, key.detail, value
        for criterion in (of.ALL, *figures.criteria):
            rate = str(sheet.rate(criterion, week)).replace(",", "")
            yield name, criterion, "cards-per-1000-answered-calls", "", _filled(rate)
            yield name, criterion, "median-seconds-to-answer", "", _seconds(sheet, criterion, week)


def _keys(sheet: Sheet, what: str, week: date | None) -> Iterator[Key]:
    """The whole of a count in each criterion, even where it is 0, and each kind that there is."""
    criteria = (of.ALL,) if what in (*OF_CALLS, of.STRANGE) else (of.ALL, *sheet.figures.criteria)
    if what == of.STRANGE and week:
        return
    for criterion in criteria:
        yield Key(what, criterion, week)
        for detail in sheet.figures.details(what, criterion):
            yield Key(what, criterion, week, detail)


def _seconds(sheet: Sheet, criterion: str, week: date | None) -> str:
    found = sheet.seconds(criterion, week)
    return f"{found.size:.0f}" if found.size is not None else _filled(found.text)


def _filled(text: str) -> str:
    return "" if text == NOTHING else text


def _notes(sheet: Sheet) -> Iterator[str]:
    """What a reader of the file has to know, and of whose calls it tells."""
    period = sheet.figures.period
    yield f"As of {sheet.figures.as_of.isoformat(timespec='minutes')}"
    if period.client is not None:
        yield f"Client: {period.client}"
    if period.tenant is not None:
        yield f"Tenant: {period.tenant}"
    yield NOTE if sheet.masks else "Small counts are not hidden: keep this file to yourselves."


def _harmless(text: str) -> str:
    """No cell that a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
