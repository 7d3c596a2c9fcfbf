from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.chart import units
from knowledge.chart.codes import UCUM


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (100.4, "[degF]", "Cel", 38.0),
        (98.6, "[degF]", "Cel", 37.0),
        (38.0, "Cel", "[degF]", 100.4),
        (986, "Cel", "Cel", 986),
        (0.2, "L", "mL", 200.0),
        (220, "[lb_av]", "kg", 99.7903214),
        (150, "10*3/uL", "10*9/L", 150.0),
        (180, "pg/mL", "ng/L", 180.0),
        (1.5, "mg/dL", "mg/L", 15.0),
        (60, "mL/min/{1.73_m2}", "mL/min", 60.0),
        (6.4, "%", "%", 6.4),
        (1, "wk", "d", 7.0),
    ],
)
def test_a_value_is_converted(value: float, unit: str, to: str, expected: float) -> None:
    assert units.convert(value, unit, to) == pytest.approx(expected, rel=1e-9)


def test_a_fever_on_the_line_in_fahrenheit_is_on_the_line_in_celsius() -> None:
    converted = units.convert(100.4, "[degF]", "Cel")
    assert converted is not None
    assert converted >= 38.0


@pytest.mark.parametrize(
    ("unit", "to"),
    [
        ("mmol/mol", "%"),
        ("%", "mmol/mol"),
        ("%", "1"),
        ("ng/L", "pmol/L"),
        ("mmol/L", "mg/dL"),
        ("[iU]/L", "10*9/L"),
        ("[iU]", "mg"),
        ("mL", "kg"),
        ("C", "Cel"),
        ("units", "mL"),
        ("mL", "units"),
        ("", "mL"),
        ("{score}", "{points}"),
        ("B[SPL]", "mm[Hg]"),
        ("10*9999/L", "10*9/L"),
        ("10*999999999/L", "10*9/L"),
        ("m" * 1_000_000, "m"),
        ("(" * 99, "m"),
    ],
)
def test_what_cannot_be_converted_is_none(unit: str, to: str) -> None:
    assert units.convert(64, unit, to) is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_not_converted(value: float) -> None:
    assert units.convert(value, "mL", "mL") is None
    assert units.convert(value, "L", "mL") is None


def test_a_value_that_leaves_the_range_of_numbers_is_none() -> None:
    assert units.convert(1e300, "L", "mL") == pytest.approx(1e303)
    assert units.convert(1e308, "L", "mL") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("C", "Cel"), ("degC", "Cel"), ("°C", "Cel"), ("F", "[degF]"), ("degF", "[degF]")),
        *(("°F", "[degF]"), ("ml", "mL"), ("ML", "mL"), ("cc", "mL"), ("lb", "[lb_av]")),
        *(("lbs", "[lb_av]"), ("mg/l", "mg/L"), (" mL ", "mL"), ("µg/L", "ug/L")),
        *(("\u03bcg/L", "ug/L"), ("10^9/L", "10*9/L"), ("kg", "kg"), ("[in_i]", "[in_i]")),
    ],
)
def test_a_unit_is_known_by_its_exact_synonyms(text: str, code: str) -> None:
    assert units.normalise(None, None, text) == code
    assert units.normalise(text, UCUM, None) == code


@pytest.mark.parametrize("text", ["units", "Lb", "LBS", "x", "{INR}", "?", "", " ", "\ud800"])
def test_an_unknown_unit_is_none(text: str) -> None:
    assert units.normalise(None, None, text) is None
    assert units.normalise(text, UCUM, text) is None


def test_a_ucum_code_comes_before_the_text() -> None:
    assert units.normalise("mL", UCUM, "L") == "mL"
    assert units.normalise("mL", "urn:oid:2.16.840.1.113883.6.8", "L") == "mL"


def test_the_text_serves_where_the_code_is_of_another_system() -> None:
    assert units.normalise("258773002", "http://snomed.info/sct", "ml") == "mL"
    assert units.normalise("258773002", "http://snomed.info/sct", None) is None


def test_a_code_without_a_system_is_read_last() -> None:
    assert units.normalise("mL", None, None) == "mL"
    assert units.normalise("mL", None, "L") == "L"


def test_no_unit_is_none() -> None:
    assert units.normalise(None, None, None) is None
    assert units.normalise(None, UCUM, None) is None


def test_the_same_unit_is_the_same_in_another_spelling_only() -> None:
    assert units.same_kind("mg/l", "mg/L")
    assert units.same_kind("%", "%")
    assert not units.same_kind("%", "mmol/mol")
    assert not units.same_kind("pg/mL", "ng/L")
    assert units.same_kind("no unit", "no unit")


def test_every_unit_of_the_table_is_ucum() -> None:
    codes, synonyms = units._table()
    units.warm(codes)
    assert [code for code in codes | set(synonyms.values()) if units._parsed(code) is None] == []


def test_no_synonym_stands_for_another_code_that_findings_use() -> None:
    codes, synonyms = units._table()
    assert codes.isdisjoint(synonyms)


@given(
    st.text(st.sampled_from("mgLdlCFK[]{}/*.0123456789 %iU'_-+()µ"), max_size=20),
    st.floats(allow_nan=True),
)
@settings(max_examples=150, deadline=None)
def test_no_unit_raises(unit: str, value: float) -> None:
    code = units.normalise(None, None, unit)
    assert code is None or units.normalise(None, None, code) is not None
    for to in ("mL", "Cel", "%"):
        converted = units.convert(value, unit, to)
        assert converted is None or math.isfinite(converted)


@given(st.floats(-1e6, 1e6))
def test_there_and_back_is_the_same(value: float) -> None:
    for one, other in (("Cel", "[degF]"), ("kg", "[lb_av]"), ("mg/dL", "mg/L")):
        there = units.convert(value, one, other)
        assert there is not None
        back = units.convert(there, other, one)
        assert back == pytest.approx(value, rel=1e-6, abs=1e-6)


RACE = """
import sys, threading
from knowledge.chart.units import convert, normalise
sys.setswitchinterval(1e-5)
start, found = threading.Barrier(8), []
def one():
    start.wait()
    found.append(convert(100.4, normalise(None, None, "[degF]"), "Cel"))
threads = [threading.Thread(target=one) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(found == [38.0] * 8)
"""


def test_the_first_patients_at_the_same_moment_get_the_same_conversion() -> None:
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
