"""A database that is away for a while under load: stopped, or hanging."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from statistics import median
from urllib.request import urlopen

from tests.records_proofs.killing import twice
from tests.records_proofs.load import EMERGENCY, SMALL, Answer, Ledger, Load
from tests.records_proofs.place import STEP, Place
from tests.service.store.conftest import Cluster
from tests.service.test_serving import Server

STOPPED = "stopped"
HANGING = "hanging"
CALL_PAUSE = 0.01
"""Seconds between the calls of one caller: of two, every other small call stood behind the other's
emergency, and the median told how often."""

TELL_PAUSE = 0.05
SETTLE = 0.5
"""Seconds at the edges of a window that count as neither."""

FEEDBACK = "feedback"


@dataclass
class Window:
    """A stretch of time, of `monotonic`, with the database or without."""

    away: bool
    begun: float
    ended: float

    def of(self, answers: Sequence[Answer], kind: str) -> list[Answer]:
        """The answers of a kind that began and ended well within."""
        first, last = self.begun + SETTLE, self.ended - SETTLE
        return [a for a in answers if a.kind == kind and first < a.begun < last - a.took]


@dataclass
class Report:
    """What came of an outage."""

    how: str
    seed: int
    seconds: float
    turns: int
    windows: list[Window] = field(default_factory=list)
    calls: int = 0
    told: int = 0
    refused: int = 0
    """Reports that got a 503."""
    waited: int = 0
    """Records that waited at the end of an outage, by the metric."""
    medians: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Milliseconds of a call with the database and without it, by its kind."""
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"PostgreSQL {self.how} for {self.seconds:g} s, {self.turns} times, seed {self.seed}",
            f"{self.calls} calls answered, feedback on {self.told} cards acknowledged, "
            f"{self.refused} reports told to come again, {self.waited} records waited",
            *(
                f"p50 of {kind}: {there:.2f} ms with it, {away:.2f} ms without ({away / there:.0%})"
                for kind, (there, away) in self.medians.items()
            ),
            *self.faults,
        ]
        return "\n".join([*lines, "FAILED" if self.faults else "passed"])


def go_without(
    place: Place, how: str, seconds: float, seed: int, turns: int = 2, there: float | None = None
) -> Report:
    """With the database and without it in turns, under one load; `there`: seconds with it."""
    assert place.cluster is not None
    place.make_ready()
    report, ledger = Report(how, seed, seconds, turns), Ledger()
    server = Server(1, place.settings, apart=True)
    server.start()
    loads = [
        Load(server.port, ledger, [f"{seed}-calls"], tells=0, pause=CALL_PAUSE),
        Load(server.port, ledger, [f"{seed}-tells"], tells=1, pause=TELL_PAUSE),
    ]
    for one in loads:
        one.start()
    try:
        for _ in range(turns):
            report.windows.append(_pass(False, there or seconds))
            with _away(place.cluster, how):
                report.windows.append(_pass(True, seconds))
                report.waited = max(report.waited, _waiting(server))
        report.windows.append(_pass(False, there or seconds))
    finally:
        for one in loads:
            one.stop()
    place.wait_until_carried()
    _check_nothing_waits(server, report)
    server.stop()
    _check_answers(ledger, report)
    _check_kept(place, ledger, report)
    return report


def _pass(away: bool, seconds: float) -> Window:
    begun = time.monotonic()
    time.sleep(seconds)
    return Window(away, begun, time.monotonic())


@contextmanager
def _away(cluster: Cluster, how: str) -> Iterator[None]:
    if how == HANGING:
        with cluster.paused():
            yield
        return
    cluster.stop()
    try:
        yield
    finally:
        cluster.start()


def _waiting(server: Server) -> int:
    """How many records wait, as the metric has it."""
    with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=60) as response:
        lines = response.read().decode().splitlines()
    (line,) = [one for one in lines if one.startswith("backflag_records_waiting ")]
    return int(float(line.split()[1]))


def _check_nothing_waits(server: Server, report: Report) -> None:
    until = time.monotonic() + 2
    while (waits := _waiting(server)) and time.monotonic() < until:
        time.sleep(STEP)
    if waits:
        report.faults.append(f"{waits} records wait in the end")


def _check_answers(ledger: Ledger, report: Report) -> None:
    """No call fails; feedback is told to come again as long as the database is away."""
    answers = ledger.answers
    report.faults += [f"no answer: {what}" for what in ledger.lost]
    calls = [one for one in answers if one.kind != FEEDBACK]
    wrong = {one.status for one in calls} - {HTTPStatus.OK}
    report.faults += [f"a call was answered {status}" for status in wrong]
    told = [one for one in answers if one.kind == FEEDBACK]
    report.faults += [
        f"feedback was answered {one.status}, Retry-After {one.retry_after}"
        for one in told
        if (one.status, one.retry_after) not in {(200, None), (503, "1")}
    ]
    for window in report.windows:
        statuses = {one.status for one in window.of(answers, FEEDBACK)}
        if statuses - {HTTPStatus.SERVICE_UNAVAILABLE if window.away else HTTPStatus.OK}:
            report.faults.append(f"feedback was answered {statuses}, away: {window.away}")
    report.refused = sum(one.status == HTTPStatus.SERVICE_UNAVAILABLE for one in told)
    report.calls, report.told = len(ledger.calls), len(ledger.told)
    for kind in (SMALL, EMERGENCY):
        report.medians[kind] = (
            _p50(report, answers, kind, False),
            _p50(report, answers, kind, True),
        )


def _p50(report: Report, answers: Sequence[Answer], kind: str, away: bool) -> float:
    windows = [one for one in report.windows if one.away == away]
    return median(one.took for window in windows for one in window.of(answers, kind)) * 1000


def _check_kept(place: Place, ledger: Ledger, report: Report) -> None:
    kept = place.kept()
    for what, promised, found in (
        ("calls", ledger.calls, kept.calls),
        ("cards", ledger.cards, kept.cards),
        ("feedback", ledger.told, kept.feedback),
    ):
        lost = promised - found.keys()
        if lost or twice(found):
            report.faults.append(f"{what}: {len(lost)} lost, {len(twice(found))} stored twice")
    if kept.spooled or kept.unknown != kept.counted:
        report.faults.append(f"{kept.spooled.total()} wait, {kept.unknown} != {kept.counted}")
