"""A call from its first byte to its answer: who asks, what came, what is missing, the judgement.

Every stage has its bound: places for bodies that are on their way, places for evaluations, and
one deadline for all that follows the body. Who goes away stops the work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import partial
from time import monotonic, perf_counter
from typing import Any

import structlog
from anyio import CancelScope, CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from knowledge.chart.decode import read_values
from knowledge.giving_up import GivenUp
from service import logs
from service.body import Limits, read_body
from service.door import Door
from service.ehr.gaps import Gap
from service.engine import Engine
from service.enough import ensure_not_too_many
from service.errors import Problem, busy, let_go, response_to
from service.hooks import HookRequest, read_request
from service.lacking import Asking, Lacking
from service.metrics import CALLS, DURATION, REFUSED
from service.patience import Patience, gone, while_asked
from service.places import Places
from service.supplied import types_supplied
from service.trust.gate import Caller

Clock = Callable[[tzinfo], datetime]
JSON = "application/json"
NO_CARDS = b'{"cards":[]}'

THREADS = 2
"""Evaluations that share a process's interpreter at a time; more would only slow each other."""

LAST = 4
"""The part of the deadline (one in so many) that look-ups leave to the evaluation."""


@dataclass(frozen=True, slots=True)
class Work:
    """What all calls of one process share; `seconds` is the deadline, `silent` shows no card."""

    engine: Engine
    clock: Clock
    zone: tzinfo
    limits: Limits
    seconds: float
    max_resources: int
    lacking: Lacking
    evaluations: Places
    bodies: Places
    silent: bool = False
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(THREADS))


@dataclass(frozen=True, slots=True)
class Way:
    """One way of asking about a patient: a hook's cards, or the whole evaluation behind them."""

    service: str
    hook: str
    explains: bool = False

    @property
    def path(self) -> str:
        """Where it is asked."""
        return self.paths[0]

    @property
    def paths(self) -> tuple[str, ...]:
        """What counts as called: a token for the service opens its explanation too."""
        service = f"/cds-services/{self.service}"
        return (f"/explain/{self.service}", service) if self.explains else (service,)


class Calls:
    """The calls that come one way."""

    def __init__(self, work: Work, door: Door, way: Way) -> None:
        self.work = work
        self.door = door
        self.way = way
        self.answers = "explain" if way.explains else "hook"

    async def answer(self, request: Request) -> Response:
        """The judgement as JSON, or what is wrong with the request."""
        started = perf_counter()
        notes: dict[str, Any] = {"answer": self.answers, "hook": self.way.hook}
        try:
            response = Response(await self._answered(request, notes), media_type=JSON)
        except Problem as problem:
            notes |= {"why": problem.why, "places": problem.places}
            REFUSED.labels(problem.why).inc()
            response = response_to(problem)
            let_go(problem)
        took = perf_counter() - started
        CALLS.labels(self.answers, response.status_code).inc()
        DURATION.observe(took)
        notes |= {"status": response.status_code, "duration_ms": round(took * 1000, 2)}
        structlog.get_logger().info("call", **notes)
        return response

    async def _answered(self, request: Request, notes: dict[str, Any]) -> bytes:
        caller = await self.door.admit(request, self.way.paths)
        if caller.name:
            notes["client"] = caller.name
        with self.work.bodies.one():
            body = await read_body(request, self.work.limits)
        patience = Patience(monotonic() + self.work.seconds)
        with self.work.evaluations.one():
            work = partial(self._judged, body, caller, patience, notes)
            del body
            return await while_asked(request, patience, work)

    async def _judged(
        self, body: bytes, caller: Caller, patience: Patience, notes: dict[str, Any]
    ) -> bytes:
        read = partial(self._read, body, caller, patience, notes)
        found = await self._in_thread(patience, read)
        if isinstance(found, bytes):
            return found
        until = patience.until - self.work.seconds / LAST
        call, gaps = await self.work.lacking.complete(found, until)
        judged = await self._in_thread(patience, partial(self._judge, call, gaps, patience, notes))
        assert isinstance(judged, bytes)
        return judged

    async def _in_thread(
        self, patience: Patience, work: Callable[[], bytes | Asking]
    ) -> bytes | Asking:
        """What a thread makes of it; whoever cancels waits until the thread has noticed.

        Who still waits for a thread at the deadline is told so, whatever the threads are at.
        """
        with CancelScope(deadline=patience.until), suppress(GivenUp):
            return await to_thread.run_sync(work, limiter=self.work.threads)
        raise gone() if patience.stopped else _late()

    def _read(
        self, body: bytes, caller: Caller, patience: Patience, notes: dict[str, Any]
    ) -> bytes | Asking:
        """Read what came, and judge it, unless something is to be fetched first."""
        patience()
        call = read_request(body, self.way.hook, patience)
        notes["hook_instance"] = logs.instance_id(call.hook_instance)
        patience()
        decoded = read_values(call.prefetch, patience)
        ensure_not_too_many(decoded, self.work.max_resources)
        call = replace(call, decoded=decoded, supplied=types_supplied(decoded))
        if not self.way.explains and not self.work.engine.concerns(call, self._now()):
            return NO_CARDS
        asking = self.work.lacking.plan(call, caller)
        if asking.server is not None:
            return asking
        return self._judge(call, asking.gaps, patience, notes)

    def _judge(
        self, call: HookRequest, gaps: Sequence[Gap], patience: Patience, notes: dict[str, Any]
    ) -> bytes:
        if gaps:
            notes["gaps"] = {gap.key: gap.why for gap in gaps}
        judgement = self.work.engine.judge(call, self._now(), gaps, patience)
        if self.work.silent:
            judgement = judgement.in_silence()
        notes.update(judgement.counts)
        return judgement.explanation if self.way.explains else judgement.body

    def _now(self) -> datetime:
        return self.work.clock(self.work.zone)


def _late() -> Problem:
    text = "The chart could not be judged in the time that BACKFLAG_DEADLINE_MS allows."
    return busy(text, "deadline")
