"""Loading anew what files say (site, clients, keys, knowledge) while calls go on.

A new service is built beside the one that runs, and takes its place for all calls that come from
then on; those that the old one has taken it answers. Where a file is wrong, the old one stays.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
from anyio import to_thread
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from knowledge.language.files import KnowledgeError
from knowledge.site.folder import SiteError
from service import logs
from service.metrics import RELOADS
from service.settings import BadSettings

TOLD = (BadSettings, KnowledgeError, SiteError)
"""Errors whose words are for the operator: they name a file and what is wrong in it."""


class Generation:
    """One service, from its start until nobody waits for an answer of it."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._calls = 0
        self._free = asyncio.Event()
        self._free.set()
        self._life = AsyncExitStack()

    async def start(self) -> None:
        """Make it ready."""
        await self._life.enter_async_context(self.app.router.lifespan_context(self.app))

    async def end(self) -> None:
        """Let go of what it holds."""
        await self._life.aclose()

    async def retire(self) -> None:
        """End it when its last call is answered."""
        await self._free.wait()
        await self.end()

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call."""
        self._calls += 1
        self._free.clear()
        try:
            await self.app(scope, receive, send)
        finally:
            self._calls -= 1
            if not self._calls:
                self._free.set()


class Renewing:
    """The service as the server sees it: the same from start to end, whatever is loaded.

    `make` builds a service from what the files say now, and may take seconds.
    """

    def __init__(self, first: FastAPI, make: Callable[[], FastAPI]) -> None:
        self._first = first
        self._make = make
        self._now: Generation | None = None
        self._retiring = set[asyncio.Task[None]]()
        self._asked = asyncio.Event()
        self._outer = Starlette(lifespan=self._lives)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, by what is loaded when the call comes."""
        if scope["type"] == "lifespan":
            await self._outer(scope, receive, send)
        else:
            assert self._now is not None
            await self._now.answer(scope, receive, send)

    @asynccontextmanager
    async def _lives(self, _app: Starlette) -> AsyncIterator[None]:
        self._now = Generation(self._first)
        await self._now.start()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._asked.set)
        renewer = asyncio.create_task(self._renew_when_asked())
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGHUP)
            renewer.cancel()
            await asyncio.gather(renewer, *self._retiring, return_exceptions=True)
            await self._now.end()

    async def _renew_when_asked(self) -> None:
        while await self._asked.wait():
            self._asked.clear()
            await self.renew()

    async def renew(self) -> None:
        """Load anew; where that fails, say so and go on as before."""
        try:
            fresh = Generation(await to_thread.run_sync(self._make))
            await fresh.start()
        except Exception as error:  # noqa: BLE001 - whatever it is, calls go on
            _complain(error)
            self._tell()
            return
        old, self._now = self._now, fresh
        assert old is not None
        RELOADS.labels("done").inc()
        structlog.get_logger().info("reloaded", why="SIGHUP")
        task = asyncio.create_task(self._see_off(old))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    def _tell(self) -> None:
        """Let `/readyz` say that what is in use is not what the files say."""
        health = getattr(self._now.app.state, "health", None) if self._now else None
        if health is not None:
            health.reloads = False

    async def _see_off(self, old: Generation) -> None:
        await old.retire()
        gc.collect()
        gc.freeze()  # what stays need not be looked at again


def _complain(error: Exception) -> None:
    RELOADS.labels("failed").inc()
    told: dict[str, Any] = {"exception": type(error).__name__, "where": logs.where(error)}
    if isinstance(error, TOLD):
        told = {"why": str(error)}
    structlog.get_logger().error("not reloaded: what was loaded before stays in use", **told)
