"""What recording costs: calls to a service that records and to one that does not, in turn."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import median
from uuid import uuid4

from tests.records_proofs.load import EMERGENCY, HEADERS, SMALL, chart
from tests.records_proofs.place import Place
from tests.service.test_serving import SERVICE, Server

WARM_UP = 50
"""Calls to each that are not counted."""


@dataclass(frozen=True)
class Pair:
    """One pair of servers: milliseconds of a call at the median without recording and with it,
    and what a call with it took longer than the one without it beside it."""

    kind: str
    off: float
    on: float
    more: float


@dataclass
class Report:
    """What came of all pairs."""

    database: str
    calls: int
    pairs: list[Pair] = field(default_factory=list)

    def more(self, kind: str) -> float:
        """Milliseconds that recording costs, at the median of the pairs' medians."""
        return median(one.more for one in self.pairs if one.kind == kind)

    def __str__(self) -> str:
        lines = [f"{self.calls} calls to each of {len(self.pairs)} pairs on {self.database}"]
        for kind in (SMALL, EMERGENCY):
            pairs = [one for one in self.pairs if one.kind == kind]
            told = ", ".join(f"{one.off:.2f} -> {one.on:.2f} ({one.more:+.3f})" for one in pairs)
            lines.append(f"{kind}: {self.more(kind):+.3f} ms; off -> on: {told}")
        return "\n".join(lines)


def measure(place: Place, pairs: int, calls: int) -> Report:
    """So many pairs of servers, one after the other: no two processes are equally fast."""
    place.make_ready()
    report = Report(place.name, calls)
    for _ in range(pairs):
        with ExitStack() as stack:
            off, on = (_running(stack, place, records) for records in ("off", "on"))
            for kind in (SMALL, EMERGENCY):
                report.pairs.append(_side_by_side(off, on, kind, calls))
    return report


def _running(stack: ExitStack, place: Place, records: str) -> Server:
    server = Server(1, place.settings | {"BACKFLAG_RECORDS": records})
    server.start()
    stack.callback(server.stop)
    return server


def _side_by_side(off: Server, on: Server, kind: str, calls: int) -> Pair:
    lines = [HTTPConnection("127.0.0.1", one.port, timeout=60) for one in (off, on)]
    body = chart(kind)
    took = [[_call(line, body) for line in _in_turn(lines, n)] for n in range(WARM_UP + calls)]
    took = [pair[::-1] if n % 2 else pair for n, pair in enumerate(took)][WARM_UP:]
    for line in lines:
        line.close()
    without, recorded = (median(pair[n] for pair in took) for n in (0, 1))
    more = median(pair[1] - pair[0] for pair in took)
    return Pair(kind, without * 1000, recorded * 1000, more * 1000)


def _in_turn(lines: Sequence[HTTPConnection], number: int) -> Sequence[HTTPConnection]:
    """Neither is always the first."""
    return lines[::-1] if number % 2 else lines


def _call(line: HTTPConnection, body: dict[str, object]) -> float:
    content = json.dumps(body | {"hookInstance": str(uuid4())}).encode()
    begun = time.perf_counter()
    line.request("POST", SERVICE, content, HEADERS)
    response = line.getresponse()
    response.read()
    took = time.perf_counter() - begun
    assert response.status == 200
    return took
