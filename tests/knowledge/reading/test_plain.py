"""The short way of plain results gives the facts of the long one."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.reading.plain import Plain
from tests.knowledge.reading.charts import Read, observation

LOINC = "http://loinc.org"


def result(code: str, text: str, value: float, unit: str, **more: Any) -> dict[str, Any]:
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    concept = {"coding": [{"system": LOINC, "code": code, "display": text}], "text": text}
    return observation(concept, valueQuantity=quantity, **more)


PLAIN = [
    result("8310-5", "Body temperature", 38.4, "Cel"),
    result("8310-5", "Body temperature", 101.3, "[degF]"),
    result("8310-5", "Body temperature", 986, "Cel"),
    result("8310-5", "Body temperature", 38.4, "mg"),
    result("4548-4", "Hemoglobin A1c", 64, "mmol/mol"),
    result("29463-7", "Body weight", 80, "kg", status="preliminary"),
    result("2132-9", "Vitamin B12", 150, "pg/mL", referenceRange=[{"low": {"value": 190}}]),
    result("8310-5", "Body temperature", 38.4, "Cel", status="entered-in-error"),
    result("8310-5", "Body temperature", 38.4, "Cel", effectiveDateTime="2030-01-01"),
    {**result("8310-5", "Body temperature", 38.4, "Cel"), "code": {"text": "Temperature"}},
]


@pytest.mark.parametrize("body", PLAIN, ids=lambda body: str(body["valueQuantity"]["value"]))
def test_both_ways_say_the_same(
    read: Read, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    short = read(body)
    monkeypatch.setattr(Plain, "read", lambda *_: None)
    long = read(body)
    assert short.standing == long.standing
    assert short.ignored == long.ignored
    assert short.standing or short.ignored
