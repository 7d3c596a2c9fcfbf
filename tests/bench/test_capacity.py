from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import capacity
from tests.bench.capacity import OPEN, PAGE, Given, deployments, given, measured, page
from tests.bench.throughput import Throughput, throughputs

KIND = {"kilobytes": 1, "calls_a_core": 500, "milliseconds": 2.0, "megabytes": 200, "stored": 1000}


def known() -> Given:
    whole = deepcopy(given())
    kinds = ("nothing to say", "an emergency", "a long chart")
    whole["measured"] = {"where": "here", "kinds": {kind: dict(KIND) for kind in kinds}}
    return whole


def test_the_page_is_what_the_figures_make() -> None:
    assert PAGE.read_text() == page(), "python -m tests.bench.capacity"


def test_what_was_not_measured_is_said_and_not_made_up() -> None:
    whole = known() | {"measured": {}}
    assert measured(whole).count(OPEN) == 3 * 5 + 1
    for line in deployments(whole).splitlines()[2:]:
        assert line.count(OPEN) == 5


def test_a_hospital_is_calculated_as_it_is_told() -> None:
    (line,) = (one for one in deployments(known()).splitlines() if "a hospital" in one)
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    # 1000 × 30 × 1.3 calls; × 0.15 / 3600 × 2 a second; × 2 ms / 0.6 cores
    assert cells[3:7] == ["39,000", "3.2", "0.011", "2"]
    # 2 × 200 MB; 39,000 × 1000 bytes × 250 × 2 days
    assert cells[7:9] == ["0.4 GB", "20 GB"]


@pytest.mark.parametrize("figure", ["milliseconds", "stored"])
def test_dearer_calls_need_more(figure: str) -> None:
    dear = known()
    for kind in dear["measured"]["kinds"].values():
        kind[figure] *= 100
    assert deployments(dear) != deployments(known())


def test_what_was_measured_is_kept_and_calculated_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("GIVEN", "PAGE"):
        copy = tmp_path / getattr(capacity, name).name
        copy.write_text(getattr(capacity, name).read_text())
        monkeypatch.setattr(capacity, name, copy)
    made = Throughput("nothing to say", 30_000, 1000, 2.0, (0.01, 0.02), 190.0, 1500.0)
    all_ = [made, replace(made, kind="an emergency"), replace(made, kind="a long chart")]
    for where in ("one machine", "another machine"):
        capacity.keep(where, all_)
    told = capacity.PAGE.read_text()
    assert "| nothing to say | 30 kB | 500 | 2.0 ms | 190 MB | 1500 bytes |" in told
    assert "Where: another machine\n" in told
    assert OPEN not in told
    assert capacity.given()["assumed"] == given()["assumed"]


def test_calls_are_measured() -> None:
    found = list(throughputs(0.5))
    assert [one.kind for one in found] == list(known()["measured"]["kinds"])
    for one in found:
        assert one.calls > 0
        assert one.per_core > 1
        assert one.memory > 50
        assert str(one.calls) in one.told()
    assert found[2].body > 10 * found[1].body
