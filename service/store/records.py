"""Records brought to the database: each once, however often it is tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import itemgetter

from sqlalchemy import Connection, Insert
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from service.records.record import Record
from service.store.rows import Rows, Together, rows_of
from service.store.store import Store
from service.store.tables import CALLS, CARDS, CONFIRMED, MET, UNKNOWNS

UNFIT_CLASSES = ("22", "23", "54")
"""SQLSTATE's classes of errors for which a value is at fault: data, integrity, limits."""


class Unfit(Exception):
    """The database will never take what is in a record; nothing was stored."""


def keep(store: Store, records: Sequence[Record]) -> int:
    """Store records (at least one) with their cards, all or nothing.

    What is there already stays as it is.

    Returns:
        How many are new.

    Raises:
        Unfit: one of them cannot be stored, now or later.
        StoreDown: the database does not answer, or refuses for a reason of its own.
    """
    with suppress(ValueError, OverflowError):
        rows = {one.id: rows_of(one) for one in records}
        with store.begin() as connection, _telling_unfit():
            return _insert(store, connection, rows)
    raise Unfit


@contextmanager
def _telling_unfit() -> Iterator[None]:
    """Tell a value that is at fault from a database that is."""
    try:
        yield
    except StatementError as error:
        if not _is_unfit(error):
            raise
    else:
        return
    raise Unfit


def _is_unfit(error: StatementError) -> bool:
    if not isinstance(error, DBAPIError):  # it could not even be sent
        return True
    state: str = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error, DataError | IntegrityError) or state.startswith(UNFIT_CLASSES)


def _insert(store: Store, connection: Connection, rows: dict[str, Rows]) -> int:
    """What belongs to a call is stored only by who stored the call itself."""
    calls = store.insert(CALLS).on_conflict_do_nothing(index_elements=["id"])
    cards = store.insert(CARDS).on_conflict_do_nothing(index_elements=["id"])
    in_order = [rows[name].call for name in sorted(rows)]
    names = connection.execute(calls.returning(CALLS.c.id), in_order).scalars().all()
    together = Together.of(rows[name] for name in names)
    for statement, found in (
        (cards, sorted(together.cards, key=itemgetter("id"))),
        (store.insert(MET), together.met),
        (store.insert(CONFIRMED), together.confirmed),
        (_counting(store), together.counts),
    ):
        if found:
            connection.execute(statement, found)
    return len(names)


def _counting(store: Store) -> Insert:
    count = store.insert(UNKNOWNS)
    more = {"calls": UNKNOWNS.c.calls + count.excluded.calls}
    keys = [column.name for column in UNKNOWNS.primary_key.columns]
    return count.on_conflict_do_update(index_elements=keys, set_=more)
