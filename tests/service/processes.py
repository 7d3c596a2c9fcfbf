"""The workers of a running service, as the kernel tells of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

SOON = 30
"""Seconds; half of those for which a worker may be silent."""


def workers_of(parent: int) -> set[int]:
    """The processes that answer, or will when they have loaded."""
    found = set()
    for one in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        with suppress(FileNotFoundError, ProcessLookupError):  # gone meanwhile
            if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes():
                found.add(int(one))
    return found


def taking_calls(parent: int, port: int) -> set[int]:
    """Those of them that wait at the door of this port."""
    heads = Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in heads]
    door = f":{port:04X}"
    doors = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and row[1].endswith(door)}
    return {one for one in workers_of(parent) if doors & set(_waited_for(one))}


def _waited_for(process: int) -> Iterator[str]:
    with suppress(FileNotFoundError, ProcessLookupError):  # gone meanwhile
        for info in Path(f"/proc/{process}/fdinfo").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                for line in info.read_text().splitlines():
                    if line.startswith("tfd:"):
                        yield os.readlink(f"/proc/{process}/fd/{line.split()[1]}")


def soon(holds: Callable[[], bool], seconds: float = SOON) -> bool:
    """Whether something comes to hold."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
