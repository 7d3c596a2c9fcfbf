"""Docker and Compose, as they are called from a shell, and what they tell of a container."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 300
"""Seconds for one command."""

TICKS = os.sysconf("SC_CLK_TCK")
"""Of the kernel's clock, in a second."""

Json = dict[str, Any]


class Failed(Exception):
    """What was asked for did not come about; the text says what came instead."""


def run(*command: str, **also: str) -> str:
    """What a command writes; `also` are variables of its environment.

    Raises:
        Failed: it ended with another status than 0.
    """
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | also, timeout=PATIENCE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"{' '.join(command[:4])} … gave {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


def expect(holds: object, what: str) -> None:
    """Go on only where something holds."""
    if not holds:
        raise Failed(what)


@dataclass(frozen=True)
class Container:
    """A container by its name or id."""

    name: str

    @property
    def told(self) -> Json:
        """All that the engine tells of it."""
        found: Json = json.loads(run("docker", "inspect", self.name))[0]
        return found

    def run(self, *command: str) -> str:
        """What a command writes that is run inside."""
        return run("docker", "exec", self.name, *command)

    def read(self, path: str) -> str:
        """A file inside."""
        return self.run("cat", path)

    def status(self) -> dict[str, str]:
        """What the kernel tells of its first process, by `Uid`, `CapEff` and so on."""
        lines = (line.partition(":") for line in self.read("/proc/1/status").splitlines())
        return {name: value.strip() for name, _, value in lines}

    def processor(self) -> float:
        """Seconds of processor that its first process has used."""
        times = self.read("/proc/1/stat").rpartition(")")[2].split()[11:13]
        return sum(map(int, times)) / TICKS

    def written(self) -> list[str]:
        """What stands otherwise on its root than in its image, but for places of mounts."""
        mounts = [str(one["Destination"]) for one in self.told["Mounts"]]
        mounts += list(self.told["HostConfig"]["Tmpfs"] or ())
        lines = run("docker", "diff", self.name).splitlines()
        return [one for one in lines if not any(_leads_to(one[2:], place) for place in mounts)]


def _leads_to(path: str, mount: str) -> bool:
    return f"{mount}/".startswith(f"{path}/")


@dataclass
class Stack:
    """The compose file under a name of its own; `variables` are those it is started with."""

    variables: dict[str, str] = field(default_factory=dict)
    project: str = "backflag-tried"
    over: tuple[str, ...] = ()
    """Compose files that change something of it."""

    @property
    def command(self) -> str:
        """Compose for this stack, as scripts are told it."""
        files = " ".join(f"--file {one}" for one in ("docker-compose.yml", *self.over))
        return f"docker-compose --project-name {self.project} {files}"

    def compose(self, *command: str, profiles: str = "*") -> str:
        """Call Compose, for what there is of all profiles where nothing else is said."""
        return run(*self.command.split(), "--profile", profiles, *command, **self.variables)

    def up(self, *services: str) -> None:
        """Start services with all that they need, and wait until they are healthy."""
        try:
            self.compose("up", "--detach", "--no-build", "--wait", *services, profiles="")
        except Failed as failed:
            raise Failed(f"{failed}\n{self.compose('logs', '--tail', '5')}") from None

    def container(self, service: str) -> Container:
        """The container of a service, running or ended."""
        return Container(self.compose("ps", "--all", "--quiet", service).strip())

    def containers(self, service: str) -> list[Container]:
        """All containers of a service, in the order of their numbers."""
        names = self.compose("ps", "--all", "--format", "{{.Name}}", service).split()
        return [Container(name) for name in sorted(names)]

    def logs(self, service: str) -> str:
        """What a service has written."""
        return self.compose("logs", "--no-log-prefix", service)

    def down(self) -> None:
        """Leave nothing behind."""
        self.compose("down", "--volumes", "--timeout", "20")
