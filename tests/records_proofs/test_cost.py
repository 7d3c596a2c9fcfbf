"""A short form of what `python -m tests.records_proofs cost` measures."""

from __future__ import annotations

from tests.records_proofs import cost
from tests.records_proofs.place import Place

CALLS = 20
AT_MOST = {"small": 0.2, "leaving": 0.6, "emergency": 1.5}
"""Milliseconds of the processor. The long form allows 0.2 of the clock, on a machine that is calm;
here others are at work, and an emergency is a hundred times as much work as what is measured."""


def test_recording_costs_a_call_next_to_nothing(place: Place) -> None:
    report = cost.measure(place, CALLS)
    assert all(report.more(kind, cost.worked) < most for kind, most in AT_MOST.items()), str(report)
