from __future__ import annotations

import json
from collections import Counter

from tests.bench.soak import LARGE, ONE_IN, SMALL, Soak, charts, soak


def test_bodies_are_of_the_sizes_that_are_told() -> None:
    small, large = charts(1)
    sizes = [[len(one.body("x" * 36)) for one in kind] for kind in (small, large)]
    assert min(sizes[0]) < 2 * SMALL[0]
    assert max(sizes[0]) < 1.1 * SMALL[1]
    assert LARGE[1] <= max(sizes[1]) < 1.1 * LARGE[1]
    body = json.loads(small[0].body("new"))
    assert body["hookInstance"] == body["context"]["patientId"] == "new"


def test_a_short_one_passes_and_counts_every_call() -> None:
    seen = soak(20 * ONE_IN, seed=1)
    assert not seen.wrong
    assert not seen.loud
    assert (seen.calls, len(seen.memory)) == (20 * ONE_IN, 2)
    assert seen.cards > 0


def test_growth_is_told_of_each_worker() -> None:
    flat = [(float(second), 200.0 + second % 3) for second in range(600)]
    rising = [(float(second), 200.0 + second / 10) for second in range(600)]
    seen = Soak(seconds=600, memory={1: flat, 2: rising}, cards=1)
    assert abs(seen.growth[1]) < 0.01
    assert 0.2 < seen.growth[2] < 0.3
    assert not seen.passed
    assert Soak(seconds=600, memory={1: flat}, cards=1).passed
    assert not Soak(seconds=600, memory={1: flat}).passed
    assert not Soak(seconds=600, memory={1: flat}, cards=1, wrong=Counter(["status 500"])).passed
