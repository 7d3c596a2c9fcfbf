"""Records that are older than they may be, removed a bounded number at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo

from sqlalchemy import Column, ColumnElement, Connection, Table, delete, func, select

from service.store.store import Store
from service.store.tables import CALLS, CARDS, CONFIRMED, FEEDBACK, MET, UNKNOWNS

AT_A_TIME = 1000
"""Rows of a table; nobody who writes waits for longer than their removal takes."""

BY_DAY = (
    (CALLS, CALLS.c.id),
    (CARDS, CARDS.c.id),
    (MET, MET.c.call),
    (CONFIRMED, CONFIRMED.c.call),
)
"""The tables with a day, and the column by which some of their rows are named."""


def purge_some(store: Store, before: date, zone: tzinfo) -> int:
    """Remove what is older than a day (at the site), of each table up to a number of rows.

    Returns:
        How many are gone; 0 once nothing is left to remove.

    Raises:
        StoreDown: the database does not answer.
    """
    gone = 0
    for table, name in BY_DAY:
        gone += _remove(store, table, name, table.c.day < before)
    moment = datetime.combine(before, time.min, zone).astimezone(UTC)
    gone += _remove(store, FEEDBACK, FEEDBACK.c.id, FEEDBACK.c.received < moment)
    with store.begin() as connection:
        return gone + _remove_a_day(connection, before)


def _remove(store: Store, table: Table, name: Column[str], old: ColumnElement[bool]) -> int:
    """Leave aside what another process is just removing: two never wait for each other."""
    some = select(name).where(old).limit(AT_A_TIME).with_for_update(skip_locked=True)
    with store.begin() as connection:
        return connection.execute(delete(table).where(name.in_(some))).rowcount


def _remove_a_day(connection: Connection, before: date) -> int:
    """Of what is counted by the day, the oldest day."""
    day = UNKNOWNS.c.day
    oldest = select(func.min(day)).where(day < before).scalar_subquery()
    return connection.execute(delete(UNKNOWNS).where(day == oldest)).rowcount
