from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from time import monotonic

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from service.metrics import STORE_FAILURES
from service.store.nonces import GRACE, PAUSE, SWEEP, StoredNonces
from service.store.store import Store, open_store
from service.store.tables import NONCES
from tests.service.store.conftest import Cluster
from tests.service.store.processes import at_once

NAMES = [str(number) for number in range(50)]

USE = """
import asyncio, json, sys
from service.store.nonces import StoredNonces
from service.store.store import open_store
store = open_store(sys.argv[1])
GO
async def use():
    nonces = StoredNonces(store)
    return [await nonces.first_use("a", name, 2e10) for name in json.loads(sys.argv[2])]
print(json.dumps(asyncio.run(use())))
store.close()
"""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def failures() -> float:
    return float(STORE_FAILURES.labels("nonce")._value.get())


def use(nonces: StoredNonces, *tokens: str, until: float = 2e10) -> list[bool]:
    async def all_of_them() -> list[bool]:
        return [await nonces.first_use("a", token, until) for token in tokens]

    return asyncio.run(all_of_them())


def test_of_several_processes_one_gets_each_token(url: str) -> None:
    before = at_once(USE, url, json.dumps(NAMES), number=4)
    for firsts in zip(*map(json.loads, before), strict=True):
        assert sum(firsts) == 1
    assert at_once(USE, url, json.dumps(NAMES), number=1) == [json.dumps([False] * 50) + "\n"]


def test_another_issuer_may_use_the_same_name(store: Store) -> None:
    nonces = StoredNonces(store)

    async def both() -> list[bool]:
        return [await nonces.first_use(issuer, "1", 2e10) for issuer in ("a", "b", "a")]

    assert asyncio.run(both()) == [True, True, False]


def test_what_no_database_can_hold_is_still_remembered(store: Store) -> None:
    odd = ("\x00", "\ud800", "x" * 100_000)
    assert use(StoredNonces(store), *odd) == [True] * 3
    assert use(StoredNonces(store), *odd) == [False] * 3


def test_of_calls_that_come_together_one_is_first(store: Store) -> None:
    async def together() -> list[bool]:
        many = [StoredNonces(store) for _ in range(10)]
        return await asyncio.gather(*(one.first_use("a", "1", 2e10) for one in many))

    before = failures()
    assert sum(asyncio.run(together())) == 1
    assert failures() == before


def test_what_expired_long_ago_is_removed_now_and_then(store: Store) -> None:
    clock = Clock()
    nonces = StoredNonces(store, clock)

    def kept() -> int:
        with store.begin() as connection:
            return connection.execute(select(func.count()).select_from(NONCES)).scalar_one()

    assert use(nonces, "1", "2", until=clock.now + 1) == [True, True]
    clock.now += SWEEP + 1
    assert use(nonces, "3", until=clock.now + GRACE + GRACE) == [True]
    assert kept() == 3  # a replica whose clock is behind might still take the two
    clock.now += GRACE + SWEEP
    assert use(nonces, "4") == [True]
    assert kept() == 2


