"""A few rounds of what `python -m tests.records_proofs kill` does a hundred times."""

from __future__ import annotations

from tests.records_proofs.killing import kill_again_and_again
from tests.records_proofs.place import Place

ROUNDS = 8
SEED = 5


def test_what_was_acknowledged_outlasts_kills_and_is_there_once(place: Place) -> None:
    report = kill_again_and_again(place, ROUNDS, SEED)
    assert not report.faults, str(report)
    assert report.calls > ROUNDS
    assert report.told > ROUNDS
    assert report.waited > 0
