"""What stands on the page of the figures, ready for its template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from service.insights import figures as of
from service.insights import plots
from service.insights.gathering import SILENT_MODE
from service.insights.naming import KINDS, Names
from service.insights.period import LONGEST, Period, week_name
from service.insights.plots import Division, Part
from service.insights.sheet import Sheet, Shown
from service.insights.summary import summary
from service.insights.tables import (
    BY_CRITERION,
    OF_CALLS,
    OUTCOMES,
    by_criterion,
    by_week,
    calls_by_week,
    emergencies,
    kinds,
)

BARS = 12
"""So many names stand in a picture; all stand in the tables."""

PARTS = (
    Part("accepted", "solid"),
    Part("overridden", "stripes"),
    Part("ignored", "dots"),
    Part("open", "empty"),
)


def content(sheet: Sheet, names: Names) -> dict[str, Any]:
    """Everything that `insights.html` names, by its name."""
    figures = sheet.figures
    return {
        "sheet": sheet,
        "figures": figures,
        "period": figures.period,
        "query": _query(figures.period),
        "clients": sorted({client for client, _ in figures.clients}),
        "tenants": sorted({tenant for _, tenant in figures.clients if tenant}),
        "answers": summary(sheet, names),
        "weekly": _weekly(sheet),
        "others": [one for one in (_outcomes(sheet, names), *_whys(sheet, names)) if one],
        "columns": BY_CRITERION,
        "criteria": list(
            zip(by_criterion(sheet, names), [*_sparks(sheet), _spark(sheet, of.ALL)], strict=True)
        ),
        "emergencies": emergencies(sheet, names),
        "calls": (tuple(KINDS[what] for what in OF_CALLS), calls_by_week(sheet)),
        "whys": [(KINDS[what], kinds(sheet, names, what)) for what in _KINDS_OF_CALLS],
        "wanting": [
            (names.criterion(one), kinds(sheet, names, of.UNKNOWN, one))
            for one in figures.criteria
            if figures[of.Key(of.UNKNOWN, one)]
        ],
        "each": [_criterion(sheet, names, one) for one in figures.criteria],
        "strange": kinds(sheet, names, of.STRANGE),
        "longest": LONGEST,
    }


_KINDS_OF_CALLS = (of.FAILED, of.INCOMPLETE)


def _query(period: Period) -> str:
    given = {"from": period.since, "to": period.until, "client": period.client}
    given |= {"tenant": period.tenant}
    return urlencode({name: value for name, value in given.items() if value is not None})


def _weekly(sheet: Sheet) -> list[Markup]:
    """Small pictures of the same weeks, below each other or side by side."""
    period = sheet.figures.period

    def each(what: str, detail: str = "") -> list[Shown]:
        return [sheet.count(what, week=week, detail=detail) for week in period.weeks]

    rates = [sheet.rate(week=week) for week in period.weeks]
    found = [
        plots.weekly("Calls", period, each(of.CALLS)),
        plots.weekly("Calls refused or failed", period, each(of.FAILED), "stripes"),
        plots.weekly("Cards per 1,000 answered calls", period, rates),
        plots.weekly("Emergency cards", period, each(of.EMERGENCY)),
    ]
    if SILENT_MODE in sheet.figures.details(of.KEPT_BACK):
        title = "Cards kept back in silent mode"
        found.append(plots.weekly(title, period, each(of.KEPT_BACK, SILENT_MODE), "dots"))
    minutes = [_minutes(sheet.seconds(week=week)) for week in period.weeks]
    return [*found, plots.weekly("Median minutes to an answer", period, minutes, "stripes")]


def _minutes(took: Shown) -> Shown:
    if took.size is None:
        return took
    return Shown(f"{took.size / 60:.1f}", took.size / 60)


def _outcomes(sheet: Sheet, names: Names) -> Markup | None:
    rows = [
        Division(
            names.criterion(one),
            sheet.count(of.CARDS, one),
            tuple(sheet.count(what, one) for what in OUTCOMES),
        )
        for one in sheet.figures.criteria
        if sheet.figures[of.Key(of.CARDS, one)]
    ][:BARS]
    return plots.shares("What became of the cards, by criterion", PARTS, rows) if rows else None


def _whys(sheet: Sheet, names: Names) -> list[Markup]:
    titles = {
        of.OVERRIDDEN: "Why cards were overridden",
        of.UNKNOWN: "For want of which finding criteria were left unknown",
    }
    return [
        plots.lying(title, _named(sheet, names, what))
        for what, title in titles.items()
        if sheet.figures.details(what)
    ]


def _named(sheet: Sheet, names: Names, what: str) -> Sequence[tuple[str, Shown]]:
    most = sheet.figures.details(what)[:BARS]
    return [(names.detail(what, one), sheet.count(what, detail=one)) for one in most]


def _sparks(sheet: Sheet) -> list[Markup]:
    return [_spark(sheet, one) for one in sheet.figures.criteria]


def _spark(sheet: Sheet, criterion: str) -> Markup:
    weeks = sheet.figures.period.weeks
    return plots.spark([sheet.count(of.CARDS, criterion, week) for week in weeks])


def _criterion(sheet: Sheet, names: Names, criterion: str) -> dict[str, Any]:
    """One criterion week by week: its numbers, its overrides by reason."""
    weeks = sheet.figures.period.weeks
    reasons = sheet.figures.details(of.OVERRIDDEN, criterion)
    table = [
        (
            names.reason(one),
            [str(sheet.count(of.OVERRIDDEN, criterion, week, one)) for week in (*weeks, None)],
        )
        for one in reasons
    ]
    return {
        "id": criterion,
        "name": names.criterion(criterion),
        "lines": by_week(sheet, criterion),
        "weeks": [week_name(week).partition("-")[2] for week in weeks],
        "reasons": table,
        "wanting": kinds(sheet, names, of.UNKNOWN, criterion),
    }
