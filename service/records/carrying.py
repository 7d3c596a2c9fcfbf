"""Segments of the spool brought to the database, a group of records at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from time import sleep

import msgspec
import structlog

from service.metrics import RECORDS
from service.records.owners import claim
from service.records.record import Record
from service.records.spool import Spool
from service.store.records import Unfit, keep
from service.store.store import Store

AT_A_TIME = 100
"""Records of one transaction: who else writes to SQLite waits for no longer than it takes."""

_DECODER = msgspec.json.Decoder(Record)


def carry_own(spool: Spool, store: Store) -> None:
    """Store what this process has sealed.

    Raises:
        StoreDown: the database does not answer; what is left waits.
        OSError: the spool cannot be read or written.
    """
    for segment in spool.sealed():
        carry(segment, spool, store)
        spool.remove(segment)


def carry_left(spool: Spool, store: Store) -> None:
    """Store what was left by processes that came to their end. Raises the same."""
    for name in spool.others():
        owner = claim(spool.folder, name)
        if owner is None:  # it lives
            continue
        done = False
        try:
            for segment in spool.segments_of(name):
                carry(segment, spool, store)
                segment.unlink(missing_ok=True)
            done = True
        finally:
            owner.leave(nothing_left=done)


def carry(segment: Path, spool: Spool, store: Store) -> None:
    """Store a segment's records. Whatever was stored before, as by who died since, stays once."""
    strange: list[bytes] = []
    torn = 0
    with segment.open("rb") as file:
        while lines := list(islice(file, AT_A_TIME)):
            if not lines[-1].endswith(b"\n"):  # with it a process died
                torn += 1
                lines.pop()
            records, others = _read([line.rstrip() for line in lines if line.strip()])
            strange += others + _store(store, records)
    if torn:
        RECORDS.labels("torn").inc(torn)
    if strange:
        spool.set_aside(strange)
        _tell_refused(len(strange))


def _read(lines: Sequence[bytes]) -> tuple[list[Record], list[bytes]]:
    """The records, and the lines that are none."""
    records, strange = [], []
    for line in lines:
        sleep(0)  # whoever judges has the interpreter first
        try:
            records.append(_DECODER.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            strange.append(line)
    return records, strange


def _store(store: Store, records: list[Record]) -> list[bytes]:
    """Store them together; where one is at fault each by itself. Gives those that never will be."""
    if not records:
        return []
    try:
        RECORDS.labels("written").inc(keep(store, records))
    except Unfit:
        if len(records) == 1:
            return [msgspec.json.encode(records[0])]
    else:
        return []
    return [line for one in records for line in _store(store, [one])]


def _tell_refused(number: int) -> None:
    RECORDS.labels("refused").inc(number)
    why = "the database will never take them: they are in the file `refused` of the spool"
    structlog.get_logger().error("records set aside", number=number, why=why)
