"""`python -m tests.bench`: what we hold ourselves to, measured on this machine."""

from __future__ import annotations

import argparse
import sys

from tests.bench import cold_start
from tests.bench.capacity import keep
from tests.bench.throughput import throughputs

RUNS = 7
SECONDS = 20.0


def main() -> int:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of calls of each kind")
    parser.add_argument(
        "--keep", metavar="WHERE", help="write the figures of calls into docs/capacity.md"
    )
    given = parser.parse_args()
    for line in cold_start.told(given.runs):
        _tell(line)
    found = []
    for one in throughputs(given.seconds):
        _tell(one.told())
        found.append(one)
    if given.keep:
        keep(given.keep, found)
    return 0


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main())
