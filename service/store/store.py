"""The database: SQLite beside the service by default, PostgreSQL where it is set."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from socket import SHUT_RDWR, socket
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import structlog
from anyio import CapacityLimiter
from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from service.store import schema

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

CONNECT_SECONDS = 2
"""For a connection; a database that is down is not waited for."""

BUSY_SECONDS = 10
"""For another process to finish writing to SQLite."""

BUSY_PAUSE = 1 / 100
"""Seconds between attempts, where SQLite leaves the waiting to us."""

THREADS = 2

STATEMENT_MS = 10 * 1000
"""For one statement on PostgreSQL."""

IDLE_MS = 10 * 1000
"""For the next statement of a transaction. Whoever was cut off in the midst of one holds its rows,
which others wait for, and PostgreSQL by itself would not notice for hours."""

OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR
"""The mode of a new file of SQLite; those beside it (`-wal`, `-shm`) get the same."""

READING = "backflag_reading"
"""The mark of a connection that only reads."""

SIGNS_OF_LIFE = {"keepalives_idle": 10, "keepalives_interval": 2, "keepalives_count": 2}
"""Seconds, seconds and number: a connection whose other end is gone is given up by then."""


class BadUrl(ValueError):
    """The database's address cannot be used; the text never repeats it."""


class OldSchema(Exception):
    """The database's schema is not this version's; the text says what to do."""


class StoreDown(Exception):
    """The database does not answer, or refuses; nothing of what was asked is stored."""


@dataclass(frozen=True, slots=True)
class Store:
    """A database, reached by a small pool of connections. All calls block."""

    engine: Engine
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(THREADS))
    """Few, and its own: no evaluation waits for a thread that waits for the database."""

    connections: WeakSet[Any] = field(default_factory=WeakSet)
    """All that are open to PostgreSQL, as the driver has them."""

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file beside the service."""
        return self.engine.dialect.name == "sqlite"

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that can be told what to do where a row is there already."""
        if self.is_sqlite:
            from sqlalchemy.dialects import sqlite

            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # which loads every driver's part

        return postgresql.insert(table)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction, durable once it is left.

        Raises:
            StoreDown: it could not be stored.
        """
        failed = False
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            if isinstance(error, IntegrityError):  # it refused one row, which is an answer
                raise
            failed = True
        if failed:
            raise StoreDown

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One view of what is stored, as of its first statement; nobody who writes waits for it.

        Raises:
            StoreDown: it does not answer, or was asked to write.
        """
        failed = False
        try:
            fresh = self.engine.connect().execution_options(**{READING: True})
            with fresh as connection, _only_reading(connection):
                yield connection
        except SQLAlchemyError:
            failed = True
        if failed:
            raise StoreDown

    def version(self) -> str | None:
        """The schema's version; None for an empty database.

        Raises:
            StoreDown: it does not answer.
        """
        with self.begin() as connection:
            return schema.version(connection)

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the schema to this version; gives the version before and after.

        Raises:
            OldSchema: it is a later version's.
            BadUrl: it cannot hold every text.
            StoreDown: it does not answer.
        """
        with self.begin() as connection:
            _lock(connection)
            _ensure_unicode(connection)
            before = schema.version(connection)
            _ensure_known(before)
            schema.upgrade(connection, before)
        return before, schema.HEAD

    def ensure_current(self) -> None:
        """Refuse to work on another schema than this version's.

        Raises:
            OldSchema: it is another one.
            StoreDown: it does not answer.
        """
        found = self.version()
        _ensure_known(found)
        if found != schema.HEAD:
            raise OldSchema(
                f"the database has schema {found or 'none'} and this version of backflag needs "
                f"{schema.HEAD}: run `backflag db upgrade`"
            )

    def close(self) -> None:
        """Let go of all connections; a thread that waits for an answer is given up on."""
        self.engine.dispose()
        for one in list(self.connections):
            _cut(one)


def open_store(
    url: str, durable: bool = True, pings: bool = True, busy: float = BUSY_SECONDS
) -> Store:
    """A store by its address; nothing is connected yet.

    `durable`: a transaction that is left outlasts a power cut, for the price of waiting for the
    disk. `pings`: a connection is tried before it is used, as one may have died meanwhile. `busy`:
    seconds to wait for another process that holds SQLite.

    Raises:
        BadUrl: it is no address of SQLite or PostgreSQL.
    """
    given = _checked(url)
    options: dict[str, Any] = {"pool_pre_ping": pings, "hide_parameters": True}
    if given.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": busy, "check_same_thread": False}
        if given.database in (None, "", ":memory:"):
            options["poolclass"] = StaticPool
    else:
        limits = {
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": STATEMENT_MS,
            "options": f"-c statement_timeout={STATEMENT_MS} "
            f"-c idle_in_transaction_session_timeout={IDLE_MS} "
            f"-c synchronous_commit={'on' if durable else 'off'}",
            **SIGNS_OF_LIFE,
        }
        options["connect_args"] = {k: v for k, v in limits.items() if k not in given.query}
        options |= {"pool_size": 2, "max_overflow": 2, "pool_timeout": CONNECT_SECONDS}
    store = Store(create_engine(given, **options))
    if store.is_sqlite:
        event.listen(store.engine, "do_connect", _make_private)
        event.listen(store.engine, "connect", partial(_prepare, durable))
        event.listen(store.engine, "begin", _begin)
    else:
        event.listen(store.engine, "connect", lambda one, _record: store.connections.add(one))
    return store


def ready_store(url: str) -> Store:
    """A store that the service can work with: SQLite is brought up to date.

    A PostgreSQL that does not answer is taken as it is, for calls go on without it.

    Raises:
        BadUrl: it is no address of SQLite or PostgreSQL.
        OldSchema: PostgreSQL has another schema than this version's.
        StoreDown: SQLite cannot be written.
    """
    store = open_store(url)
    try:
        _make_ready(store)
    except (OldSchema, StoreDown):
        store.close()
        raise
    return store


def _make_ready(store: Store) -> None:
    if store.is_sqlite:
        store.upgrade()
        return
    try:
        store.ensure_current()
    except StoreDown:
        why = "it does not answer; the service starts without it"
        structlog.get_logger().error("database down", why=why)


def _ensure_known(version: str | None) -> None:
    if not schema.knows(version):
        raise OldSchema(
            f"the database has schema {version}, which this version of backflag does not know: "
            f"use the version that made it, or a later one"
        )


def _checked(url: str) -> URL:
    backend = driver = ""
    with suppress(ArgumentError, NoSuchModuleError, ImportError, ValueError):
        found = make_url(url)
        found.get_dialect()().create_connect_args(found)
        backend, driver = found.get_backend_name(), found.get_driver_name()
    if "\x00" in url:
        backend = ""
    if (backend, driver) not in {("sqlite", "pysqlite"), ("postgresql", "psycopg")}:
        raise BadUrl("not sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE")
    return found


def _make_private(_dialect: Any, _record: Any, given: list[Any], _more: Any) -> None:
    """A new file is for the service's user alone, whatever the umask: it holds free text."""
    path = str(given[0]) if given else ""
    if path and not path.startswith((":memory:", "file:")):
        with suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY))


