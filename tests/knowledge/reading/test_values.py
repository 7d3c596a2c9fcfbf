"""Measured values (chart.md "Numbers", G7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.knowledge.reading.charts import (
    LOINC,
    Json,
    Read,
    coded,
    condition,
    ignored,
    note,
    observation,
    part,
    present,
    quantity,
    said,
)

TEMPERATURE = coded("8310-5", "Body temperature", LOINC)
HBA1C = coded("4548-4", "Hemoglobin A1c", LOINC)
B12 = coded("2132-9", "Vitamin B12", LOINC)
INR = coded("6301-6", "INR", LOINC)
PLATELETS = coded("777-3", "Platelets", LOINC)

VALUES: list[tuple[Json, Any, str, float, str]] = [
    (TEMPERATURE, quantity(38.5, "Cel"), "temperature", 38.5, "Cel"),
    (TEMPERATURE, quantity(101.3, "[degF]"), "temperature", 38.5, "Cel"),
    (TEMPERATURE, {"value": 101.3, "unit": "°F"}, "temperature", 38.5, "Cel"),
    (TEMPERATURE, {"value": 38.5, "unit": "C"}, "temperature", 38.5, "Cel"),
    (TEMPERATURE, "38.5 C", "temperature", 38.5, "Cel"),
    (TEMPERATURE, "38,5 °C", "temperature", 38.5, "Cel"),
    (HBA1C, quantity(6.4, "%"), "hba1c", 6.4, "%"),
    (HBA1C, quantity(64, "mmol/mol"), "hba1c", 64, "mmol/mol"),
    (B12, quantity(150, "pg/mL"), "b12", 150, "ng/L"),
    (INR, quantity(2.5), "inr", 2.5, "1"),
    (INR, quantity(2.5, "1"), "inr", 2.5, "1"),
    (INR, quantity(2.5, "{INR}"), "inr", 2.5, "1"),
    (INR, "2.5", "inr", 2.5, "1"),
    (PLATELETS, quantity(90, "10*9/L"), "platelets", 90, "10*9/L"),
    (PLATELETS, quantity(90, "10*3/uL"), "platelets", 90, "10*9/L"),
    ({"text": "PVR"}, quantity(480, "mL"), "post-void-residual", 480, "mL"),
    ({"text": "PVR"}, quantity(0.48, "L"), "post-void-residual", 480, "mL"),
    ({"text": "PVR"}, "480 ml", "post-void-residual", 480, "mL"),
    ({"text": "PVR"}, "1,200 ml", "post-void-residual", 1200, "mL"),
    ({"text": "Note"}, "Bladder scan: PVR 480 ml.", "post-void-residual", 480, "mL"),
    ({"text": "Note"}, "Voided 500 ml, post-void residual 80 ml", "post-void-residual", 80, "mL"),
]


@pytest.mark.parametrize(("code", "value", "finding", "number", "unit"), VALUES)
def test_a_value_is_read_in_the_units_of_the_finding(
    read: Read, code: Json, value: Any, finding: str, number: float, unit: str
) -> None:
    found = present(read(observation(code, value)), finding).number
    assert found is not None
    assert found.value == pytest.approx(number)
    assert found.unit == unit


GRADES: list[tuple[Any, float]] = [
    (3, 3),
    (0, 0),
    (quantity(3), 3),
    (quantity(3, "{score}"), 3),
    (quantity(3, "1"), 3),
    ({"value": 3, "unit": "/5"}, 3),
    ("3", 3),
    ("3/5", 3),
    ("3 / 5", 3),
    ("3 out of 5", 3),
    ("3 of 5", 3),
    ("4+/5", 4.33),
    ("4 +/5", 4.33),
    ("4-/5", 3.67),
    ("4 minus / 5", 3.67),
    ("4+", 4.33),
    ("Grade 4", 4),
    ("MRC grade 2/5", 2),
    ("MRC 2", 2),
    ({"text": "4/5"}, 4),
    ("Power 3/5, was 5/5", 3),
]


@pytest.mark.parametrize(("value", "grade"), GRADES)
def test_grades_of_power_in_every_spelling(read: Read, value: Any, grade: float) -> None:
    facts = read(observation("Left leg power", value)).standing["leg-power"].present
    assert min(fact.number.value for fact in facts if fact.number) == grade


def test_a_ratio_is_a_grade_out_of_five(read: Read) -> None:
    def ratio(top: int, bottom: int) -> Json:
        value = {"numerator": {"value": top}, "denominator": {"value": bottom}}
        return observation("Left leg power", valueRatio=value)

    number = present(read(ratio(3, 5)), "leg-power").number
    assert number is not None
    assert number.value == 3
    assert said(read(ratio(3, 10)), "leg-power") == "nothing"


LIMBS: list[tuple[Json, dict[str, float]]] = [
    (observation("Leg power", "Left 5/5, right 3/5"), {"left": 5, "right": 3}),
    (observation("Leg power", "right 4+/5 and left 2/5"), {"left": 2, "right": 4.33}),
    (observation("Examination", "Power: left leg 5/5, right leg 3/5."), {"left": 5, "right": 3}),
    (condition("Back pain", **note("Right leg power 2/5. Arms normal.")), {"right": 2}),
    (observation("Neurology", component=[part("Left knee extension power", "4/5"),
                                         part("Right knee extension power", 2)]),
     {"left": 4, "right": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "grades"), LIMBS)
def test_each_limb_has_its_own_grade(read: Read, body: Json, grades: dict[str, float]) -> None:
    facts = read(body).standing["leg-power"].present
    found = {side: fact.number.value for fact in facts if fact.number for side in fact.sides}
    assert found == grades


@pytest.mark.parametrize(
    "text", ["Grip power 3/5", "Disc bulge at L4/5, leg power good", "Left leg numb 3/7"]
)
def test_what_is_no_grade_of_a_leg(read: Read, text: str) -> None:
    assert said(read(observation("Examination", text)), "leg-power") == "nothing"


UNUSED: list[tuple[Json, Any, str]] = [
    (TEMPERATURE, quantity(38.5), "no-unit"),
    (TEMPERATURE, "38.5", "no-unit"),
    (TEMPERATURE, quantity(38.5, "widget"), "unknown-unit"),
    (TEMPERATURE, quantity(38.5, "kg"), "unknown-unit"),
    (TEMPERATURE, {"value": 38.5, "code": "Cel", "system": "http://example.org"}, "unknown-unit"),
    (TEMPERATURE, quantity(986, "Cel"), "implausible"),
    (TEMPERATURE, quantity(98.6, "Cel"), "implausible"),
    (TEMPERATURE, quantity(1e300, "Cel"), "implausible"),
    (TEMPERATURE, quantity(38.5, "Cel", comparator="~"), "unknown-comparator"),
    ({"text": "PVR"}, quantity(48000, "mL"), "implausible"),
    ({"text": "PVR"}, quantity(-1, "mL"), "implausible"),
    ({"text": "PVR"}, "480", "no-unit"),
    ({"text": "PVR"}, 480, "no-unit"),
    ({"text": "Left leg power"}, 7, "implausible"),
    ({"text": "Left leg power"}, "7/5", "implausible"),
    (HBA1C, quantity(0.064, "1"), "no-unit"),
    (B12, quantity(5, "kg/mL"), "implausible"),
]


@pytest.mark.parametrize(("code", "value", "reason"), UNUSED)
def test_a_value_that_cannot_be_used_is_left_out_with_the_reason(
    read: Read, code: Json, value: Any, reason: str
) -> None:
    facts = read(observation(code, value))
    assert not any(fact.number for one in facts.standing.values() for fact in one.present)
    assert ignored(facts) == [reason]


COMPARED: list[tuple[Any, str | None, float]] = [
    (quantity(500, "mL", comparator=">"), ">", 500),
    (quantity(5, "mL", comparator="<"), "<", 5),
    (quantity(5, "mL", comparator=">="), ">=", 5),
    (quantity(5, "mL"), None, 5),
    (">500 ml", ">", 500),
    ("more than 500 mL", ">", 500),
    ("≥ 500 ml", ">=", 500),
    ("less than 50 ml", "<", 50),
    ("over 1,000 ml", ">", 1000),
]


@pytest.mark.parametrize(("value", "comparator", "number"), COMPARED)
def test_comparators_are_kept(
    read: Read, value: Any, comparator: str | None, number: float
) -> None:
    found = present(read(observation("PVR", value)), "post-void-residual").number
    assert found is not None
    assert (found.comparator, found.value) == (comparator, number)


def test_a_range_is_at_least_its_lower_end(read: Read) -> None:
    ends = {"low": quantity(400, "mL"), "high": quantity(500, "mL")}
    found = present(read(observation("PVR", valueRange=ends)), "post-void-residual").number
    assert found is not None
    assert (found.comparator, found.value) == (">=", 400)


RANGES: list[tuple[Json, float, float | None]] = [
    (quantity(180, "pg/mL"), 180, 180.0),
    (quantity(180), 180, 180.0),
    (quantity(0.18, "ng/mL"), 180, 180.0),
    (quantity(180, "widget"), 180, None),
]


@pytest.mark.parametrize(("low", "value", "expected"), RANGES)
def test_the_laboratorys_own_range_is_converted_with_the_value(
    read: Read, low: Json, value: float, expected: float | None
) -> None:
    body = observation(B12, quantity(value, "pg/mL"), referenceRange=[{"low": low}])
    found = present(read(body), "b12").number
    assert found is not None
    assert found.low == (pytest.approx(expected) if expected else None)


def test_a_range_without_a_unit_is_in_the_values_own(read: Read) -> None:
    body = observation(B12, quantity(0.15, "ng/mL"), referenceRange=[{"low": {"value": 0.18}}])
    found = present(read(body), "b12").number
    assert found is not None
    assert found.value == pytest.approx(150)
    assert found.low == pytest.approx(180)


def test_a_number_does_not_answer_for_a_function(read: Read) -> None:
    facts = read(observation("Left leg power", 3))
    assert said(facts, "leg-weakness") == "nothing"
    assert said(facts, "leg-power") == "present"
