from __future__ import annotations

from pathlib import Path

from tests.bench.cold_start import cold_start
from tests.pace import within

AT_MOST = 2.5
"""Seconds of processor, which count the same however busy the machine is: nearly."""


def test_a_start_and_its_first_card_cost_little(tmp_path: Path) -> None:
    starts = [cold_start(tmp_path) for _ in range(2)]
    assert within(min(one.processor for one in starts), AT_MOST)
