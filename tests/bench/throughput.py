"""Calls of one worker over HTTP: how many a core answers, and what memory and database they take.

Counted is the processor time of the service, so that a busy machine changes little; only the
milliseconds until the answer are by the clock.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from tests.bench.cold_start import EXAMPLE
from tests.service.test_serving import PATIENCE, SERVICE, Server

CALLERS = 8
WARM = 50
"""Calls before those that are counted."""

MEGABYTE = 1_000_000
FEW, MANY = 50, 2000
"""Observations of an ordinary chart and of a long one, of some 600 bytes each."""

SETTINGS = {"BACKFLAG_DEADLINE_MS": "20000"}
TICK = os.sysconf("SC_CLK_TCK")
USER, SYSTEM = 11, 12
"""Where the times of a process stand behind its name in /proc."""


@dataclass(frozen=True)
class Throughput:
    """What one kind of calls took: seconds for all, MB of the worker, bytes of the database."""

    kind: str
    body: int
    calls: int
    processor: float
    answers: tuple[float, ...]
    memory: float
    stored: float

    @property
    def per_core(self) -> float:
        """Calls that one core answers in a second."""
        return self.calls / self.processor

    def told(self) -> str:
        """One line."""
        half, last = median(self.answers), quantiles(self.answers, n=100)[-1]
        return (
            f"{self.kind}, {self.body / 1000:.0f} kB: {self.per_core:.0f} calls a second and core, "
            f"{1000 * self.processor / self.calls:.2f} ms of processor each "
            f"({self.calls} calls, {CALLERS} at a time, half within {1000 * half:.0f} "
            f"and 99 in 100 within {1000 * last:.0f} ms), worker {self.memory:.0f} MB, "
            f"database {self.stored:.0f} bytes a call"
        )


def kinds() -> Iterator[tuple[str, dict[str, Any]]]:
    """Charts of the kinds that come: mostly nothing to say, seldom an emergency, or a long one."""
    emergency = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    yield "nothing to say", emergency | {"prefetch": _lists(FEW)}
    yield "an emergency", emergency
    yield "a long chart", emergency | {"prefetch": _lists(MANY)}


def throughputs(seconds: float) -> Iterator[Throughput]:
    """Each kind for so many seconds, each with a service and a database of its own."""
    for kind, request in kinds():
        with TemporaryDirectory(prefix="backflag-bench-") as folder:
            yield _measured(kind, request, seconds, Path(folder))


def _measured(kind: str, request: dict[str, Any], seconds: float, folder: Path) -> Throughput:
    server = Server(1, SETTINGS | {"BACKFLAG_DATABASE_URL": f"sqlite:///{folder / 'calls.db'}"})
    server.start()
    try:
        size = _bytes(folder)
        _Callers(server.port, request).call(most=WARM)
        before = _processor(server.process.pid)
        callers = _Callers(server.port, request)
        callers.run(seconds)
        used, held = _processor(server.process.pid) - before, memory(server.process.pid)
    finally:
        server.stop()  # which brings all records to the database
    answers = tuple(callers.answers)
    stored = (_bytes(folder) - size) / (len(answers) + WARM)
    body = len(json.dumps(request))
    return Throughput(kind, body, len(answers), used, answers, held, stored)


@dataclass
class _Callers:
    port: int
    request: dict[str, Any]
    answers: list[float] = field(default_factory=list)
    until: float = 0

    def run(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        threads = [threading.Thread(target=self.call) for _ in range(CALLERS)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    def call(self, most: int | None = None) -> None:
        """One call after the other on one connection, each of another patient."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        text, patient = json.dumps(self.request), self.request["context"]["patientId"]
        while len(self.answers) < most if most else time.monotonic() < self.until:
            body = text.replace(patient, str(uuid4())).encode()
            begun = time.perf_counter()
            line.request("POST", SERVICE, body, {"Content-Type": "application/json"})
            answer = line.getresponse()
            answer.read()
            self.answers.append(time.perf_counter() - begun)
            assert answer.status == HTTPStatus.OK
        line.close()


def _lists(number: int) -> dict[str, Any]:
    """A chart without a word of the back."""
    empty: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    entries = [{"resource": observation(one)} for one in range(number)]
    return {"conditions": empty, "observations": empty | {"entry": entries}}


def observation(number: int) -> dict[str, Any]:
    coding = {"system": "http://loinc.org", "code": "2345-7", "display": "Glucose"}
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "category": [{"coding": [{"code": "laboratory", "display": "Laboratory " * 20}]}],
        "code": {"coding": [coding], "text": "Glucose"},
        "effectiveDateTime": f"2025-{1 + number % 12:02}-{1 + number % 28:02}T08:30:00Z",
        "valueQuantity": {"value": 5 + number % 9, "unit": "mmol/L", "code": "mmol/L",
                          "system": "http://unitsofmeasure.org"},
    }  # fmt: skip


def _processor(process: int) -> float:
    """Seconds of the processor that a process has used."""
    words = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(words[USER]) + int(words[SYSTEM])) / TICK


def memory(process: int) -> float:
    """MB that a process holds."""
    text = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    (line,) = (one for one in text.splitlines() if one.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / MEGABYTE


def _bytes(folder: Path) -> int:
    """Of the database and its log."""
    return sum(one.stat().st_size for one in folder.glob("calls.db*"))
