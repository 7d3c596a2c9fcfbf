"""The service under fuzzing: a process of its own on a free port, its log kept."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.conftest import ROOT

_SERVE = (sys.executable, "-c", "from service.cli import main; main()", "serve")
_STARTS = 90
_LOUD = ("error", "critical")
_DEADLINE = "10000"
"""More than the default, for a busy machine; who takes longer is stuck."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running service."""

    url: str
    pid: int
    log: Path

    @property
    def memory(self) -> float:
        """Its resident memory in MB."""
        status = Path(f"/proc/{self.pid}/status")
        if not status.exists():  # no Linux
            told = subprocess.check_output(["ps", "-o", "rss=", "-p", str(self.pid)])
            return int(told) / 1000
        (line,) = re.findall(r"VmRSS:\s+(\d+) kB", status.read_text(encoding="utf-8"))
        return int(line) / 1000

    @property
    def complaints(self) -> list[str]:
        """What it logged loudly, or not in its own form, once each: what failed unforeseen."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return sorted({_plain(line) for line in lines if _is_loud(line)})


@contextmanager
def running() -> Iterator[Server]:
    """A service of one process with nobody to prove who they are, until it is no longer needed."""
    with TemporaryDirectory(prefix="backflag-fuzz-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        log = Path(folder) / "log"
        bare = {key: value for key, value in os.environ.items() if not key.startswith("BACKFLAG_")}
        own = {"BACKFLAG_DATABASE_URL": f"sqlite:///{folder}/fuzz.db", "PYTHONPATH": str(ROOT)}
        own["BACKFLAG_DEADLINE_MS"] = _DEADLINE
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*_SERVE, "--port", str(port)],
                stdout=output, stderr=output, env=bare | own, cwd=folder,
            )  # fmt: skip
        try:
            server = Server(f"http://127.0.0.1:{port}", process.pid, log)
            _wait(server, process)
            yield server
        finally:
            process.terminate()
            process.wait()


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _STARTS
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(f"{server.url}/readyz", trust_env=False).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the service did not start: {server.log.read_text(encoding='utf-8')}")


def _is_loud(line: str) -> bool:
    try:
        found: Any = json.loads(line)
    except ValueError:
        return True
    return not isinstance(found, dict) or found.get("level") in _LOUD


def _plain(line: str) -> str:
    """Without its moment."""
    return re.sub(r', "timestamp": "[^"]*"', "", line)
