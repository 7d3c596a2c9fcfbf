"""A service that is killed at random moments under load, and what it had promised by then."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random

from tests.records_proofs.load import Ledger, Load
from tests.records_proofs.place import Kept, Place
from tests.service.test_serving import Server

SHORTEST, LONGEST = 0.05, 0.6
"""Seconds of load before the kill."""

CALLERS = 4
WORKERS = (1, 2)


@dataclass
class Report:
    """What came of the rounds."""

    database: str
    seed: int
    rounds: int = 0
    calls: int = 0
    told: int = 0
    cut: int = 0
    """Requests that the kills left without an answer."""
    waited: int = 0
    """Records that were in the spool at a kill."""
    both: int = 0
    """Of these, those that were in the database as well."""
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"{self.rounds} kills on {self.database}, seed {self.seed}",
            f"{self.calls} calls and feedback on {self.told} cards acknowledged, "
            f"{self.cut} requests cut off",
            f"{self.waited} records were in the spool at a kill, {self.both} of them stored too",
            *self.faults,
        ]
        return "\n".join([*lines, "FAILED" if self.faults else "passed"])


def kill_again_and_again(place: Place, rounds: int, seed: int) -> Report:
    """So many kills of servers that follow each other, then one that brings everything home."""
    place.make_ready()
    report, ledger, random = Report(place.name, seed), Ledger(), Random(seed)
    for number in range(rounds):
        server = Server(WORKERS[number % len(WORKERS)], place.settings, apart=True)
        server.start()
        seeds = [f"{seed}-{number}-{caller}" for caller in range(CALLERS)]
        load = Load(server.port, ledger, seeds).start()
        time.sleep(random.uniform(SHORTEST, LONGEST))
        server.kill()
        load.stop()
        report.rounds += 1
        _check_at_kill(place, ledger, report)
    _check_in_the_end(place, ledger, report)
    statuses = Counter(answer.status for answer in ledger.answers)
    if statuses.keys() != {HTTPStatus.OK}:
        report.faults.append(f"not all answers were 200: {statuses}")
    report.calls, report.told = len(ledger.calls), len(ledger.told)
    report.cut = len(ledger.lost)
    return report


def _check_at_kill(place: Place, ledger: Ledger, report: Report) -> None:
    kept = place.kept()
    report.waited += kept.spooled.total()
    report.both += len(kept.spooled.keys() & kept.calls.keys())
    there = kept.calls.keys() | kept.spooled.keys()
    _note(report, "answered calls without a record", ledger.calls - there)
    _note(report, "records in the spool twice", twice(kept.spooled))
    _check_database(kept, ledger, report)


def _check_in_the_end(place: Place, ledger: Ledger, report: Report) -> None:
    """After a last restart everything is in the database."""
    server = Server(1, place.settings, apart=True)
    server.start()
    place.wait_until_carried()
    server.stop()
    kept = place.kept()
    _note(report, "answered calls that are not stored", ledger.calls - kept.calls.keys())
    _note(report, "cards that are not stored", ledger.cards - kept.cards.keys())
    _note(report, "records that wait", kept.spooled.keys())
    _check_database(kept, ledger, report)


def _check_database(kept: Kept, ledger: Ledger, report: Report) -> None:
    _note(report, "acknowledged feedback that is lost", ledger.told - kept.feedback.keys())
    for what, found in (("calls", kept.calls), ("feedback", kept.feedback), ("cards", kept.cards)):
        _note(report, f"{what} that are stored twice", twice(found))
    if kept.unknown != kept.counted:
        report.faults.append(f"{kept.unknown} unknown outcomes are counted as {kept.counted}")


def twice(found: Counter[str]) -> list[str]:
    """What is there more than once."""
    return [name for name, number in found.items() if number > 1]


def _note(report: Report, what: str, which: Iterable[str]) -> None:
    some = sorted(which)
    if some:
        report.faults.append(f"round {report.rounds}: {len(some)} {what}, as {some[0]}")
