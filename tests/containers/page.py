"""The table of docs/chaos.md, from a run that happened."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.containers.chaos import Chaos
from tests.containers.engine import ROOT, run
from tests.containers.load import CALLERS, FEEDBACK, HOOK, PACE, REPORTERS
from tests.containers.seen import Seen

PAGE = ROOT / "docs" / "chaos.md"
PART = re.compile(r"(<!-- figures -->\n).*?(<!-- end -->\n)", re.DOTALL)
HEADS = (
    "what happened",
    "seconds",
    "calls answered",
    "slowest call",
    "reports acknowledged",
    "reports asked for again",
    "in flight at a kill",
    "lost",
    "all records stored after",
)


def keep(chaos: Chaos, where: str) -> None:
    """Write down what was seen on a machine."""
    text = PAGE.read_text(encoding="utf-8")
    made = f"{table(chaos.seen)}\n{_told(chaos, where)}\n"
    PAGE.write_text(PART.sub(lambda found: found[1] + made + found[2], text), encoding="utf-8")


def table(seen: Sequence[Seen]) -> str:
    """A line for each thing that happened, and one for all of them."""
    lines = [HEADS, ("---",) * len(HEADS), *map(_cells, seen), _sums(seen)]
    return "".join(f"| {' | '.join(one)} |\n" for one in lines)


def _cells(one: Seen) -> tuple[str, ...]:
    return (
        one.name,
        f"{one.seconds:.0f}",
        f"{one.count(HOOK):,}",
        f"{one.slowest:.2f} s",
        f"{one.count(FEEDBACK):,}",
        str(one.again),
        str(one.in_flight) if one.kills else "",
        str(len(one.lost)),
        f"{one.arrived:.1f} s",
    )


def _sums(seen: Sequence[Seen]) -> tuple[str, ...]:
    return (
        "all",
        f"{sum(one.seconds for one in seen):.0f}",
        f"{sum(one.count(HOOK) for one in seen):,}",
        f"{max(one.slowest for one in seen):.2f} s",
        f"{sum(one.count(FEEDBACK) for one in seen):,}",
        str(sum(one.again for one in seen)),
        str(sum(one.in_flight for one in seen)),
        str(sum(len(one.lost) for one in seen)),
        f"{max(one.arrived for one in seen):.1f} s",
    )


def _told(chaos: Chaos, where: str) -> str:
    """When and where it was seen, and with what."""
    engine = run("docker", "version", "--format", "{{.Server.Version}}").strip()
    size = f"{os.cpu_count()} cores and {_memory()} GB"
    given = chaos.stack.variables
    return (
        f"Seen on {datetime.now(UTC):%Y-%m-%d} on {where} of {size}, with engine {engine} and "
        f"{_images()}; {given['REPLICAS']} containers of {given['WORKERS']} processes; "
        f"{CALLERS} callers and {REPORTERS} reporters, each {1 / PACE:.0f} times a second at the "
        f"most, on the same machine; the database away for {chaos.away:.0f} s each time."
    )


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _images() -> str:
    """Whether PostgreSQL and nginx are the official ones."""
    told = json.loads(
        run("docker", "image", "inspect", "postgres:15-bookworm", "nginx:stable-bookworm")
    )
    ours = not all(one["RepoDigests"] for one in told)
    return "stand-ins for the official images" if ours else "the official images"
