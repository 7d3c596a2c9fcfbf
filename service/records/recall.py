"""What was overridden before: asked of the database, but never waited for when it is slow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import structlog

from knowledge.quieting import Dismissal
from service.metrics import STORE_FAILURES
from service.store.dismissals import Dismissals
from service.store.store import Store

WAIT = 1 / 4
"""Seconds that a call waits for the database; then nothing is quieted, and it speaks."""

PAUSE = 5
"""Seconds for which a database that failed is left alone, so that few calls wait in vain."""

THREADS = 2

SELDOM = 60
"""Seconds between complaints in the log."""


class Recall:
    """The dismissals of a patient's cards.

    `store` is for this alone, and with SQLite waits for it no longer than `WAIT`: what hangs in it
    is cut off.
    """

    def __init__(
        self, store: Store, dismissals: Dismissals, clock: Callable[[], float] = monotonic
    ) -> None:
        self._store = store
        self._dismissals = dismissals
        self._clock = clock
        self._threads = ThreadPoolExecutor(THREADS, "recall")
        self._down_until = 0.0
        self._told = -float(SELDOM)

    def ask(self, patients: Sequence[str], client: str, tenant: str | None) -> Sequence[Dismissal]:
        """The dismissals that hold, by a patient's hashes; none where the database is not there."""
        if self._clock() < self._down_until:
            STORE_FAILURES.labels("recall").inc()
            return ()
        try:
            return self._in_time(patients, client, tenant)
        except Exception as error:  # noqa: BLE001 - without an answer the card has to speak
            self._complain(type(error).__name__)
        return ()

    def close(self) -> None:
        """Let go of the database."""
        self._dismissals.close()
        self._store.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _in_time(
        self, patients: Sequence[str], client: str, tenant: str | None
    ) -> Sequence[Dismissal]:
        """SQLite sees to that itself; a server may never answer, which another thread finds out."""
        if self._store.is_sqlite:
            return self._dismissals.of(patients, client, tenant)
        asked = self._threads.submit(self._dismissals.of, patients, client, tenant)
        try:
            return asked.result(WAIT)
        finally:
            asked.cancel()

    def _complain(self, exception: str) -> None:
        now = self._clock()
        self._down_until = now + PAUSE
        self._store.close()  # whoever hangs there would be in the way of the next
        STORE_FAILURES.labels("recall").inc()
        if now - self._told >= SELDOM:
            self._told = now
            why = "earlier overrides are not known, so nothing is kept quiet"
            structlog.get_logger().error("database down", why=why, exception=exception)
