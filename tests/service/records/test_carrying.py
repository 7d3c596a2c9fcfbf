from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from service.metrics import RECORDS
from service.records.carrier import Carrier, Retention
from service.records.carrying import carry_left, carry_own
from service.records.record import Verdict
from service.records.spool import REFUSED, NotKept, Spool
from service.records.waiting import Waiting
from service.store.records import Unfit, keep
from service.store.store import Store, StoreDown, open_store
from service.store.tables import CALLS, CARDS, CONFIRMED, LONGEST_TENANT, MET, UNKNOWNS
from tests.service.records.making import AT, DAY, MARKS, SERVICE, card, line, record
from tests.service.store.conftest import Cluster
from tests.service.store.processes import at_once, start

PLENTY = 10**9
PATIENCE = 30
LET_GO = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""A connection on which nobody waits any more may be dropped before it is closed."""
ALL = (CALLS, CARDS, MET, CONFIRMED, UNKNOWNS)

CARRY = """
import sys, time
from pathlib import Path
from service.records.carrying import carry_left, carry_own
from service.records.spool import Spool
from service.store.store import open_store
from tests.service.records.making import card, line
spool, store = Spool(Path(sys.argv[1]), 10**9), open_store(sys.argv[2])
GO
for number in range(300):
    spool.append(line(f"{sys.argv[3]}{number}", cards=(card(f"{sys.argv[3]}{number}"),)))
    if number % 50 == 49:
        spool.seal()
        carry_own(spool, store)
        carry_left(spool, store)
if sys.argv[3] == "dies":
    spool.append(b'{"half')
    print("written", flush=True)
    time.sleep(60)
store.close()
"""

LEAVE = """
import sys, time
from pathlib import Path
from service.records.spool import Spool
from tests.service.records.making import card, line
spool = Spool(Path(sys.argv[1]), 10**9)
GO
for number in range(250):
    spool.append(line(f"r{number}", cards=(card(f"c{number}"),)))
    if number == 100:
        spool.seal()
with next(Path(sys.argv[1]).glob("*2.records")).open("ab") as file:
    file.write(b'{"id":"half of on')
