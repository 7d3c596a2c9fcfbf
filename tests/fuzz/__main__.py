"""`python -m tests.fuzz`: so many calls of a seed, or one of them once more."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
from pathlib import Path

from tests.fuzz.runner import Run
from tests.fuzz.server import running


def main() -> int:
    """Run, and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000, help="how many")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31), help="of which seed")
    parser.add_argument("--hours", type=float, default=0, help="stop after so long")
    parser.add_argument("--only", type=int, help="only the call of this index")
    parser.add_argument("--out", type=Path, default=Path("."), help="where failing requests go")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with running() as server:
        run = Run(server, given.seed, given.calls, given.out, given.hours, sys.stderr)
        report = asyncio.run(run.go() if given.only is None else run.only(given.only))
    print(report)  # noqa: T201 - this is a command
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
