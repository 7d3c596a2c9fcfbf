"""A thread behind the calls: it carries records to the database, and removes what is old."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from threading import Event, Thread
from time import monotonic

import structlog

from service import logs
from service.metrics import STORE_FAILURES
from service.records.carrying import carry_left, carry_own
from service.records.spool import Spool
from service.store.purging import purge_some
from service.store.store import Store, StoreDown

TURN = 1 / 4
"""Seconds between two looks at the spool."""

LOOK = 2
"""Seconds between two looks at what others have left there."""

PAUSE = 1 / 2
"""Seconds for which a database that failed is left alone; twice as long after each failure."""

LONGEST_PAUSE = 5

ENOUGH = 256 * 1000
"""Bytes of a segment that is closed although nothing can be carried."""

DAY = 24 * 3600

END = 3
"""Seconds that the end of the service waits for what can still be carried."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long records are kept: so many days before the day, at the site, that `today` gives."""

    days: int
    zone: tzinfo
    today: Callable[[], date]

    @property
    def before(self) -> date:
        """The first day that is kept."""
        return self.today() - timedelta(days=self.days)


class Carrier:
    """One process's thread. The store is its own, for it waits as long as it takes."""

    def __init__(self, spool: Spool, store: Store, retention: Retention) -> None:
        self._spool = spool
        self._store = store
        self._retention = retention
        self._ends = Event()
        self._thread = Thread(target=self._run, name="records", daemon=True)
        self._pause = 0.0
        self._again = 0.0
        self._looked = -float(LOOK)
        self._purge_at = 0.0

    @property
    def fails(self) -> bool:
        """Whether records wait because the last attempt to store some failed."""
        return self._pause > 0

    def start(self) -> None:
        """Begin, with what others have left."""
        self._thread.start()

    def stop(self) -> None:
        """Carry what is there, for a bounded time; what is left waits for the next start."""
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join(END)
        self._store.close()  # which ends the wait for a database that hangs
        if self._thread.is_alive():
            self._thread.join(END)
        self._spool.close()

    def _run(self) -> None:
        while not self._ends.wait(TURN):
            self._turn()
        self._again = self._looked = -float(DAY)
        self._turn()

    def _turn(self) -> None:
        try:
            looks = monotonic() - self._looked >= LOOK
            if looks:
                self._looked = monotonic()
                self._spool.measure()
            if not self.fails or self._spool.size >= ENOUGH or self._ends.is_set():
                self._spool.seal()
            if monotonic() >= self._again:
                self._carry(looks)
        except StoreDown:
            self._complain("the database does not answer")
        except Exception as error:  # noqa: BLE001 - the thread has to go on
            self._complain("the spool cannot be read", error)

    def _carry(self, looks: bool) -> None:
        carry_own(self._spool, self._store)
        if looks or self.fails:
            carry_left(self._spool, self._store)
        self._reassure()
        self._purge()

    def _purge(self) -> None:
        """Some of what is old, and all of it in many turns; then not again for a day."""
        if monotonic() < self._purge_at or self._ends.is_set():
            return
        if not purge_some(self._store, self._retention.before, self._retention.zone):
            self._purge_at = monotonic() + DAY

    def _complain(self, why: str, error: Exception | None = None) -> None:
        if not self.fails:
            more = {"exception": type(error).__name__, "where": logs.where(error)} if error else {}
            structlog.get_logger().error("records wait", why=why, **more)
        STORE_FAILURES.labels("records").inc()
        self._pause = min(max(PAUSE, 2 * self._pause), LONGEST_PAUSE)
        self._again = monotonic() + self._pause

    def _reassure(self) -> None:
        if self.fails:
            self._pause = 0.0
            structlog.get_logger().warning("records are stored again")
