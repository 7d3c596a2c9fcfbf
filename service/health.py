"""What is not well, by name: cards come all the same, and who runs the service has to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from time import monotonic
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.door import Door
from service.records.keeping import Keeping
from service.store.store import Store, open_store

DATABASE: Final = "database"
RECORDS: Final = "records"
SPOOL: Final = "spool"
KEY_SETS: Final = "key-sets"
FILES: Final = "files"

HOLD = 2
"""Seconds for which a look at the database counts."""

WAIT = 1
"""Seconds that an answer waits for the database."""

Look = Callable[[], bool]


class Health(Collector):
    """The parts of the service that may be unwell; `looks` say of each whether it is well.

    `store` is for this alone: nobody else waits for a look at a database that hangs. `reloads`:
    files could be loaded anew when that was last asked for.
    """

    def __init__(
        self, store: Store, looks: Mapping[str, Look], clock: Callable[[], float] = monotonic
    ) -> None:
        self._store = store
        self.reloads = True
        own: dict[str, Look] = {DATABASE: self._has_database, FILES: lambda: self.reloads}
        self._looks = own | dict(looks)
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "health")
        self._lock = Lock()
        self._looking: Future[None] | None = None
        self._again = -float(HOLD)
        self._answers = True

    def degraded(self) -> tuple[str, ...]:
        """The names of what is not well. Blocks for a second at the most."""
        return tuple(name for name, well in self._looks.items() if not well())

    def collect(self) -> Iterable[Metric]:
        """For Prometheus."""
        family = GaugeMetricFamily(
            "backflag_degraded", "1 for each part that is not well.", labels=("what",)
        )
        found = self.degraded()
        for name in self._looks:
            family.add_metric((name,), float(name in found))
        yield family

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _has_database(self) -> bool:
        with self._lock:
            if self._clock() >= self._again:
                self._answers = self._look()
                self._again = self._clock() + HOLD
            return self._answers

    def _look(self) -> bool:
        """Whether it answers in time; a look that hangs is not followed by another."""
        if self._looking is None or self._looking.done():
            self._looking = self._thread.submit(self._ask)
        try:
            self._looking.result(WAIT)
        except Exception:  # noqa: BLE001 - whatever it is, it is no answer
            return False
        return True

    def _ask(self) -> None:
        with self._store.reading() as connection:
            connection.exec_driver_sql("SELECT 1")


def health_of(database_url: str, records: Keeping, door: Door) -> Health:
    """The health of what a service is made of."""
    carrier, recorder, gate = records.carrier, records.recorder, door.gate
    looks: dict[str, Look] = {
        RECORDS: lambda: carrier is None or not carrier.fails,
        SPOOL: lambda: not recorder.fails,
        KEY_SETS: lambda: gate is None or not gate.lacks_keys,
    }
    return Health(open_store(database_url), looks)
