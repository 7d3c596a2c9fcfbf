from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from structlog.testing import capture_logs

from service.store.schema import HEAD
from service.store.store import (
    CONNECT_SECONDS,
    BadUrl,
    OldSchema,
    Store,
    StoreDown,
    open_store,
    ready_store,
)
from service.store.tables import METADATA, NONCES
from tests.service.store.conftest import PASSWORD, Cluster
from tests.service.store.processes import ROOT, at_once

MAIN = "from service.cli import main; main()"

READY = """
from service.store.store import open_store
import sys
GO
store = open_store(sys.argv[1])
store.upgrade()
print(store.version())
store.close()
"""


def upgrade(url: str) -> subprocess.CompletedProcess[str]:
    bare = {key: value for key, value in os.environ.items() if not key.startswith("BACKFLAG_")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", MAIN, "db", "upgrade"],
        env=bare | {"BACKFLAG_DATABASE_URL": url},
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_an_empty_database_is_brought_up_to_date_and_then_left_alone(empty_url: str) -> None:
    store = open_store(empty_url)
    assert store.version() is None
    assert store.upgrade() == (None, HEAD)
    store.ensure_current()
    assert store.upgrade() == (HEAD, HEAD)
    store.close()


def test_the_migrations_make_the_tables_that_the_code_uses(store: Store) -> None:
    with store.begin() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []


def test_processes_that_meet_an_empty_database_at_once_all_get_it_ready(empty_url: str) -> None:
    assert at_once(READY, empty_url, number=4) == [f"{HEAD}\n"] * 4


def test_sqlite_is_brought_up_to_date_where_it_is_opened(tmp_path: Path) -> None:
    store = ready_store(f"sqlite:///{tmp_path / 'new.db'}")
    assert store.version() == HEAD
    with store.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    store.close()


def test_a_file_of_sqlite_is_for_the_service_s_user_alone(tmp_path: Path) -> None:
    """It holds what clinicians write beside a reason; a mode that somebody chose stays."""
    path = tmp_path / "one.db"
    store = ready_store(f"sqlite:///{path}")
    with store.begin() as connection:
        connection.execute(text("INSERT INTO nonces VALUES ('t', 1)"))
        modes = {one.name: oct(one.stat().st_mode)[-3:] for one in tmp_path.iterdir()}
    store.close()
    assert modes == dict.fromkeys(("one.db", "one.db-wal", "one.db-shm"), "600")
    path.chmod(0o640)
    ready_store(f"sqlite:///{path}").close()
    assert oct(path.stat().st_mode)[-3:] == "640"


def test_postgresql_of_another_schema_is_refused_with_the_command_to_run(cluster: Cluster) -> None:
    url = cluster.url(cluster.create())
    with pytest.raises(OldSchema, match="run `backflag db upgrade`"):
        ready_store(url)


def test_a_postgresql_that_cannot_hold_every_letter_is_refused(cluster: Cluster) -> None:
    with cluster.connect() as connection:
        connection.execute("CREATE DATABASE narrow ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    done = upgrade(cluster.url("narrow"))
    assert done.returncode == 2
    assert "encoding is not UTF8" in done.stderr


@pytest.mark.parametrize("pause", [False, True])
def test_a_postgresql_that_is_down_at_the_start_is_told_and_taken(
    cluster: Cluster, pause: bool
) -> None:
    url = cluster.url(cluster.create())
    started = time.monotonic()
    with cluster.paused() if pause else nullcontext(), capture_logs() as log:
        store = ready_store(url if pause else url.replace(f":{cluster.port}", ":1"))
    assert time.monotonic() - started < 2 * CONNECT_SECONDS
    assert [line["event"] for line in log] == ["database down"]
    store.close()


def test_connections_that_meet_a_new_file_at_once_all_get_it_ready(tmp_path: Path) -> None:
    for turn in range(10):
        url = f"sqlite:///{tmp_path / f'{turn}.db'}"
        with ThreadPoolExecutor(8) as pool:
            stores = list(pool.map(ready_store, [url] * 8))
        assert {store.version() for store in stores} == {HEAD}
        for store in stores:
            store.close()


def test_a_later_schema_is_neither_used_nor_changed(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(OldSchema, match="9999, which this version of backflag does not know"):
        store.ensure_current()
    with pytest.raises(OldSchema, match="9999"):
        store.upgrade()
    assert store.version() == "9999"


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "mysql://u:secret@h/d", "postgresql+psycopg2://u:secret@h/d",
     "sqlite+other:///x", "postgresql+psycopg://u:secret@h:port/d",
     "sqlite://secret@h/x", "sqlite:///x?timeout=secret", "sqlite:///x\x00"],
)  # fmt: skip
def test_an_address_of_another_kind_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(BadUrl) as caught:
        open_store(url)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_no_error_tells_the_password(cluster: Cluster) -> None:
    for url in (
        cluster.url("nowhere"),
        cluster.url("postgres").replace(f":{cluster.port}", ":1"),
        cluster.url("postgres").replace("keeper", "stranger"),
    ):
        store = open_store(url)
        with pytest.raises(StoreDown) as caught:
            store.version()
        assert PASSWORD not in "".join(traceback.format_exception(caught.value))
        assert PASSWORD not in repr(store)
        store.close()


def test_a_sqlite_file_that_cannot_be_made_is_a_store_that_is_down(tmp_path: Path) -> None:
    with pytest.raises(StoreDown):
        ready_store(f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}")
    (tmp_path / "other.db").write_bytes(b"this is no database, but long enough to be read " * 10)
    with pytest.raises(StoreDown):
        ready_store(f"sqlite:///{tmp_path / 'other.db'}")


def test_the_command_says_from_which_schema_to_which(empty_url: str) -> None:
    first, again = upgrade(empty_url), upgrade(empty_url)
    assert (first.returncode, first.stdout) == (0, f"database: schema none -> {HEAD}\n")
    assert (again.returncode, again.stdout) == (0, f"database: schema {HEAD} -> {HEAD}\n")
    assert first.stderr == again.stderr == ""


def test_the_command_refuses_in_one_line_without_the_password(tmp_path: Path) -> None:
    bad = upgrade("mysql://u:secret@127.0.0.1/d")
    down = upgrade("postgresql+psycopg://u:secret@127.0.0.1:1/d")
    none = upgrade(f"sqlite:///{tmp_path}/nowhere/store.db")
    assert [one.returncode for one in (bad, down, none)] == [2, 1, 1]
    for one in (bad, down, none):
        assert one.stdout == ""
        assert one.stderr.startswith("backflag: BACKFLAG_DATABASE_URL: ")
        assert one.stderr.count("\n") == 1
        assert "secret" not in one.stderr


def insert(store: Store, until: float, meanwhile: Callable[[], None] = lambda: None) -> None:
    with store.begin() as connection:
        connection.execute(NONCES.insert(), {"token": "t", "until": until})
        meanwhile()
        connection.execute(text("SELECT 1"))


def test_who_is_cut_off_within_a_transaction_holds_nobody_up(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server whose client is lost sees what it sees here: a transaction, and nothing comes."""
    monkeypatch.setattr("service.store.store.IDLE_MS", 200)
    url = cluster.url(cluster.create())
    lost, other = open_store(url), open_store(url)
    other.upgrade()
    with pytest.raises(StoreDown):
        insert(lost, 1.0, lambda: insert(other, 2.0))  # which has to wait for that row
    with other.begin() as connection:
        assert connection.execute(text("SELECT until FROM nonces")).scalars().all() == [2.0]
    lost.close()
    other.close()
