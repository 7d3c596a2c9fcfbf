"""`python -m tests.bench`: what we hold ourselves to, measured on this machine."""

from __future__ import annotations

import argparse
import sys

from tests.bench.cold_start import told

RUNS = 7


def main() -> int:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="how often each is measured")
    for line in told(parser.parse_args().runs):
        print(line)  # noqa: T201 - this is a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
