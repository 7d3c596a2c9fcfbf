"""`python -m tests.bench.soak`: a great many calls at full speed; memory and errors stay flat.

Nine bodies in ten are small (1 to 64 kB), the others large (to 5 MB): some of the example patients,
the others without a word of the back, each filled up to its size with values and problems. In each
call the patient and the free texts are new, so that nothing is remembered by its words.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from tests.bench.throughput import MEGABYTE, memory, observation
from tests.conftest import ROOT
from tests.service.processes import workers_of
from tests.service.test_serving import PATIENCE, SERVICE, Server

CALLS = 500_000
WORKERS = 2
CALLERS = 6
CALLS_A_LINE = 30
GROWTH = 0.15
"""Part of a worker's memory after the first minute by which it may have changed at the end."""

MINUTE = 60.0
AROUND = 10.0
"""Seconds of which the median is taken, for memory swings with each large body."""

SMALL, LARGE = (1_000, 64_000), (64_000, 5_000_000)
"""Bytes of bodies, from and to; each order of magnitude is as frequent as the others."""

SMALL_KINDS, LARGE_KINDS, ONE_IN = 180, 20, 10
PLACE = "b7a1c0de-0000-4000-8000-5eed5eed5eed"
"""Stands in a body where each call has something new."""

TELLING, PROBLEMS = 1 / 10, 1 / 100
"""Patients who have something of the back, and resources that are problems; the rest are values."""

WORDS = (
    "acute", "chronic", "mild", "left", "right", "follow-up", "of", "with", "history", "knee",
    "shoulder", "hypertension", "asthma", "reflux", "migraine", "fracture", "type", "unspecified",
    "screening", "vaccination", "review", "diabetes",
)  # fmt: skip
CARD = b'"indicator"'


@dataclass(frozen=True)
class Chart:
    """A body in the pieces between which each call puts something new."""

    name: int
    pieces: tuple[str, ...]

    def body(self, new: str) -> bytes:
        """As it is sent."""
        return new.join(self.pieces).encode()


@dataclass
class Soak:
    """What was seen: memory of each worker by seconds since the first call, and what went wrong."""

    seconds: float = 0
    calls: int = 0
    bytes: int = 0
    cards: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    memory: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    loud: Counter[str] = field(default_factory=Counter)

    def at(self, moment: float) -> dict[int, float]:
        """MB of each worker around a moment."""
        found = {}
        for worker, told in self.memory.items():
            near = [size for when, size in told if abs(when - moment) <= AROUND / 2]
            found[worker] = median(near) if near else told[-1][1]
        return found

    @property
    def growth(self) -> dict[int, float]:
        """Of each worker, from the first minute to the end, as a part of what it was."""
        first, last = self.at(min(MINUTE, self.seconds / 2)), self.at(self.seconds - AROUND / 2)
        return {worker: last[worker] / first[worker] - 1 for worker in self.memory}

    @property
    def passed(self) -> bool:
        """No call went wrong, nothing was logged loudly, and memory is where it was."""
        flat = all(abs(one) <= GROWTH for one in self.growth.values())
        return not self.wrong and not self.loud and flat and self.cards > 0

    def lines(self) -> Iterator[str]:
        """What is told at the end."""
        yield (
            f"{self.calls} calls in {self.seconds:.0f} s, "
            f"{self.calls / self.seconds:.0f} a second, "
            f"{self.bytes / MEGABYTE:.0f} MB; {self.cards} cards"
        )
        for worker, growth in self.growth.items():
            told = self.memory[worker]
            steps = range(1, 1 + int(self.seconds / MINUTE))
            curve = " ".join(f"{self.at(MINUTE * one)[worker]:.0f}" for one in steps)
            most = max(size for _, size in told)
            yield (
                f"worker: {growth:+.1%} since the first minute; "
                f"by minutes {curve} MB; most {most:.0f}"
            )
        for what, times in (self.wrong + self.loud).most_common():
            yield f"{times} times {what}"
        yield "passed" if self.passed else "FAILED"


def charts(seed: int) -> tuple[list[Chart], list[Chart]]:
    """Small ones and large ones; the largest has 5 MB."""
    random = Random(seed)
    patients = _patients()
    sizes = [_size(random, *SMALL) for _ in range(SMALL_KINDS)]
    sizes += [_size(random, *LARGE) for _ in range(LARGE_KINDS - 1)]
    made = [
        Chart(name, _pieces(random, patients, size)) for name, size in enumerate([*sizes, LARGE[1]])
    ]
    return made[:SMALL_KINDS], made[SMALL_KINDS:]


def _size(random: Random, least: int, most: int) -> int:
    size: float = least * (most / least) ** random.random()
    return round(size)


def _patients() -> list[dict[str, Any]]:
    """Calls that need nothing from elsewhere."""
    files = sorted((ROOT / "knowledge" / "patients").glob("*.request.json"))
    found = [json.loads(one.read_text(encoding="utf-8")) for one in files]
    return [one for one in found if "fhirServer" not in one]


def _empty() -> dict[str, Any]:
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "entry": []}
    return {"conditions": bundle, "observations": bundle}


