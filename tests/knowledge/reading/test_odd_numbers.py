"""A number that no float holds, or a letter that no text holds, costs its resource and no other."""

from __future__ import annotations

import json

import pytest

from knowledge.chart.decode import read_body
from knowledge.language.facts import Facts
from knowledge.reading.reader import Chart, ChartReader
from tests.knowledge.reading.charts import (
    LOINC,
    NOW,
    SADDLE,
    ZONE,
    coded,
    condition,
    observation,
    quantity,
    said,
)

ODD = ("1e400", "-1e999", "NaN", "Infinity", "9" * 400, "9" * 5000, "1e999999999")
TEMPERATURE = observation(
    coded("8310-5", "Body temperature", LOINC), quantity(12.25, "Cel"), id="odd"
)
RESIDUAL = observation("Post-void residual", quantity(480, "mL"), id="sound")


def read(reader: ChartReader, old: str, new: str) -> Facts:
    """A chart in whose text one place was made odd."""
    resources = [condition(SADDLE, id="c"), TEMPERATURE, RESIDUAL]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}
    text = json.dumps(bundle)
    assert old in text
    decoded = read_body(text.replace(old, new, 1).encode())
    return reader.read(Chart(decoded, None, None, frozenset()), NOW, ZONE)


@pytest.mark.parametrize("number", ODD, ids=lambda text: text[:9])
def test_an_odd_value_costs_its_observation_alone(reader: ChartReader, number: str) -> None:
    facts = read(reader, "12.25", number)
    assert said(facts, "saddle-numbness") == "present"
    assert facts.standing["post-void-residual"].present[0].reference == "Observation/sound"
    assert "temperature" not in facts.standing
    assert {one.reference for one in facts.ignored} <= {"Observation/odd"}
    assert facts.failed == ()


@pytest.mark.parametrize("number", ODD, ids=lambda text: text[:9])
def test_an_odd_number_that_nobody_asks_for_costs_nothing(reader: ChartReader, number: str) -> None:
    facts = read(reader, '"id": "sound"', f'"id": "sound", "extra": {number}')
    assert facts.standing["post-void-residual"].present
    assert said(facts, "saddle-numbness") == "present"
    assert facts.failed == ()


@pytest.mark.parametrize("letter", ["\\ud800", "\\udfff\\ud800", "\\u0000"])
def test_a_broken_letter_costs_no_finding(reader: ChartReader, letter: str) -> None:
    facts = read(reader, "Body temperature", f"Body {letter} temperature")
    assert said(facts, "saddle-numbness") == "present"
    assert facts.standing["post-void-residual"].present
    assert facts.failed == ()
