"""What a data centre does to the service, under load: which calls were lost, and what was kept.

Two containers of the service behind the proxy, as a hospital runs them, with a database of their
own on a small disk in memory.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.containers import harm
from tests.containers.database import Database, wait
from tests.containers.engine import Stack, expect, run
from tests.containers.harm import SERVICE
from tests.containers.load import FEEDBACK, HOOK, Load, Span
from tests.containers.seen import Seen, ensure_right

Step = Callable[[], str]
Happens = Callable[[], Sequence[Span] | None]
"""What is done; it returns when somebody was killed."""

LEAD = 2.0
"""Seconds of load before and after what happens."""

AWAY = 12.0
"""Seconds for which the database is away."""

NEXT = "backflag:next"
SPOOL = """
import glob, os
print(sum(map(os.path.getsize, glob.glob("/var/lib/backflag/backflag-spool/*.records"))))
"""


@dataclass
class Chaos:
    """A stack of its own, and what was seen of it. `away`: seconds without a database."""

    stack: Stack
    load: Load
    away: float = AWAY
    seen: list[Seen] = field(default_factory=list)

    def steps(self) -> dict[str, Step]:
        """What happens, in this order."""
        database = Database(self.stack)
        happens: dict[str, Happens] = {
            "nothing": lambda: time.sleep(LEAD),
            f"kill -9 of {harm.WORKERS_KILLED} workers": lambda: harm.kill_workers(self.stack),
            "kill -9 of a container": lambda: harm.kill_container(self.stack),
            "PostgreSQL stopped": lambda: self._without(database.stop, database.start),
            "PostgreSQL paused": lambda: self._without(database.pause, database.unpause),
            "network to PostgreSQL cut": lambda: self._without(database.cut, database.connect),
            "disk of PostgreSQL full": lambda: self._without(database.fill, database.empty),
            "SIGTERM to a container": lambda: harm.terminate(self.stack),
            "another image rolled out": self._roll,
        }
        hits = {f"chaos, {name}": self._hit(name, does) for name, does in happens.items()}
        return {"chaos, up": self._up} | hits | {"chaos, what was kept": self._kept}

    def _up(self) -> str:
        """Two containers behind the proxy."""
        self.stack.up("proxy", "holder")
        names = self.stack.containers(SERVICE)
        expect(len(names) == 2, f"there are {len(names)} containers of the service")
        return f"{len(names)} containers of {self.stack.variables['WORKERS']} processes"

    def _hit(self, name: str, does: Happens) -> Step:
        def step() -> str:
            first, began = len(self.load.calls), time.monotonic()
            with self.load.running():
                time.sleep(LEAD)
                kills = does() or ()
                time.sleep(LEAD)
            seen = Seen(name, self.load.calls[first:], time.monotonic() - began, kills)
            self.seen.append(seen)
            seen.arrived = self._arrive()
            ensure_right(seen)
            return str(seen)

        return step

    def _without(self, take: Callable[[], None], give: Callable[[], None]) -> None:
        take()
        try:
            time.sleep(self.away)
        finally:
            give()
        wait(Database(self.stack).is_back, "the database did not come back")

    def _roll(self) -> None:
        image = self.stack.containers(SERVICE)[0].told["Config"]["Image"]
        made = f"FROM {image}\nLABEL org.backflag.rolled=true\n"
        file = Path(self.stack.variables["FILES"]) / "next"
        file.mkdir(exist_ok=True)
        (file / "Dockerfile").write_text(made)
        run("docker", "build", "--tag", NEXT, str(file))
        harm.roll(self.stack, NEXT)

    def _arrive(self) -> float:
        """Until all calls that were answered are recorded; seconds."""
        began = time.monotonic()
        wait(lambda: not self._answered() - set(self._recorded()), "records did not arrive")
        return time.monotonic() - began

    def _answered(self) -> set[str]:
        return {one.name for one in self.load.calls if one.kind == HOOK and one.right}

    def _recorded(self) -> list[str]:
        return Database(self.stack).ask("SELECT hook_instance FROM calls")

    def _kept(self) -> str:
        """All that was acknowledged is in the database once, and nothing waits any more."""
        expect(self.load.finish(), "feedback is still not acknowledged")
        told = Counter(Database(self.stack).ask("SELECT card FROM feedback"))
        acknowledged = {one.name for one in self.load.calls if one.kind == FEEDBACK and one.right}
        expect(set(told) == acknowledged, f"{len(told)} reports, {len(acknowledged)} acknowledged")
        calls = Counter(self._recorded())
        twice = [one for counted in (told, calls) for one, times in counted.items() if times > 1]
        expect(not twice, f"kept twice: {len(twice)}")
        one = self.stack.containers(SERVICE)[0]
        wait(lambda: int(one.run("python", "-IS", "-c", SPOOL)) == 0, "the spool is not empty")
        return f"{len(calls)} calls and {len(told)} reports, each once; the spool is empty"
