from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from service.records.owners import claim, new_owner
from service.records.spool import STALE, NotKept, Spool
from service.records.waiting import Waiting
from tests.service.store.processes import start

PLENTY = 10**9

WRITE = """
import sys, time
from pathlib import Path
from service.records.spool import Spool
spool = Spool(Path(sys.argv[1]), 10**9)
GO
for number in range(100):
    spool.append(b"%d" % number)
print("written", flush=True)
time.sleep(60)
"""

SMALL_DISK = """
import resource, sys
from pathlib import Path
from service.records.spool import NotKept, Spool
spool = Spool(Path(sys.argv[1]), 10**9)
GO
spool.append(b"a" * 60)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
for _ in range(2):
    try:
        spool.append(b"b" * 60)
    except NotKept as error:
        print(error.why)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
spool.append(b"c" * 60)
"""


def waiting(folder: Path) -> list[bytes]:
    files = sorted(folder.glob("*.records"))
    return [line for one in files for line in one.read_bytes().splitlines()]


def files(folder: Path) -> list[str]:
    return sorted(one.suffix for one in folder.iterdir())


def test_what_is_appended_is_on_the_disk_at_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "spool"
    spool = Spool(folder, PLENTY)
    assert not folder.exists()
    spool.append(b"one")
    spool.append(b"two")
    assert waiting(folder) == [b"one", b"two"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}
    spool.close()


def test_threads_that_append_at_once_leave_whole_lines(tmp_path: Path) -> None:
    spool = Spool(tmp_path, PLENTY)
    lines = {b"%d" % number * 50 for number in range(500)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(spool.append, lines))
    assert set(waiting(tmp_path)) == lines
    spool.close()


def test_a_segment_that_was_sealed_is_left_alone_and_removed_when_it_is_told(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path, PLENTY)
    spool.seal()
    assert spool.sealed() == []
    spool.append(b"one")
    spool.seal()
    spool.append(b"two")
    (segment,) = spool.sealed()
    assert segment.read_bytes() == b"one\n"
    spool.remove(segment)
    assert spool.sealed() == []
    assert waiting(tmp_path) == [b"two"]
    spool.close()


def test_nothing_is_left_by_who_has_nothing_to_leave(tmp_path: Path) -> None:
    spool = Spool(tmp_path, PLENTY)
    spool.append(b"one")
    spool.seal()
    spool.remove(spool.sealed()[0])
    spool.close()
    assert files(tmp_path) == []


def test_the_living_are_left_alone_and_of_two_heirs_one_inherits(tmp_path: Path) -> None:
    process = start(WRITE, str(tmp_path))
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "written\n"
    spool = Spool(tmp_path, PLENTY)
    (name,) = spool.others()
    assert claim(tmp_path, name) is None
    process.kill()
    process.communicate(timeout=60)
    heir = claim(tmp_path, name)
    assert heir is not None
    assert claim(tmp_path, name) is None
    (segment,) = spool.segments_of(name)
    assert segment.read_bytes().splitlines() == [b"%d" % number for number in range(100)]
    heir.leave(nothing_left=True)
    again = claim(tmp_path, name)  # its file is gone: whoever comes finds nothing to do
    assert again is not None
    again.leave(nothing_left=True)
    assert files(tmp_path) == [".records"]


def test_an_owner_is_not_taken_for_dead_while_it_takes_its_place(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        owners = list(pool.map(lambda _: new_owner(tmp_path), range(50)))
    assert len({one.name for one in owners}) == 50
    for one in owners:
        assert claim(tmp_path, one.name) is None
        one.leave(nothing_left=True)
    assert files(tmp_path) == []


def test_a_spool_that_is_full_keeps_nothing_more_until_there_is_room(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 100)
    spool.append(b"a" * 60)
    for _ in range(2):
        with pytest.raises(NotKept, match="spool-full"):
            spool.append(b"b" * 60)
    spool.append(b"c" * 20)
    spool.seal()
    with pytest.raises(NotKept, match="spool-full"):
        spool.append(b"b" * 60)
    spool.remove(spool.sealed()[0])
    spool.append(b"d" * 60)
    assert waiting(tmp_path) == [b"d" * 60]
    spool.close()


def test_what_others_left_counts_too(tmp_path: Path) -> None:
    first = Spool(tmp_path, 100)
    first.append(b"a" * 60)
    first.close()
    second = Spool(tmp_path, 100)
    with pytest.raises(NotKept, match="spool-full"):
        second.append(b"b" * 60)
    for segment in tmp_path.glob("*.records"):
        segment.unlink()
    second.measure()
    second.append(b"b" * 60)
    second.close()


def test_what_others_leave_is_noticed_where_nobody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while the one who looks waits for a database that hangs."""
    first, second = Spool(tmp_path, 100), Spool(tmp_path, 100)
    second.append(b"b")
    first.append(b"a" * 60)
    second.append(b"b" * 60)
    later = monotonic() + STALE + 1
    monkeypatch.setattr("service.records.spool.monotonic", lambda: later)
    with pytest.raises(NotKept, match="spool-full"):
        second.append(b"b" * 30)
    first.close()
    second.close()


def test_a_disk_that_is_full_leaves_no_half_line_before_the_next(tmp_path: Path) -> None:
    process = start(SMALL_DISK, str(tmp_path))
    said, errors = process.communicate("\n", timeout=60)
    assert (said, errors) == ("ready\nspool-failed\nspool-failed\n", "")
    assert waiting(tmp_path) == [b"a" * 60, b"c" * 60]


def test_half_a_line_that_cannot_be_taken_back_is_closed_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, PLENTY)
    whole, told = os.write, []

    def half(file: int, line: bytes) -> int:
        told.append(line)
        return whole(file, line[:3] if len(told) == 2 else line)

    def refuse(_file: int, _size: int) -> None:
        raise OSError

    monkeypatch.setattr(os, "write", half)
    monkeypatch.setattr(os, "ftruncate", refuse)
    spool.append(b"one two")
    with pytest.raises(NotKept):
        spool.append(b"three")
    spool.append(b"four")
    assert waiting(tmp_path) == [b"one two", b"thr", b"four"]
    assert spool.size == sum(one.stat().st_size for one in tmp_path.glob("*.records"))
    spool.close()


def test_a_folder_that_cannot_be_written_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spool = Spool(tmp_path / "file", PLENTY)
    with pytest.raises(NotKept, match="spool-failed"):
        spool.append(b"one")
    spool.close()


def test_what_waits_is_counted_on_the_disk_whoever_wrote_it(tmp_path: Path) -> None:
    gauge = Waiting(tmp_path / "spool")
    assert gauge.count() == (0, 0)
    spools = [Spool(tmp_path / "spool", PLENTY) for _ in range(2)]
    for spool in spools:
        spool.append(b"one")
    assert gauge.count() == (2, 8)
    spools[0].append(b"two")
    spools[0].seal()
    spools[0].append(b"three")
    assert gauge.count() == (4, 18)
    spools[0].remove(spools[0].sealed()[0])
    assert gauge.count() == (2, 10)
    for spool in spools:
        spool.close()
    assert gauge.count() == (2, 10)
    assert {one.name for one in gauge.collect()} == {
        "backflag_records_waiting", "backflag_records_waiting_bytes",
    }  # fmt: skip