def _prepare(durable: bool, connection: Any, _record: Any) -> None:
    """WAL lets readers and one writer work at a time; FULL makes a commit outlast a power cut."""
    connection.isolation_level = None
    cursor = connection.cursor()
    _use_wal(cursor)
    cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
    cursor.close()


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """SQLite itself does not wait where several change a new file's mode at once."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(BUSY_PAUSE)
        else:
            return


def _begin(connection: Connection) -> None:
    """Take the writer's place at once: who begins as a reader cannot wait for it later."""
    reads = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def _only_reading(connection: Connection) -> Iterator[None]:
    """A transaction that sees one state, and is refused what would change it."""
    if connection.dialect.name == "postgresql":
        with connection.begin():
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    with connection.begin():
        connection.exec_driver_sql("PRAGMA query_only=ON")
        try:
            yield
        finally:
            _let_write(connection)


def _let_write(connection: Connection) -> None:
    """Who takes this connection next must be able to write; else it is taken by nobody."""
    try:
        connection.exec_driver_sql("PRAGMA query_only=OFF")
    except SQLAlchemyError:
        connection.invalidate()
        raise


_UPGRADE_LOCK = 1000 * 1000


def _lock(connection: Connection) -> None:
    """One process at a time changes the schema; SQLite's transaction sees to that itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")


def _ensure_unicode(connection: Connection) -> None:
    """Feedback in a letter that the database does not know could be sent for ever in vain."""
    if connection.dialect.name == "postgresql":
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise BadUrl("the database's encoding is not UTF8: make one with ENCODING 'UTF8'")


def _cut(connection: Any) -> None:
    """End the wait for a server that hangs, which nothing else would end."""
    if connection.closed:
        return
    with suppress(OSError), socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(SHUT_RDWR)
