"""How many records wait for the database: counted on the disk, so whichever process is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.records.spool import SEGMENT

PIECE = 1000 * 1000
"""Bytes that are read at a time."""


class Waiting(Collector):
    """The gauges of a spool's folder. What was counted before is not read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._seen: dict[str, tuple[int, int]] = {}

    def collect(self) -> Iterable[Metric]:
        """For Prometheus: the records, and their bytes."""
        records, size = self.count()
        yield GaugeMetricFamily(
            "backflag_records_waiting", "Records that wait for the database.", value=records
        )
        yield GaugeMetricFamily(
            "backflag_records_waiting_bytes", "Bytes of the records that wait.", value=size
        )

    def count(self) -> tuple[int, int]:
        """Records and bytes that wait now."""
        with self._lock:
            self._seen = dict(self._counted())
            found = self._seen.values()
            return sum(lines for _, lines in found), sum(size for size, _ in found)

    def _counted(self) -> Iterator[tuple[str, tuple[int, int]]]:
        names: list[Path] = []
        with suppress(OSError):
            names = [one for one in self._folder.iterdir() if SEGMENT.fullmatch(one.name)]
        for path in names:
            with suppress(OSError):  # it was carried meanwhile
                yield path.name, self._lines(path)

    def _lines(self, path: Path) -> tuple[int, int]:
        size, lines = self._seen.get(path.name, (0, 0))
        with path.open("rb") as file:
            file.seek(size)
            while piece := file.read(PIECE):
                size += len(piece)
                lines += piece.count(b"\n")
        return size, lines
