"""Sends calls by the thousand to a service, and holds every answer against its description."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, perf_counter
from typing import TextIO

import httpx

from tests.fuzz.calls import Call, call
from tests.fuzz.contract import Answer, Broken, Contract
from tests.fuzz.corpus import corpus
from tests.fuzz.ehr import PLACE, odd_server
from tests.fuzz.server import Server

CONNECTIONS = 4
WARM_UP = 10
"""One in so many calls comes before memory is measured for the first time."""
GROWTH = 50
"""How many MB the service's memory may grow by after the warm-up."""
TIMEOUT = 60
TELLS = 10_000
HUGE = 20_000_000
HUGE_FEEDBACK = 10_000_000
SHOWN = 20
"""So many failures are told; the requests of all are kept."""


@dataclass
class Report:
    """What came of a run."""

    seed: int
    calls: int = 0
    seconds: float = 0
    slowest: float = 0
    slowest_index: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    memory_before: float = 0
    memory_after: float = 0

    @property
    def grown(self) -> float:
        """By how many MB the memory grew after the warm-up, where there was one."""
        return self.memory_after - self.memory_before if self.memory_before else 0

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.failures and not self.complaints and self.grown <= GROWTH

    def __str__(self) -> str:
        statuses = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        lines = [
            f"{self.calls} calls, seed {self.seed}, {self.calls / (self.seconds or 1):.0f}/s",
            f"statuses {statuses}",
            f"slowest {self.slowest:.2f} s (call {self.slowest_index})",
            f"memory {self.memory_before:.1f} MB, at the end {self.memory_after:.1f} MB",
            *self.failures[:SHOWN],
            *[f"and {len(self.failures) - SHOWN} more"][: len(self.failures) > SHOWN],
            *(f"the service logged: {line}" for line in self.complaints),
        ]
        return "\n".join([*lines, "passed" if self.passed else "FAILED"])


class Run:
    """One run against a running service; what fails is written to `folder`."""

    def __init__(
        self,
        server: Server,
        seed: int,
        calls: int,
        folder: Path,
        hours: float = 0,
        progress: TextIO | None = None,
    ) -> None:
        self.server = server
        self.report = Report(seed)
        self.folder = folder
        self._calls = calls
        self._progress = progress
        self._until = monotonic() + hours * 3600 if hours else float("inf")
        self._indices = iter(self._numbers(calls))
        self._corpus = corpus()
        self._ehr = b""

    def _numbers(self, calls: int) -> Iterator[int]:
        for index in range(calls):
            if monotonic() > self._until:
                return
            yield index

    async def go(self) -> Report:
        """Send them all."""
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        async with (
            odd_server(self.report.seed, self._corpus) as ehr,
            httpx.AsyncClient(
                base_url=self.server.url, limits=limits, timeout=TIMEOUT, trust_env=False
            ) as client,
        ):
            self._ehr = ehr.encode()
            document = (await client.get("/openapi.json")).json()
            contract = Contract(document)
            started = perf_counter()
            await asyncio.gather(*(self._some(client, contract) for _ in range(CONNECTIONS)))
        self.report.seconds = perf_counter() - started
        self.report.memory_after = self.server.memory
        self.report.complaints = self.server.complaints
        return self.report

    async def only(self, index: int) -> Report:
        """Send one of them."""
        self._indices = iter([index])
        return await self.go()

    async def _some(self, client: httpx.AsyncClient, contract: Contract) -> None:
        for index in self._indices:
            made = call(self.report.seed, index, self._corpus)
            try:
                await self._one(client, contract, index, made)
            except (Broken, httpx.HTTPError) as error:
                cut_off = isinstance(error, httpx.TransportError) and _is_huge(made)
                if cut_off:  # the service hangs up on who sends so much, and is right
                    self.report.statuses[413] += 1
                    self.report.calls += 1
                else:
                    self._note(index, made, error)
            if index == self._calls // WARM_UP:
                self.report.memory_before = self.server.memory
            if index % TELLS == 0 and self._progress is not None:
                self._progress.write(f"{index} of {self._calls}\n")

    async def _one(
        self, client: httpx.AsyncClient, contract: Contract, index: int, made: Call
    ) -> None:
        started = perf_counter()
        body = made.body and made.body.replace(PLACE.encode(), self._ehr)
        response = await client.request(made.method, made.path, content=body, headers=made.headers)
        took = perf_counter() - started
        self.report.calls += 1
        self.report.statuses[response.status_code] += 1
        if took > self.report.slowest:
            self.report.slowest, self.report.slowest_index = took, index
        answer = Answer(response.status_code, response.headers, response.content)
        contract.hold(made.method, made.path, answer)
        if made.sound and not response.is_success:
            raise Broken(f"an example patient is refused: {response.text[:500]}")

    def _note(self, index: int, made: Call, error: Exception) -> None:
        """Keep the request: everything in it is invented."""
        name = self.folder / f"fuzz-{self.report.seed}-{index}.http"
        head = "".join(f"{key}: {value}\r\n" for key, value in made.headers.items())
        start = f"{made.method} {made.path} HTTP/1.1\r\n{head}\r\n"
        name.write_bytes(start.encode() + (made.body or b""))
        told = f"call {index} {made.method} {made.path} ({name}): {type(error).__name__}: {error}"
        self.report.failures.append(told)


def _is_huge(made: Call) -> bool:
    """Whether a body may be refused before all of it was sent."""
    huge = HUGE_FEEDBACK if made.path.endswith("/feedback") else HUGE
    return made.body is not None and len(made.body) > huge
