"""Where a service keeps things, and what is found there by who looks from outside."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, select

from service.store.store import Store, open_store
from service.store.tables import CALLS, CARDS, FEEDBACK, UNKNOWNS
from tests.service.store.conftest import Cluster, binaries, new_cluster

BOUND = 60
"""Seconds for what waits to be brought to the database."""

STEP = 0.05
DEADLINE_MS = "20000"
"""For a busy machine: no call is to be refused because others were at work."""


@dataclass
class Kept:
    """How often things are kept: calls by hookInstance, feedback and cards by the card's id."""

    calls: Counter[str] = field(default_factory=Counter)
    spooled: Counter[str] = field(default_factory=Counter)
    feedback: Counter[str] = field(default_factory=Counter)
    cards: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    """Calls that left a criterion unknown, by the records of the calls."""
    counted: int = 0
    """The same, as it was added up when they were stored."""


@dataclass(frozen=True)
class Place:
    """A folder, and the database of a service: a file in it, or one of a PostgreSQL server."""

    folder: Path
    url: str
    cluster: Cluster | None = None

    @property
    def name(self) -> str:
        return self.url.partition(":")[0].partition("+")[0]

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    @property
    def settings(self) -> dict[str, str]:
        """The variables for a service here."""
        return {
            "BACKFLAG_DATABASE_URL": self.url,
            "BACKFLAG_SPOOL_DIR": str(self.spool),
            "BACKFLAG_PATIENT_KEY_FILE": str(self.key),
            "BACKFLAG_DEADLINE_MS": DEADLINE_MS,
        }

    @property
    def key(self) -> Path:
        """The file of the patients' keys, which is made here once."""
        path = self.folder / "patient.key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text("5a" * 32)
        return path

    def make_ready(self) -> None:
        """Bring the database up to date."""
        with self.store() as store:
            store.upgrade()

    @contextmanager
    def store(self) -> Iterator[Store]:
        found = open_store(self.url)
        try:
            yield found
        finally:
            found.close()

    def kept(self) -> Kept:
        """What is kept now. SQLite's file is copied: who opened it would mend what a kill left."""
        if self.cluster is not None:
            return self._kept(self.url)
        with TemporaryDirectory(prefix="backflag-copy-") as copy:
            for name in ("b.db", "b.db-wal"):
                if (self.folder / name).exists():
                    shutil.copy(self.folder / name, copy)
            return self._kept(f"sqlite:///{copy}/b.db")

    def _kept(self, url: str) -> Kept:
        with closing(open_store(url)) as store, store.reading() as connection:
            calls = connection.execute(select(CALLS.c.hook_instance, CALLS.c.outcomes)).all()
            return Kept(
                calls=Counter(str(name) for name, _ in calls),
                spooled=Counter(str(line["hook_instance"]) for line in self.spooled()),
                feedback=Counter(connection.execute(select(FEEDBACK.c.card)).scalars()),
                cards=Counter(connection.execute(select(CARDS.c.id)).scalars()),
                unknown=sum(map(_unknown, (told for _, told in calls))),
                counted=connection.execute(_counting()).scalar_one() or 0,
            )

    def spooled(self) -> list[dict[str, Any]]:
        """The records that wait, but for half a line with which a process died."""
        lines = [line for one in self._segments() for line in one.splitlines(keepends=True)]
        return [json.loads(line) for line in lines if line.endswith(b"\n")]

    def spooled_calls(self) -> set[str]:
        """The hookInstances of the records that wait."""
        return {str(one["hook_instance"]) for one in self.spooled()}

    def _segments(self) -> Iterator[bytes]:
        """What is in each; a living server may bring one away between two looks."""
        for path in sorted(self.spool.glob("*.records")):
            with suppress(FileNotFoundError):
                yield path.read_bytes()

    def wait_until_carried(self) -> None:
        """Until no record waits."""
        until = time.monotonic() + BOUND
        while any(self._segments()):
            assert time.monotonic() < until, f"{len(self.spooled())} records wait"
            time.sleep(STEP)
        assert not (self.spool / "refused").exists()


def _unknown(outcomes: str) -> int:
    return sum(one["outcome"] == "unknown" for one in json.loads(outcomes))


def _counting() -> Any:
    return select(func.sum(UNKNOWNS.c.calls)).where(UNKNOWNS.c.finding == "")


def in_sqlite(folder: Path) -> Place:
    """A place with a file."""
    return Place(folder, f"sqlite:///{folder / 'b.db'}")


def in_postgresql(folder: Path, cluster: Cluster) -> Place:
    """A place with a new database of a running server."""
    return Place(folder, cluster.url(cluster.create()), cluster)


@contextmanager
def place(database: str) -> Iterator[Place]:
    """A place of its own for a command, until it is no longer needed."""
    with TemporaryDirectory(prefix="backflag-proof-") as name:
        folder = Path(name)
        if database == "sqlite":
            yield in_sqlite(folder)
            return
        programs = binaries()
        if programs is None:
            raise SystemExit("no PostgreSQL here: initdb is not found")
        with new_cluster(programs) as cluster:
            yield in_postgresql(folder, cluster)