print("written", flush=True)
time.sleep(60)
"""

INHERIT = """
import sys
from pathlib import Path
from service.metrics import RECORDS
from service.records.carrying import carry_left
from service.records.spool import Spool
from service.store.store import open_store
spool, store = Spool(Path(sys.argv[1]), 10**9), open_store(sys.argv[2])
GO
carry_left(spool, store)
print(int(RECORDS.labels("written")._value.get()))
store.close()
"""


def rows(store: Store, table: Any) -> list[dict[str, Any]]:
    with store.begin() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table))]


def counted(result: str) -> float:
    return float(RECORDS.labels(result)._value.get())


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "spool"
    found.mkdir()
    return found


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    found = Spool(tmp_path / "spool", PLENTY)
    yield found
    found.close()


def carried(spool: Spool, store: Store, *lines: bytes) -> None:
    for one in lines:
        spool.append(one)
    spool.seal()
    carry_own(spool, store)


def left_behind(folder: Path) -> None:
    """What a process leaves that was killed: two segments, the last line of it cut short."""
    process = start(LEAVE, str(folder))
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert [process.stdout.readline() for _ in range(2)] == ["ready\n", "written\n"]
    process.kill()
    process.communicate(timeout=60)


def test_a_record_becomes_a_row_in_each_table_it_concerns(spool: Spool, store: Store) -> None:
    carried(spool, store, line(cards=(card(), card("c2", shown=False)), tenant="t"))
    (call,) = rows(store, CALLS)
    at = call.pop("at")
    assert at.replace(tzinfo=UTC) == datetime.fromtimestamp(AT, UTC)
    assert json.loads(call.pop("outcomes"))[1] == {
        "criterion": "spinal-infection",
        "version": 1,
        "outcome": "unknown",
        "missing": ["crp", "fever"],
    }
    assert call == {
        "id": "r1",
        "day": date(2026, 10, 31),
        "service": SERVICE,
        "client": "main",
        "tenant": "t",
        "hook_instance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "patient": "a" * 64,
        "patient_key": "k",
        "knowledge": "2026.11.0",
        "site": None,
        "mode": "live",
        "status": 200,
        "why": None,
        "incomplete": '["observations:timeout"]',
        "duration_ms": 1.5,
    }
    first, second = sorted(rows(store, CARDS), key=lambda row: str(row["id"]))
    assert (first["id"], first["shown"], second["shown"]) == ("c1", True, False)
    assert json.loads(first["says"]) == {"cauda-equina-syndrome": MARKS}
    assert (first["call"], first["tenant"], first["patient"]) == ("r1", "t", "a" * 64)
    (met,) = rows(store, MET)
    assert (met["criterion"], met["version"], met["urgency"]) == (
        "cauda-equina-syndrome", 3, "emergency",
    )  # fmt: skip
    assert met["held_back_by"] == '["work-up"]'
    (confirmed,) = rows(store, CONFIRMED)
    assert confirmed["patient"] == "a" * 64
    unknown = {row["finding"]: row["calls"] for row in rows(store, UNKNOWNS)}
    assert unknown == {"": 1, "crp": 1, "fever": 1}
    assert {row["tenant"] for row in rows(store, UNKNOWNS)} == {"t"}
    assert Waiting(spool.folder).count() == (0, 0)


def test_what_is_brought_twice_is_there_once(store: Store) -> None:
    both = [record("r1", cards=(card("c1"),)), record("r2", cards=(card("c2"),))]
    assert keep(store, both) == 2
    before = {table.name: rows(store, table) for table in ALL}
    assert keep(store, both) == 0
    assert {table.name: rows(store, table) for table in ALL} == before
    assert keep(store, [*both, record("r3")]) == 1
    assert {row["calls"] for row in rows(store, UNKNOWNS)} == {3}


def test_a_record_that_stands_twice_in_a_group_is_there_once(spool: Spool, store: Store) -> None:
    carried(spool, store, line("r1"), line("r1"), line("r2"))
    assert len(rows(store, CALLS)) == 2
    assert {row["calls"] for row in rows(store, UNKNOWNS)} == {2}


def test_workers_that_bring_theirs_at_once_neither_lock_nor_lose(
    store: Store, url: str, tmp_path: Path
) -> None:
    def run(name: str) -> None:
        at_once(CARRY, str(tmp_path), url, name, number=1)

    threads = [threading.Thread(target=run, args=(name,)) for name in "abcd"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(rows(store, CALLS)) == len(rows(store, CARDS)) == 1200
    assert {row["calls"] for row in rows(store, UNKNOWNS)} == {1200}


def test_what_a_killed_process_left_is_taken_over_once_without_its_half_line(
    store: Store, url: str, folder: Path
) -> None:
    left_behind(folder)
    found = at_once(INHERIT, str(folder), url, number=4)
    assert sum(map(int, found)) == 250
    assert {row["id"] for row in rows(store, CALLS)} == {f"r{number}" for number in range(250)}
    assert {row["calls"] for row in rows(store, UNKNOWNS)} == {250}
    assert list(folder.iterdir()) == []


def test_who_dies_between_two_groups_has_his_records_stored_once(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(folder)
    heir = Spool(folder, PLENTY)
    whole, told = keep, []

    def dies_later(store: Store, records: Any) -> int:
        told.append(records)
        if len(told) == 2:
            whole(store, records)  # it is stored, and nobody is there to note it
            raise StoreDown
        return whole(store, records)

    monkeypatch.setattr("service.records.carrying.keep", dies_later)
    with pytest.raises(StoreDown):
        carry_left(heir, store)
    carry_left(heir, store)
    assert len(rows(store, CALLS)) == 250
    assert {row["calls"] for row in rows(store, UNKNOWNS)} == {250}
    assert list(folder.iterdir()) == []


def test_what_the_database_will_never_take_is_set_aside_and_the_rest_stored(
    spool: Spool, store: Store
) -> None:
    before, written = counted("refused"), counted("written")
    wrong = [
        b'{"id":"of another version"}',
        b"not even JSON \xff",
        line("bad-day", day="yesterday"),
        line("bad-moment", at=1e300),
    ]
    if not store.is_sqlite:  # which takes any width, and a NUL
        wrong += [line("x" * 200), line("nul", client="\x00")]
    with capture_logs() as log:
        carried(spool, store, line("r1"), *wrong, line("r2"))
    assert {row["id"] for row in rows(store, CALLS)} == {"r1", "r2"}
    aside = (spool.folder / REFUSED).read_bytes().splitlines()
    assert sorted(aside) == sorted(wrong)
    assert counted("refused") == before + len(wrong)
    assert counted("written") == written + 2
    assert [(one["event"], one["number"]) for one in log] == [("records set aside", len(wrong))]
    assert Waiting(spool.folder).count() == (0, 0)
    carried(spool, store, line("r3"))
    assert counted("refused") == before + len(wrong)


def test_a_database_without_its_tables_is_one_that_is_down(spool: Spool, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/bare.db")
    spool.append(line())
    spool.seal()
    with pytest.raises(StoreDown):
        carry_own(spool, store)
    assert Waiting(spool.folder).count()[0] == 1
    store.close()


def test_a_tenant_that_no_index_can_hold_is_counted_by_its_beginning(
    spool: Spool, store: Store
) -> None:
    carried(spool, store, line(tenant="ä" * 1000))
    assert len(rows(store, CALLS)[0]["tenant"]) == 1000
    assert {len(row["tenant"]) for row in rows(store, UNKNOWNS)} == {LONGEST_TENANT}


def test_nothing_that_was_unknown_is_counted_for_a_call_without_a_judgement(store: Store) -> None:
    keep(store, [record(status=412, why="incomplete", verdicts=(), confirmed=())])
    assert rows(store, CALLS)[0]["why"] == "incomplete"
    assert rows(store, UNKNOWNS) == rows(store, MET) == []


def test_a_missing_finding_that_is_named_twice_is_counted_once(store: Store) -> None:
    verdict = Verdict("spinal-infection", 1, "unknown", missing=("crp", "crp"))
    keep(store, [record(verdicts=(verdict,))])
    assert {row["finding"]: row["calls"] for row in rows(store, UNKNOWNS)} == {"": 1, "crp": 1}


def test_a_value_that_is_at_fault_stores_nothing_of_its_group(store: Store) -> None:
    with pytest.raises(Unfit):
        keep(store, [record("r1"), record("r2", day="tomorrow")])
    assert rows(store, CALLS) == []


@contextmanager
def carrying(spool: Spool, url: str, days: int = 730) -> Iterator[Carrier]:
    retention = Retention(days, ZoneInfo("UTC"), lambda: date.fromisoformat(DAY))
    carrier = Carrier(spool, open_store(url), retention)
    carrier.start()
    try:
        yield carrier
    finally:
        carrier.stop()


def test_the_carrier_brings_records_soon_and_the_last_ones_at_its_end(
    spool: Spool, store: Store, url: str, tmp_path: Path
) -> None:
    left_behind(tmp_path / "spool")
    with carrying(spool, url):
        spool.append(line("first"))
        eventually(lambda: len(rows(store, CALLS)) == 251)
        spool.append(line("last"))
    assert len(rows(store, CALLS)) == 252
    assert list(spool.folder.iterdir()) == []


def test_records_wait_while_the_database_is_down_and_are_stored_when_it_is_back(
    cluster: Cluster, tmp_path: Path
) -> None:
    url = cluster.url(cluster.create())
    store = open_store(url)
    store.upgrade()
    spool = Spool(tmp_path, PLENTY)
    gauge = Waiting(tmp_path)
    with capture_logs() as log, carrying(spool, url) as carrier:
        spool.append(line("before"))
        eventually(lambda: len(rows(store, CALLS)) == 1)
        cluster.stop()
        try:
            for number in range(500):
                spool.append(line(f"r{number}"))
            eventually(lambda: carrier.fails)
            assert gauge.count()[0] == 500
        finally:
            cluster.start()
        eventually(lambda: gauge.count()[0] == 0)
        assert not carrier.fails
    assert len(rows(store, CALLS)) == 501
    assert [one["event"] for one in log] == ["records wait", "records are stored again"]
    store.close()


@LET_GO
def test_a_database_that_hangs_does_not_hold_up_the_end_and_nothing_is_lost(
    cluster: Cluster, tmp_path: Path
) -> None:
    url = cluster.url(cluster.create())
    store = open_store(url)
    store.upgrade()
    spool = Spool(tmp_path, PLENTY)
    with carrying(spool, url) as carrier:
        spool.append(line("before"))
        eventually(lambda: len(rows(store, CALLS)) == 1)
        with cluster.paused():
            spool.append(line("hangs"))
            time.sleep(0.5)  # until it hangs in the middle of its work, or has not yet begun
            started = time.monotonic()
            carrier.stop()
            assert time.monotonic() - started < 10
    carrier._thread.join(PATIENCE)
    kept = len(rows(store, CALLS)) + Waiting(tmp_path).count()[0]
    assert kept == 2  # stored, where the server came back while it was still being asked
    again = Spool(tmp_path, PLENTY)
    with carrying(again, url):
        eventually(lambda: len(rows(store, CALLS)) == 2)
    store.close()


def test_the_carrier_removes_what_is_older_than_it_may_be(
    spool: Spool, store: Store, url: str
) -> None:
    days = ("2026-10-20", "2026-10-21")
    keep(store, [record(day, day=day, cards=(card(day),)) for day in days])
    with carrying(spool, url, days=10):
        eventually(lambda: len(rows(store, CALLS)) == 1)
    for table in ALL:
        assert {row["day"] for row in rows(store, table)} == {date(2026, 10, 21)}


def append_until_full(spool: Spool) -> int:
    for number in range(1000):
        try:
            spool.append(line(f"r{number}"))
        except NotKept:
            return number
    raise AssertionError


def test_a_spool_that_fills_up_while_nothing_can_be_stored_stays_bounded(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 100_000)
    with carrying(spool, "sqlite:////nowhere/at/all.db") as carrier:
        kept = append_until_full(spool)
        eventually(lambda: carrier.fails)
        assert Waiting(tmp_path).count()[0] == kept
        assert sum(one.stat().st_size for one in tmp_path.iterdir()) <= 100_000