def held(url: str, cluster: Callable[[], Cluster]) -> closing[sqlite3.Connection] | object:
    """Somebody else who keeps the table to himself."""
    at = make_url(url)
    if at.get_backend_name() == "sqlite":
        assert at.database
        other = sqlite3.connect(at.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return closing(other)
    assert at.database
    there = cluster().connect(at.database)
    there.autocommit = False
    there.execute("LOCK TABLE nonces IN ACCESS EXCLUSIVE MODE")
    return there


def test_a_slow_database_holds_no_call_up(
    store: Store, url: str, request: pytest.FixtureRequest
) -> None:
    clock = Clock()
    nonces = StoredNonces(store, clock)
    before = failures()
    with held(url, lambda: request.getfixturevalue("cluster")):  # type: ignore[attr-defined]

        async def while_held() -> tuple[list[bool], float]:
            started = monotonic()
            found = [await nonces.first_use("a", name, 2e10) for name in ("1", "2", "1")]
            return found, monotonic() - started

        loop = asyncio.new_event_loop()
        found, took = loop.run_until_complete(while_held())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    assert found == [True, True, False]
    assert took < 1
    assert failures() == before + 2
    clock.now += PAUSE
    assert use(nonces, "3") == [True]
    assert use(StoredNonces(store), "3") == [False]


def test_with_the_database_down_a_worker_goes_by_its_own_memory(cluster: Cluster) -> None:
    store = open_store(cluster.url(cluster.create()))
    store.upgrade()
    clock = Clock()
    nonces = StoredNonces(store, clock)
    assert use(nonces, "before") == [True]
    cluster.stop()
    try:
        before, started = failures(), monotonic()
        with capture_logs() as log:
            assert use(nonces, "1", "2", "1", "before") == [True, True, False, False]
            clock.now += PAUSE
            assert use(nonces, "3", "3") == [True, False]
        assert monotonic() - started < 2
        assert failures() == before + 3
        assert [line["log_level"] for line in log] == ["error"]  # once a minute, not per call
    finally:
        cluster.start()
    clock.now += PAUSE
    assert use(nonces, "1", "4") == [False, True]
    assert failures() == before + 3
    assert use(StoredNonces(store), "4", "before") == [False, False]
    store.close()


def test_without_its_table_the_database_counts_as_down(tmp_path: object) -> None:
    store = open_store(f"sqlite:///{tmp_path}/bare.db")
    nonces = StoredNonces(store)
    before = failures()
    assert use(nonces, "1", "1") == [True, False]
    assert failures() == before + 1
    store.close()


def test_a_server_that_hangs_holds_no_call_up(cluster: Cluster) -> None:
    """Whether the connection was there before or has to be made."""
    stores = [open_store(cluster.url(cluster.create())) for _ in range(2)]
    for one in stores:
        one.upgrade()
    stores[1].engine.dispose()
    for store in stores:
        clock = Clock()
        nonces = StoredNonces(store, clock)
        assert use(nonces, "before") == [True] if store is stores[0] else True

        async def while_paused(nonces: StoredNonces = nonces) -> tuple[list[bool], float]:
            with cluster.paused():
                started = monotonic()
                found = [await nonces.first_use("a", name, 2e10) for name in ("1", "2", "1")]
                return found, monotonic() - started

        before = failures()
        found, took = asyncio.run(while_paused())
        assert found == [True, True, False]
        assert took < 1
        assert failures() == before + 2
        clock.now += PAUSE
        with capture_logs() as log:
            assert use(nonces, "3", "4") == [True, True]
        assert [line["event"] for line in log] == ["database back"]
        assert use(StoredNonces(store), "3", "4") == [False, False]
        store.close()


def test_many_calls_that_meet_a_server_that_hangs_start_few_threads(cluster: Cluster) -> None:
    store = open_store(cluster.url(cluster.create()))
    store.upgrade()
    clock = Clock()
    nonces = StoredNonces(store, clock)
    threads = threading.active_count()

    async def often() -> None:
        with cluster.paused():
            for turn in range(4):
                names = (f"{turn}/{number}" for number in range(50))
                started = monotonic()
                assert all(
                    await asyncio.gather(*(nonces.first_use("a", name, 2e10) for name in names))
                )
                assert monotonic() - started < 1
                clock.now += PAUSE
            assert len(store.connections) <= 4
            assert threading.active_count() - threads < 20
            store.close()  # with the server still paused: what waits is let go

    started = monotonic()
    asyncio.run(often())
    while threading.active_count() > threads:
        assert monotonic() - started < 10
        time.sleep(0.01)
    for one in list(store.connections):  # that a thread still got after the end
        one.close()


def test_a_clock_that_is_set_back_does_not_shut_the_database_out(store: Store) -> None:
    clock = Clock()
    nonces = StoredNonces(store, clock)
    store.engine.dispose()
    nonces._complain()
    clock.now -= 500
    assert use(nonces, "1") == [True]
    assert use(StoredNonces(store), "1") == [False]
