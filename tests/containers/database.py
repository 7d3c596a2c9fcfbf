"""The database of a stack: how it is taken away, given back and asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.containers.engine import Container, Failed, Stack, expect, run

DATA = "/var/lib/postgresql/data"
FILLING = f"{DATA}/filling"
HEALTHY = "healthy"
BOUND = 60
STEP = 0.2


def wait(holds: Callable[[], object], what: str, seconds: float = BOUND) -> None:
    """Until something holds.

    Raises:
        Failed: it did not in so many seconds.
    """
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise Failed(f"waited in vain: {what}")
        time.sleep(STEP)


def is_healthy(container: Container) -> bool:
    """Whether it runs and its own check says that it is well."""
    state = container.told["State"]
    return bool(state["Running"] and state["Health"]["Status"] == HEALTHY)


@dataclass(frozen=True)
class Database:
    """The database of a stack, and how it is taken away and given back."""

    stack: Stack

    @property
    def container(self) -> Container:
        """Where it runs."""
        return self.stack.container("database")

    @property
    def holder(self) -> Container:
        """Who sees its disk, too, and lives on when it does not."""
        return self.stack.container("holder")

    def stop(self) -> None:
        """It ends in order."""
        self.stack.compose("stop", "database")

    def start(self) -> None:
        """It comes again, as it was."""
        self.stack.compose("start", "database")

    def pause(self) -> None:
        """It hangs, and its connections stay open."""
        run("docker", "pause", self.container.name)

    def unpause(self) -> None:
        """It goes on where it was."""
        run("docker", "unpause", self.container.name)

    def cut(self) -> None:
        """Nothing reaches it, nor comes back from it."""
        run("docker", "network", "disconnect", self._network, self.container.name)

    def connect(self) -> None:
        """It is reached again, maybe at another address."""
        name = self.container.name
        run("docker", "network", "connect", "--alias", "database", self._network, name)

    def fill(self) -> None:
        """Nothing more can be written; how much there was, `dd` tells only by failing."""
        fill = f"dd if=/dev/zero of={FILLING} bs=64k 2>/dev/null; df --output=avail {DATA}"
        free = self.holder.run("sh", "-c", fill).split()[-1]
        expect(free == "0", f"{free} kB are free still")

    def empty(self) -> None:
        """There is room again."""
        self.holder.run("rm", FILLING)

    def is_back(self) -> bool:
        """Whether it is well."""
        return is_healthy(self.container)

    def ask(self, query: str) -> list[str]:
        """The rows that a query gives."""
        psql = ("psql", "--username", "backflag", "-Atc", query)
        return self.container.run(*psql).split()

    @property
    def _network(self) -> str:
        return f"{self.stack.project}_database"