def _pieces(random: Random, patients: Sequence[dict[str, Any]], size: int) -> tuple[str, ...]:
    """A patient whose chart is filled up to so many bytes."""
    patient = random.choice(patients)
    if random.random() > TELLING:
        patient = patient | {"prefetch": _empty()}
    told = json.loads(json.dumps(patient).replace(patient["context"]["patientId"], PLACE))
    told["hookInstance"] = PLACE
    room = size - len(json.dumps(told))
    while room > 0:
        key, made = (_problem if random.random() < PROBLEMS else _value)(random)
        bundle = told["prefetch"].get(key) or _empty()[key]
        bundle["entry"] = [*bundle.get("entry", ()), {"resource": made}]
        told["prefetch"][key] = bundle
        room -= len(json.dumps(made)) + 16
    return tuple(json.dumps(told).split(PLACE))


def _value(random: Random) -> tuple[str, dict[str, Any]]:
    return "observations", observation(random.randrange(100_000))


def _problem(random: Random) -> tuple[str, dict[str, Any]]:
    name = " ".join(random.choices(WORDS, k=random.randint(2, 6)))
    return "conditions", {
        "resourceType": "Condition",
        "id": f"c{random.randrange(10**9)}",
        "clinicalStatus": {"coding": [{"code": random.choice(("active", "resolved"))}]},
        "code": {"text": f"{name}, see {PLACE}"},
        "subject": {"reference": f"Patient/{PLACE}"},
        "recordedDate": f"2024-{random.randint(1, 12):02}-{random.randint(1, 28):02}",
    }


def soak(
    calls: int, seed: int, workers: int = WORKERS, tell: Callable[[str], object] = len
) -> Soak:
    """So many calls of a service of its own, as fast as it answers; tells each minute of them."""
    seen, made = Soak(), charts(seed)
    with TemporaryDirectory(prefix="backflag-soak-") as folder:
        at = {"BACKFLAG_DATABASE_URL": f"sqlite:///{Path(folder) / 'calls.db'}"}
        server = Server(workers, at)
        server.start()
        try:
            _Callers(server, seen, made, calls, seed, tell).run()
        finally:
            written = server.stop()
    for line in written.splitlines():
        if (found := _loud(line)) is not None:
            seen.loud[found] += 1
    return seen


def _loud(line: bytes) -> str | None:
    """What the service complained of."""
    told: dict[str, Any] = json.loads(line)
    if told["level"] in ("info", "debug"):
        return None
    return f"{told['level']}: {told['event']} {told.get('why', '')}"


@dataclass
class _Callers:
    server: Server
    seen: Soak
    charts: tuple[list[Chart], list[Chart]]
    most: int
    seed: int
    tell: Callable[[str], object]
    _numbers: Iterator[int] = field(default_factory=count)
    _cards: dict[int, int] = field(default_factory=dict)
    _done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """All calls, with a look at memory each second."""
        began = time.monotonic()
        looks = threading.Thread(target=self._look, args=(began,))
        callers = [threading.Thread(target=self._call, args=(one,)) for one in range(CALLERS)]
        for one in (looks, *callers):
            one.start()
        for one in callers:
            one.join()
        self._done.set()
        looks.join()
        self.seen.seconds = time.monotonic() - began

    def _look(self, began: float) -> None:
        workers, minute = _workers(self.server), 1
        while True:
            for one in workers:
                when = time.monotonic() - began
                self.seen.memory.setdefault(one, []).append((when, memory(one)))
            if when >= MINUTE * minute:
                sizes = " and ".join(f"{told[-1][1]:.0f}" for told in self.seen.memory.values())
                self.tell(f"{minute} min: {self.seen.calls} calls, {sizes} MB")
                minute += 1
            if self._done.wait(1):
                return

    def _call(self, number: int) -> None:
        """One call after the other, now and then on a new connection: to whoever is free."""
        random = Random(f"{self.seed} {number}")
        line = HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        while next(self._numbers) < self.most:
            if random.randrange(CALLS_A_LINE) == 0:
                line.close()
            chart = random.choice(self.charts[random.randrange(ONE_IN) == 0])
            body = chart.body(str(uuid4()))
            try:
                line.request("POST", SERVICE, body, {"Content-Type": "application/json"})
                answer = line.getresponse()
                text = answer.read()
            except (OSError, HTTPException) as error:
                line.close()
                self._count(chart, len(body), repr(error), 0)
                continue
            wrong = "" if answer.status == HTTPStatus.OK else f"status {answer.status}"
            self._count(chart, len(body), wrong, text.count(CARD))
        line.close()

    def _count(self, chart: Chart, size: int, wrong: str, cards: int) -> None:
        """The same chart gets as many cards each time."""
        if not wrong and cards != self._cards.setdefault(chart.name, cards):
            wrong = f"{cards} cards, first {self._cards[chart.name]}"
        if wrong:
            self.seen.wrong[wrong] += 1
        self.seen.calls += 1
        self.seen.bytes += size
        self.seen.cards += cards


def _workers(server: Server) -> list[int]:
    """The processes that answer."""
    parent = server.process.pid
    return [parent] if server.workers == 1 else sorted(workers_of(parent))


def main() -> int:
    """Call, and say what was seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    given = parser.parse_args()
    _tell(f"seed {given.seed}")
    seen = soak(given.calls, given.seed, given.workers, _tell)
    for line in seen.lines():
        _tell(line)
    return 0 if seen.passed else 1


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main())
