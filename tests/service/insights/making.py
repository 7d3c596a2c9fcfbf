"""Figures for tests that are about what is made of them, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from service.insights.figures import Figures
from service.insights.gathering import figures
from service.insights.naming import Names
from service.insights.period import Period
from service.insights.queries import Found

PERIOD = Period(date(2026, 11, 2), date(2026, 11, 22))
DAY = date(2026, 11, 10)
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
REASONS = ("patient-refuses", "finding-wrong")
NAMES = Names(
    criteria={"ces": "Suspected cauda equina syndrome"},
    reasons={"patient-refuses": "Patient declines", "finding-wrong": "Finding on record is wrong"},
    findings={"leg-power": "Leg power"},
)


def card(
    number: int, outcome: str | None = None, reason: str | None = None, **more: Any
) -> tuple[Any, ...]:
    """A row of the query for cards: so many of one kind."""
    given: dict[str, Any] = {"day": DAY, "criterion": "ces", "emergency": 0, "shown": True}
    given |= {"mode": None, "outcome": outcome, "reason": reason, "overdue": 1} | more
    return (*given.values(), number)


def calls(number: int, status: int = 200, client: str = "main", **more: Any) -> tuple[Any, ...]:
    """A row of the query for calls."""
    given = {"day": DAY, "client": client, "tenant": None, "status": status, "why": None}
    given |= {"incomplete": "[]"} | more
    return Call(*given.values(), number)


class Call(tuple[Any, ...]):
    """A row whose client and tenant go by their names, too."""

    def __new__(cls, *values: Any) -> Call:
        return super().__new__(cls, values)

    @property
    def client(self) -> str:
        return str(self[1])

    @property
    def tenant(self) -> str | None:
        found: str | None = self[2]
        return found


def made(period: Period = PERIOD, **rows: list[tuple[Any, ...]]) -> Figures:
    """The figures of these rows; a query that is not named found nothing."""
    names = Found.__dataclass_fields__
    found = Found(**{name: rows.get(name, []) for name in names})
    return figures(found, period, NOW, REASONS)
