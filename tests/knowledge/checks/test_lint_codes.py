"""Each thing that can be wrong with a code is told at the code's own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.checks.codes import code_faults, codes_of
from knowledge.checks.spots import Spots
from tests.knowledge.checks.tiny import change, found, make, swap, value_set, write

LOINC = "http://loinc.org"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
NUMB = "valuesets/numb.json"


def told(folder: Path) -> list[str]:
    return [str(fault) for fault in code_faults(codes_of(folder), Spots())]


def test_the_folder_that_is_broken_below_is_clean(tmp_path: Path) -> None:
    assert found(make(tmp_path)) == set()


@pytest.mark.parametrize(
    ("system", "code", "said"),
    [
        ("http://snomed.info/sct", "44077007", "is no SNOMED CT id"),
        ("http://snomed.info/sct", "44077006x", "is no SNOMED CT id"),
        ("http://snomed.info/sct", "2461921018", "is no SNOMED CT id"),  # of a description
        (LOINC, "24968-1", "is no LOINC code"),
        (LOINC, "LA1", "is no LOINC code"),
        (ICD_10_CM, "M5.41", "has not the form of an ICD-10-CM code"),
        (ICD_10_CM, "S32.010AXX", "has not the form of an ICD-10-CM code"),
        (ICD_10, "M54.123", "has not the form of an ICD-10 code"),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "0117", "has not the form of an RxNorm"),
        ("http://www.whocc.no/atc", "B01A1", "has not the form of an ATC code"),
    ],
)
def test_a_wrong_code_is_told_on_its_line(
    tmp_path: Path, system: str, code: str, said: str
) -> None:
    text = value_set("numb", (code, "A display"), system=system)
    [fault] = told(make(tmp_path, **{NUMB: text}))
    assert fault.startswith(f"valuesets/numb.json:2: {code}: {said}")


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("http://snomed.info/sct", "449813001"),
        ("http://snomed.info/sct", "349006"),
        ("http://snomed.info/sct", "102781000119107"),
        (LOINC, "24968-0"),
        (LOINC, "LA137-2"),
        (ICD_10_CM, "S32.010A"),
        (ICD_10_CM, "C7A.00"),
        (ICD_10, "B02"),
        ("http://www.whocc.no/atc", "B01AA03"),
    ],
)
def test_a_right_code_is_left_alone(tmp_path: Path, system: str, code: str) -> None:
    text = value_set("numb", (code, "A display"), system=system)
    assert told(make(tmp_path, **{NUMB: text})) == []


def test_a_code_without_a_display_is_a_fault(tmp_path: Path) -> None:
    text = value_set("numb", ("44077006", " "))
    assert told(make(tmp_path, **{NUMB: text})) == [
        "valuesets/numb.json:2: 44077006: has no display"
    ]


def test_a_code_that_stands_twice_in_a_set_names_both_lines(tmp_path: Path) -> None:
    text = value_set("numb", ("44077006", "Numbness"), ("44077006", "Numbness"))
    [fault] = told(make(tmp_path, **{NUMB: text}))
    assert fault == "valuesets/numb.json:3: 44077006: stands on line 2, too"


def test_one_code_with_two_displays_names_both_files(tmp_path: Path) -> None:
    other = value_set("other", ("449813001", "Saddle"), ("44077006", "Feels numb"))
    [fault] = told(make(tmp_path, **{"valuesets/other.json": other}))
    assert fault.startswith("valuesets/other.json:3: 44077006: is 'Feels numb' here and 'Numb")
    assert fault.endswith("in valuesets/numb.json:2")


def test_an_icd_code_with_and_without_its_dot_is_the_same_code(tmp_path: Path) -> None:
    one = value_set("numb", ("R20.0", "Anesthesia of skin"), system=ICD_10_CM)
    other = value_set("other", ("R200", "Anaesthesia of skin"), system=ICD_10_CM)
    faults = told(make(tmp_path, **{NUMB: one, "valuesets/other.json": other}))
    assert len(faults) == 1
    assert "R200" in faults[0]


def test_codes_of_orders_are_checked_too(tmp_path: Path) -> None:
    order = """\
orders:
  - code:
      codings:
        - {system: "http://loinc.org", code: "24968-1", display: MR}
"""
    folder = make(tmp_path)
    write(folder, "orders.yaml", order)
    assert [fault.partition(": is")[0] for fault in told(folder)] == ["orders.yaml:4: 24968-1"]


def test_a_set_of_a_wrong_shape_is_told_at_the_place(tmp_path: Path) -> None:
    folder = make(tmp_path)
    change(folder, NUMB, swap('"code": "44077006"', '"code": [1]'))
    assert any(one.startswith("valuesets/numb.json:2: compose.include.0") for one in found(folder))


def test_a_set_that_is_no_json_is_told_at_its_line(tmp_path: Path) -> None:
    folder = make(tmp_path)
    change(folder, NUMB, swap("]}]}}", "]}]}"))
    lines = {one for one in found(folder) if "Invalid JSON" in one}
    assert {line.split(":")[1] for line in lines} == {"4"}


def test_every_fault_of_a_file_is_told(tmp_path: Path) -> None:
    text = value_set("numb", ("44077007", ""), ("449813002", "Saddle"))
    assert len(told(make(tmp_path, **{NUMB: text}))) == 3
