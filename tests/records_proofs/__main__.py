"""`python -m tests.records_proofs`: the long forms of what the tests show shortly."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time

import structlog

from tests.records_proofs import cost
from tests.records_proofs.killing import kill_again_and_again
from tests.records_proofs.outage import HANGING, STOPPED, go_without
from tests.records_proofs.place import place

DATABASES = ("sqlite", "postgresql")
MOST = 0.2
"""Milliseconds that recording may cost a call at the median, where nothing is looked up."""

SLOWER = 1.2
"""How many times as long a call may take without the database."""


def main() -> int:
    """Run one of them, and say how it went."""
    given = _parser().parse_args()
    begun = time.monotonic()
    good = given.run(given)
    _say(f"{time.monotonic() - begun:.0f} s")
    return 0 if good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.records_proofs", description=__doc__)
    ways = parser.add_subparsers(required=True)
    kill = ways.add_parser("kill", help="kill -9 at random moments under load")
    kill.add_argument("--rounds", type=int, default=100)
    kill.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    kill.set_defaults(run=_kill)
    away = ways.add_parser("outage", help="PostgreSQL away under load")
    away.add_argument("--seconds", type=float, default=60, help="for each outage")
    away.add_argument("--how", choices=(STOPPED, HANGING), default=STOPPED)
    away.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    away.set_defaults(run=_outage)
    costs = ways.add_parser("cost", help="a call with recording and without, side by side")
    costs.add_argument("--calls", type=int, default=300, help="of each kind, five times")
    costs.set_defaults(run=_cost)
    for one in (kill, costs):
        one.add_argument("--database", choices=DATABASES, action="append")
    return parser


def _kill(given: argparse.Namespace) -> bool:
    good = True
    for database in given.database or DATABASES:
        with place(database) as where:
            report = kill_again_and_again(where, given.rounds, given.seed)
        _say(str(report))
        good &= not report.faults
    return good


def _outage(given: argparse.Namespace) -> bool:
    with place("postgresql") as where:
        report = go_without(where, given.how, given.seconds, given.seed)
    _say(str(report))
    slower = [away > SLOWER * there for there, away in report.medians.values()]
    return not report.faults and not any(slower)


def _cost(given: argparse.Namespace) -> bool:
    good, nowhere = True, open(os.devnull, "w")  # noqa: SIM115 - as long as the process lives
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(nowhere))
    for database in given.database or DATABASES:
        with place(database) as where:
            report = cost.measure(where, given.calls)
        cheap = all(report.more(kind) < MOST for kind in cost.RECORDING)
        _say(f"{report}\n{'passed' if cheap else 'FAILED'}")
        good &= cheap
    return good


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main())
