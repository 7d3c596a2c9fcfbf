"""What became of the cards: a client's feedback, answered only once it is kept for good."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import Any

import structlog
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from service.body import Limits, read_body
from service.door import Door
from service.errors import Problem, busy, let_go, response_to
from service.feedback import read_feedback
from service.metrics import CALLS, REFUSED
from service.places import Places
from service.store.feedback import keep
from service.store.store import Store, StoreDown

ANSWERS = "feedback"

LARGEST = 1000 * 1000
"""Bytes of a report, many times what real ones have: reading one takes a second at the worst."""


class Telling:
    """The feedback endpoint of one service."""

    def __init__(
        self, service: str, door: Door, store: Store, limits: Limits, bodies: Places
    ) -> None:
        self.service = service
        self.door = door
        self.store = store
        fixed = limits.size > LARGEST
        self.limits = replace(limits, size=LARGEST, setting=None) if fixed else limits
        self.bodies = bodies
        self.path = f"/cds-services/{service}/feedback"

    async def answer(self, request: Request) -> Response:
        """200 once it is kept, or what is wrong."""
        started = perf_counter()
        notes: dict[str, Any] = {"answer": ANSWERS}
        try:
            await self._keep(request, notes)
            response = Response(b"{}", media_type="application/json")
        except Problem as problem:
            notes |= {"why": problem.why, "places": problem.places}
            REFUSED.labels(problem.why).inc()
            response = response_to(problem)
            let_go(problem)
        CALLS.labels(ANSWERS, response.status_code).inc()
        took = round((perf_counter() - started) * 1000, 2)
        structlog.get_logger().info("call", status=response.status_code, duration_ms=took, **notes)
        return response

    async def _keep(self, request: Request, notes: dict[str, Any]) -> None:
        caller = await self.door.admit(request, (self.path,))
        if caller.name:
            notes["client"] = caller.name
        with self.bodies.one():
            body = await read_body(request, self.limits)
            entries = await to_thread.run_sync(read_feedback, body)
        try:
            await keep(self.store, entries, self.service, caller.name, caller.tenant)
        except StoreDown:
            problem = busy("The feedback cannot be kept now; send it again.", "store-down")
        else:
            return
        raise problem
