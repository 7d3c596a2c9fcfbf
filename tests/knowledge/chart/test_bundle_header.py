"""A Bundle whose own words are odd still gives what it holds."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.chart.decode import read_values

CONDITION = {"resourceType": "Condition", "id": "c1"}


@pytest.mark.parametrize(
    "odd",
    [{"id": ["x"]}, {"id": {}}, {"total": "many"}, {"link": "next"}, {"type": 5}, {"type": [[]]}],
    ids=str,
)
def test_an_odd_field_of_a_bundle_costs_nothing_that_it_holds(odd: dict[str, Any]) -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": CONDITION}]} | odd
    decoded = read_values({"conditions": bundle})
    assert [one.resource.id for one in decoded.entries] == ["c1"]
    assert not decoded.unreadable
