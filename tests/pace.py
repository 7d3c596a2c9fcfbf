"""How slow the machine is just now, against the one on which bounds in seconds were set.

The same machine may do half as much a minute later, and the next one that a check runs on may be
slower by itself. A bound that is multiplied with this still tells when our own work grows.
"""

from __future__ import annotations

import json
import time
from statistics import median

NORMAL = 0.07
"""Seconds of processor that the work takes where a start of the service takes 1.4."""

TRIES = 5


def within(seconds: float, bound: float) -> bool:
    """Whether it took no longer than a bound that was set elsewhere."""
    return seconds < bound or seconds < bound * slowness()


def slowness() -> float:
    """How many times as long work takes; 1 on a machine that is faster."""
    return max(1.0, median(_worked() for _ in range(TRIES)) / NORMAL)


def _worked() -> float:
    """Seconds of processor for what an interpreter does all day: objects, texts, look-ups."""
    began = time.process_time()
    seen: dict[str, int] = {}
    for number in range(3000):
        told = json.loads(json.dumps({"name": f"n{number % 500}", "values": list(range(20))}))
        seen[told["name"]] = seen.get(told["name"], 0) + sum(told["values"])
        sorted(seen.items(), key=lambda pair: pair[1])[:1]
    return time.process_time() - began
