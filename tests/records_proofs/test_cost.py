"""A short form of what `python -m tests.records_proofs cost` measures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from time import process_time

import pytest

from knowledge.quieting import Dismissal
from service.engine import Judgement
from service.records.heard import Heard
from service.records.recorder import Recorder
from tests.records_proofs import cost
from tests.records_proofs.load import EMERGENCY, LEAVING, SMALL
from tests.records_proofs.place import Place

CALLS = 20
AT_MOST = {SMALL: 0.2, LEAVING: 0.6, EMERGENCY: 1.5}
"""Milliseconds of the processor. The long form allows 0.2 of the clock, on a machine that is calm;
here others are at work."""


@dataclass
class Spent:
    """Milliseconds of the processor for the records of each call, by its kind.

    Side by side an emergency is a hundred times as much work as what is sought, and a hundred
    pairs of calls tell it no closer than to half a millisecond. So it is measured where it is done.
    """

    of: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    asked: float = 0

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put a clock beside what every recorder does in a call."""
        judged, dismissals = Recorder.judged, Recorder.dismissals

        def timed(recorder: Recorder, heard: Heard, now: datetime, judgement: Judgement) -> None:
            began = process_time()
            judged(recorder, heard, now, judgement)
            took = self.asked + process_time() - began
            leaving = LEAVING if heard.service.endswith("discharge") else EMERGENCY
            self.of[leaving if judgement.said else SMALL].append(took * 1000)
            self.asked = 0

        def asked(recorder: Recorder, heard: Heard) -> Sequence[Dismissal]:
            began = process_time()
            found = dismissals(recorder, heard)
            self.asked = process_time() - began
            return found

        monkeypatch.setattr(Recorder, "judged", timed)
        monkeypatch.setattr(Recorder, "dismissals", asked)


def test_recording_costs_a_call_next_to_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = Spent()
    spent.watch(monkeypatch)
    report = cost.measure(place, CALLS)
    assert report.more(SMALL, cost.worked) < AT_MOST[SMALL], str(report)
    found = {kind: median(times) for kind, times in spent.of.items()}
    assert found.keys() == AT_MOST.keys()
    assert all(found[kind] < most for kind, most in AT_MOST.items()), (found, str(report))
