"""From the command to the first answer with a card: on a new database, and on one that is there."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.service.test_serving import ROOT, SERVICE, Server

EXAMPLE = ROOT / "knowledge" / "patients" / "us-saddle-numbness.request.json"


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds by the clock, and seconds of processor that the service used in all."""

    seconds: float
    processor: float


def cold_start(folder: Path, workers: int = 1) -> Start:
    """Start the service with its database in `folder`, call it once, and end it."""
    body = EXAMPLE.read_bytes()
    database = {"BACKFLAG_DATABASE_URL": f"sqlite:///{folder / 'cards.db'}"}
    server = Server(workers, database, whole=False)
    used, begun = _used(), time.monotonic()
    server.start()
    status, answer = server.call(SERVICE, body)
    took = time.monotonic() - begun
    server.stop()
    assert status == HTTPStatus.OK
    assert answer["cards"][0]["indicator"] == "critical"
    return Start(took, _used() - used)


def told(runs: int) -> Iterator[str]:
    """A line for each kind of start."""
    for name, workers in (("one process", 1), ("two workers", 2)):
        pairs = [_pair(workers) for _ in range(runs)]
        yield _line(f"cold start, {name}, new database", [first for first, _ in pairs])
        yield _line(f"cold start, {name}, database there", [again for _, again in pairs])


def _pair(workers: int) -> tuple[Start, Start]:
    with TemporaryDirectory(prefix="backflag-bench-") as folder:
        return cold_start(Path(folder), workers), cold_start(Path(folder), workers)


def _line(name: str, starts: Sequence[Start]) -> str:
    seconds = sorted(one.seconds for one in starts)
    processor = median(one.processor for one in starts)
    return (
        f"{name}: {median(seconds):.2f} s to the first answer "
        f"({seconds[0]:.2f}–{seconds[-1]:.2f}, {len(starts)} runs), {processor:.2f} s of processor"
    )


def _used() -> float:
    """Seconds of processor of all processes that were started from here and have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime
