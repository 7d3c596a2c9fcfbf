"""What the tables are asked: the same SQL for SQLite and PostgreSQL, sums by day and kind.

A week is made of days where they are added up; no database is asked what a week is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from http import HTTPStatus
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Subquery,
    Table,
    and_,
    case,
    distinct,
    exists,
    func,
    literal,
    select,
)

from service.insights.period import Period
from service.store.tables import (
    CALLS,
    CARDS,
    CONFIRMED,
    FEEDBACK,
    LONGEST_TENANT,
    MET,
    UNKNOWNS,
)

OVERDUE = timedelta(hours=24)
"""A card that nobody answered is ignored once it is so old; until then an answer is awaited."""

Rows = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of all queries, read in one view of the database; each ends with its number."""

    calls: Rows
    cards: Rows
    answers: Rows
    met: Rows
    unknown: Rows
    confirmed: Rows
    never_spoken: Rows
    strange: Rows


def ask(connection: Connection, period: Period, now: datetime, zone: tzinfo) -> Found:
    """Read what is recorded of a period. `now` decides which cards are overdue."""

    def rows(query: Select[Any]) -> Rows:
        return connection.execute(query).all()

    said = _said(period)
    return Found(
        calls=rows(_calls(period)),
        cards=rows(_cards(period, said, now)),
        answers=rows(_answers(period, said)),
        met=rows(_met(period)),
        unknown=rows(_unknown(period)),
        confirmed=rows(_later_confirmed(period, said)),
        never_spoken=rows(_never_spoken(period)),
        strange=rows(_strange(period, zone)),
    )


_EMERGENCY = and_(CARDS.c.urgency == "emergency", CARDS.c.indicator == "critical")
"""A card that called for one: what is in hand already, or was quieted, is said more softly."""


def _within(table: Table, period: Period) -> ColumnElement[bool]:
    """The days, and the client and tenant where one is asked for."""
    parts = [table.c.day.between(period.since, period.until), *_of(table, period)]
    return and_(*parts)


def _of(table: Table, period: Period) -> list[ColumnElement[bool]]:
    tenant = (
        period.tenant[:LONGEST_TENANT] if period.tenant and table is UNKNOWNS else period.tenant
    )
    asked = {"client": period.client, "tenant": tenant}
    return [table.c[name] == value for name, value in asked.items() if value is not None]


def _same(one: FromClause, other: FromClause, *names: str) -> ColumnElement[bool]:
    """Of the same client and tenant; two that name no tenant are the same."""
    equal = [one.c[name] == other.c[name] for name in ("client", *names)]
    return and_(*equal, one.c.tenant.is_not_distinct_from(other.c.tenant))


def _said(period: Period) -> Subquery:
    """The latest word on each card by whoever got it, and the moment of the first one."""
    latest = [FEEDBACK.c[name].desc() for name in ("outcome_timestamp", "received", "id")]
    place = func.row_number().over(partition_by=CARDS.c.id, order_by=latest)
    first = func.min(FEEDBACK.c.outcome_timestamp).over(partition_by=CARDS.c.id)
    its_own = and_(FEEDBACK.c.card == CARDS.c.id, _same(FEEDBACK, CARDS))
    every = (
        select(
            CARDS.c.id.label("card"),
            FEEDBACK.c.outcome,
            FEEDBACK.c.reason_code,
            first.label("first"),
            place.label("place"),
        )
        .join_from(CARDS, FEEDBACK, its_own)
        .where(_within(CARDS, period), CARDS.c.shown)
        .subquery()
    )
    return select(every).where(every.c.place == 1).subquery()


def _counted(*columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns, func.count()).group_by(*columns)


def _calls(period: Period) -> Select[Any]:
    """Of all clients, so that one reading tells of which clients there is something to be asked."""
    names = "day", "client", "tenant", "status", "why", "incomplete"
    columns = [CALLS.c[name] for name in names]
    return _counted(*columns).where(CALLS.c.day.between(period.since, period.until))


def _cards(period: Period, said: Subquery, now: datetime) -> Select[Any]:
    overdue = case((CARDS.c.at <= now - OVERDUE, 1), else_=0)
    columns = [CARDS.c.day, CARDS.c.criterion, case((_EMERGENCY, 1), else_=0), CARDS.c.shown]
    whole = CARDS.outerjoin(said, said.c.card == CARDS.c.id).outerjoin(
        CALLS, and_(CALLS.c.id == CARDS.c.call, CARDS.c.shown.is_(False))
    )
    query = _counted(*columns, CALLS.c.mode, said.c.outcome, said.c.reason_code, overdue)
    return query.select_from(whole).where(_within(CARDS, period))


