"""Each token once, for all workers and replicas that share a database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256

import structlog
from anyio import move_on_after, to_thread
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError

from service.metrics import STORE_FAILURES
from service.store.store import Store, StoreDown
from service.store.tables import NONCES
from service.trust.nonces import RememberedNonces

WAIT = 1 / 2
"""Seconds that a call waits for the database."""

PAUSE = 2
"""Seconds for which a database that failed is left alone, so that few calls wait in vain."""

SWEEP = 60
"""Seconds between removals of what has expired, and between complaints in the log."""

GRACE = 3600
"""Seconds that what has expired is kept for replicas whose clocks are behind."""


class StoredNonces:
    """The database's memory of used tokens, with this process's `own` for when that is down."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float] = time.time,
        own: RememberedNonces | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._own = RememberedNonces(clock) if own is None else own
        self._down_until = 0.0
        self._swept = 0.0
        self._told = 0.0

    async def first_use(self, issuer: str, token_id: str, until: float) -> bool:
        """See `service.trust.nonces.Nonces`.

        With the database down, a token counts as used where this process has seen it itself.
        """
        if not await self._own.first_use(issuer, token_id, until):
            return False
        if 0 < self._down_until - self._clock() <= PAUSE:
            STORE_FAILURES.labels("nonce").inc()
            return True
        name = f"{issuer}\n{token_id}".encode(errors="surrogatepass")
        return await self._ask(sha256(name).hexdigest(), until)

    async def _ask(self, token: str, until: float) -> bool:
        """What the database says; an answer that comes too late is not waited for."""
        with move_on_after(WAIT), suppress(StoreDown):
            first = await to_thread.run_sync(
                self._insert, token, until, abandon_on_cancel=True, limiter=self._store.threads
            )
            self._sweep_now_and_then()
            self._reassure()
            return first
        self._complain()
        return True

    def _insert(self, token: str, until: float) -> bool:
        try:
            with self._store.begin() as connection:
                connection.execute(insert(NONCES).values(token=token, until=until))
        except IntegrityError:
            return False
        return True

    def _sweep_now_and_then(self) -> None:
        """No call waits for what has expired to be removed."""
        now = self._clock()
        if abs(now - self._swept) >= SWEEP:  # a clock may be set back
            self._swept = now
            asyncio.get_running_loop().run_in_executor(None, self._sweep, now - GRACE)

    def _sweep(self, before: float) -> None:
        with suppress(StoreDown), self._store.begin() as connection:
            connection.execute(delete(NONCES).where(NONCES.c.until < before))

    def _complain(self) -> None:
        now = self._clock()
        self._down_until = now + PAUSE
        STORE_FAILURES.labels("nonce").inc()
        if abs(now - self._told) >= SWEEP:
            self._told = now
            structlog.get_logger().error("database down", why="used tokens are kept in memory")

    def _reassure(self) -> None:
        if self._down_until:
            self._down_until = self._told = 0.0
            structlog.get_logger().warning("database back", why="used tokens are shared again")
