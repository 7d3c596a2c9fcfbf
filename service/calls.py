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
from http import HTTPStatus
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
from service.counting import count_judged
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
from service.records.heard import Heard
from service.records.recorder import NoRecords
from service.supplied import types_supplied
from service.tracing import NoSpans
from service.trust.gate import Caller

Clock = Callable[[tzinfo], datetime]
JSON = "application/json"
NO_CARDS = b'{"cards":[]}'
UNFORESEEN = "unforeseen"
"""Why a call has no answer that failed as nobody thought of."""

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
    records: NoRecords = field(default_factory=NoRecords)
    spans: NoSpans = field(default_factory=NoSpans)
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(THREADS))
    writers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(THREADS))


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


@dataclass(slots=True)
class Course:
    """What becomes known of a call on its way: `notes` for the log, `heard` once it was read."""

    started: float
    notes: dict[str, Any]
    heard: Heard | None = None


class Calls:
    """The calls that come one way."""

    def __init__(self, work: Work, door: Door, way: Way) -> None:
        self.work = work
        self.door = door
        self.way = way
        self.answers = "explain" if way.explains else "hook"

    async def answer(self, request: Request) -> Response:
        """The judgement as JSON, or what is wrong with the request."""
        course = Course(perf_counter(), {"answer": self.answers, "hook": self.way.hook})
        with self.work.spans.call(request.headers.get("traceparent")) as note:
            response = await self._response(request, course)
            note(course.notes)
        structlog.get_logger().info("call", **course.notes)
        return response

    async def _response(self, request: Request, course: Course) -> Response:
        try:
            response = Response(await self._answered(request, course), media_type=JSON)
        except Problem as problem:
            course.notes |= {"why": problem.why, "places": problem.places}
            REFUSED.labels(problem.why).inc()
            response = response_to(problem)
            await self._record_end(course, problem.status, problem.why)
            let_go(problem)
        except Exception:
            await self._record_end(course, HTTPStatus.INTERNAL_SERVER_ERROR, UNFORESEEN)
            raise
        took = perf_counter() - course.started
        CALLS.labels(self.answers, response.status_code).inc()
        DURATION.observe(took)
        course.notes |= {"status": response.status_code, "duration_ms": round(took * 1000, 2)}
        return response

    async def _record_end(self, course: Course, status: int, why: str) -> None:
        """Record a call that was read but has no answer, in a thread: the disk may be slow."""
        heard = course.heard
        if heard is not None and not heard.kept:
            record = partial(self.work.records.ended, heard, self._now(), status, why)
            await to_thread.run_sync(record, limiter=self.work.writers)

    async def _answered(self, request: Request, course: Course) -> bytes:
        caller = await self.door.admit(request, self.way.paths)
        if caller.name:
            course.notes["client"] = caller.name
        with self.work.bodies.one():
            body = await read_body(request, self.work.limits)
        patience = Patience(monotonic() + self.work.seconds)
        with self.work.evaluations.one():
            work = partial(self._judged, body, caller, patience, course)
            del body
            return await while_asked(request, patience, work)

    async def _judged(
        self, body: bytes, caller: Caller, patience: Patience, course: Course
    ) -> bytes:
        read = partial(self._read, body, caller, patience, course)
        found = await self._in_thread(patience, read)
        if isinstance(found, bytes):
            return found
        until = patience.until - self.work.seconds / LAST
        with self.work.spans.step("look up"):
            call, gaps = await self.work.lacking.complete(found, until)
        judged = await self._in_thread(patience, partial(self._judge, call, gaps, patience, course))
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
        self, body: bytes, caller: Caller, patience: Patience, course: Course
    ) -> bytes | Asking:
        """Read what came, and judge it, unless something is to be fetched first."""
        with self.work.spans.step("read"):
            patience()
            call = read_request(body, self.way.hook, patience)
            course.heard = self._heard(call, caller, course)
            patience()
            decoded = read_values(call.prefetch, patience)
            ensure_not_too_many(decoded, self.work.max_resources)
            call = replace(call, decoded=decoded, supplied=types_supplied(decoded))
        now = self._now()
        if not self.way.explains and not self.work.engine.concerns(call, now):
            self.work.records.ended(course.heard, now, HTTPStatus.OK)
            return NO_CARDS
        asking = self.work.lacking.plan(call, caller)
        if asking.server is not None:
            return asking
        return self._judge(call, asking.gaps, patience, course)

    def _judge(
        self, call: HookRequest, gaps: Sequence[Gap], patience: Patience, course: Course
    ) -> bytes:
        heard, records, now = course.heard, self.work.records, self._now()
        assert heard is not None
        if gaps:
            course.notes["gaps"] = {gap.key: gap.why for gap in gaps}
            heard.incomplete = tuple(f"{gap.key}:{gap.why}" for gap in gaps)
        recall = partial(records.dismissals, heard)
        with self.work.spans.step("judge"):
            judgement = self.work.engine.judge(call, now, gaps, patience, recall)
        if self.work.silent:
            judgement = judgement.in_silence()
        course.notes.update(judgement.counts)
        if self.way.explains:
            return judgement.explanation
        body = judgement.body
        records.judged(heard, now, judgement)
        count_judged(judgement)
        return body

    def _heard(self, call: HookRequest, caller: Caller, course: Course) -> Heard:
        """What the records need to know; an explanation is not recorded."""
        instance = logs.instance_id(call.hook_instance)
        course.notes["hook_instance"] = instance
        return Heard(
            service=self.way.service,
            client=caller.name,
            tenant=caller.tenant,
            patient_id=call.patient_id,
            hook_instance=instance,
            started=course.started,
            kept=self.way.explains,
        )

    def _now(self) -> datetime:
        return self.work.clock(self.work.zone)


def _late() -> Problem:
    text = "The chart could not be judged in the time that BACKFLAG_DEADLINE_MS allows."
    return busy(text, "deadline")