def _answers(period: Period, said: Subquery) -> Select[Any]:
    """A row for each card that was answered: when it was shown, and the first word on it."""
    return (
        select(CARDS.c.day, CARDS.c.criterion, CARDS.c.at, said.c.first)
        .join_from(CARDS, said, said.c.card == CARDS.c.id)
        .where(_within(CARDS, period))
    )


def _met(period: Period) -> Select[Any]:
    columns = MET.c.day, MET.c.criterion, MET.c.held_back_by
    return _counted(*columns).where(_within(MET, period))


def _unknown(period: Period) -> Select[Any]:
    columns = UNKNOWNS.c.day, UNKNOWNS.c.criterion, UNKNOWNS.c.finding
    number = func.sum(UNKNOWNS.c.calls)
    return select(*columns, number).where(_within(UNKNOWNS, period)).group_by(*columns)


def _speaks_of_it() -> ColumnElement[bool]:
    """Whether a card spoke of a confirmed criterion: a key of what it says, written without blanks.

    A finding can have the same name; that it stands in the marks is another thing.
    """
    key = literal('"') + CONFIRMED.c.criterion + literal('":{')
    return (CARDS.c.criterion == CONFIRMED.c.criterion) | CARDS.c.says.contains(key)


def _later_confirmed(period: Period, said: Subquery) -> Select[Any]:
    """Emergency cards that were overridden: a diagnosis of theirs came up later, and only then."""
    earlier = CONFIRMED.alias()
    its_own = _same(earlier, CONFIRMED, "patient", "criterion")
    known = exists().where(its_own, earlier.c.at <= CARDS.c.at).correlate(CONFIRMED, CARDS)
    later = (
        exists()
        .where(_same(CONFIRMED, CARDS, "patient"), CONFIRMED.c.at > CARDS.c.at)
        .where(_speaks_of_it(), ~known)
        .correlate(CARDS)
    )
    return (
        _counted(CARDS.c.day, CARDS.c.criterion)
        .join_from(CARDS, said, said.c.card == CARDS.c.id)
        .where(_within(CARDS, period), _EMERGENCY, said.c.outcome == "overridden", later)
    )


def _never_spoken(period: Period) -> Select[Any]:
    """Patients whose diagnosis came up after an answered call, and of whom no card spoke."""
    earlier = CONFIRMED.alias()
    known = exists().where(
        _same(earlier, CONFIRMED, "patient", "criterion"), earlier.c.at < CONFIRMED.c.at
    )
    seen = exists().where(
        _same(CALLS, CONFIRMED, "patient"),
        CALLS.c.at < CONFIRMED.c.at,
        CALLS.c.status < int(HTTPStatus.BAD_REQUEST),
    )
    before = _same(CARDS, CONFIRMED, "patient"), CARDS.c.at < CONFIRMED.c.at
    spoken = exists().where(*before, _speaks_of_it())
    one = func.count(distinct(CONFIRMED.c.patient))
    return (
        select(CONFIRMED.c.day, CONFIRMED.c.criterion, one)
        .where(_within(CONFIRMED, period), ~known, seen, ~spoken)
        .group_by(CONFIRMED.c.day, CONFIRMED.c.criterion)
    )


def _strange(period: Period, zone: tzinfo) -> Select[Any]:
    """What was told of cards that we never gave, or gave to another client: by when it came."""
    start, end = (
        datetime.combine(day, time.min, zone).astimezone(UTC)
        for day in (period.since, period.until + timedelta(days=1))
    )
    kind = case((CARDS.c.id.is_(None), "never-given"), else_="given-to-another-client")
    whole = FEEDBACK.outerjoin(CARDS, CARDS.c.id == FEEDBACK.c.card)
    own = and_(CARDS.c.id.is_not(None), _same(FEEDBACK, CARDS))
    came = and_(FEEDBACK.c.received >= start, FEEDBACK.c.received < end)
    return (
        select(kind, func.count())
        .select_from(whole)
        .where(came, ~own, *_of(FEEDBACK, period))
        .group_by(kind)
    )
