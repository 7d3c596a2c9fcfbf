from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.feedback import Told
from service.metrics import FEEDBACK as FIGURE
from service.metrics import STORE_FAILURES
from service.store import feedback
from service.store.feedback import keep
from service.store.store import Store, StoreDown, open_store
from service.store.tables import FEEDBACK
from tests.service.store.conftest import Cluster
from tests.service.store.processes import at_once, start

TOLD = Told(
    card="c1",
    outcome="overridden",
    at="2026-10-31T09:00:00.000+00:00",
    suggestions=("s1", "s2"),
    reason_code="known",
    comment="schon bekannt – ok",
)

KEEP = """
import asyncio, sys
from service.feedback import Told
from service.store.feedback import keep
from service.store.store import open_store
store = open_store(sys.argv[1])
async def work():
    told = [Told(str(number), "overridden", "2026-10-31T09:00:00.000+00:00") for number in range(5)]
    await keep(store, told, "service", "client", None)
    print("kept", flush=True)
    await asyncio.sleep(60)
asyncio.run(work())
"""


def rows(store: Store) -> list[dict[str, Any]]:
    with store.begin() as connection:
        return [dict(row._mapping) for row in connection.execute(select(FEEDBACK))]


def put(store: Store, *told: Told, client: str = "main", tenant: str | None = None) -> None:
    asyncio.run(keep(store, told, "back-numbness-patient-view", client, tenant))


def test_all_that_was_told_is_kept(store: Store) -> None:
    put(store, TOLD, tenant="t")
    (row,) = rows(store)
    assert row["card"] == "c1"
    assert row["outcome"] == "overridden"
    assert row["service"] == "back-numbness-patient-view"
    assert (row["client"], row["tenant"]) == ("main", "t")
    assert json.loads(row["suggestions"]) == ["s1", "s2"]
    assert (row["reason_code"], row["reason_system"]) == ("known", None)
    assert row["comment"] == "schon bekannt – ok"
    assert row["outcome_timestamp"] == "2026-10-31T09:00:00.000+00:00"
    assert row["received"]


def test_an_identical_repeat_is_kept_once_for_each_client(store: Store) -> None:
    put(store, TOLD, TOLD)
    put(store, TOLD)
    assert len(rows(store)) == 1
    put(store, TOLD, client="other")
    put(store, TOLD, tenant="t")
    put(store, Told(card="c1", outcome="overridden", at="2026-10-31T09:00:01.000+00:00"))
    assert len(rows(store)) == 4


def test_each_thing_that_was_told_is_counted_once_by_its_outcome(store: Store) -> None:
    def counted() -> list[float]:
        return [FIGURE.labels(one)._value.get() for one in ("accepted", "overridden")]

    before = counted()
    taken = Told("c2", "accepted", TOLD.at, ("s1",))
    put(store, TOLD, taken, TOLD)
    put(store, TOLD, Told("c3", "overridden", TOLD.at))
    assert counted() == [before[0] + 1, before[1] + 2]


def test_reports_that_overlap_do_not_lock_each_other(store: Store) -> None:
    told = [
        Told(str(number), "overridden", "2026-10-31T09:00:00.000+00:00") for number in range(200)
    ]

    async def together() -> None:
        orders = (told, told[::-1], told[::2], told[::-2])
        await asyncio.gather(*(keep(store, one, "service", "main", None) for one in orders))

    asyncio.run(together())
    assert len(rows(store)) == 200


def test_what_was_acknowledged_outlasts_the_process(store: Store, url: str) -> None:
    process: subprocess.Popen[str] = start(KEEP, url)
    assert process.stdout is not None
    assert process.stdout.readline() == "kept\n"
    process.kill()
    process.communicate(timeout=60)
    assert {row["card"] for row in rows(store)} == set("01234")


def test_with_the_database_down_nothing_is_acknowledged(cluster: Cluster) -> None:
    store = open_store(cluster.url(cluster.create()))
    store.upgrade()
    put(store, TOLD)
    before = STORE_FAILURES.labels("feedback")._value.get()
    cluster.stop()
    try:
        with pytest.raises(StoreDown):
            put(store, TOLD, client="other")
    finally:
        cluster.start()
    assert STORE_FAILURES.labels("feedback")._value.get() == before + 1
    assert len(rows(store)) == 1
    put(store, TOLD, client="other")
    assert len(rows(store)) == 2
    store.close()


def test_a_database_that_is_too_slow_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "WAIT", 0.1)
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    store.upgrade()

    async def told_while_locked() -> None:
        with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreDown):
                await keep(store, [TOLD], "service", "main", None)

    asyncio.run(told_while_locked())
    put(store, TOLD, client="other")
    store.close()


def test_a_server_that_hangs_acknowledges_nothing(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "WAIT", 0.2)
    store = open_store(cluster.url(cluster.create()))
    store.upgrade()
    put(store, TOLD)

    async def while_paused() -> None:
        with cluster.paused(), pytest.raises(StoreDown):
            await keep(store, [TOLD], "service", "other", None)

    asyncio.run(while_paused())
    monkeypatch.undo()
    put(store, TOLD, client="other")
    put(store, TOLD, client="third")
    assert {row["client"] for row in rows(store)} == {"main", "other", "third"}
    store.close()


KEEP_SAME = """
import asyncio, sys
from service.feedback import Told
from service.store.feedback import keep
from service.store.store import open_store
store = open_store(sys.argv[1])
GO
told = [Told(str(number), "overridden", "2026-10-31T09:00:00.000+00:00") for number in range(50)]
asyncio.run(keep(store, told[:: int(sys.argv[2])], "service", "client", None))
store.close()
"""


def test_the_same_report_to_several_processes_is_kept_once(store: Store, url: str) -> None:
    at_once(KEEP_SAME, url, "-1", number=3)
    assert sorted(row["card"] for row in rows(store)) == sorted(map(str, range(50)))
