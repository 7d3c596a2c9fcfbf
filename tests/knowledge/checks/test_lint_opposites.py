"""A code or a phrase that means opposite things is found, whatever makes the sets opposites."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.checks.lint import lint
from knowledge.library import FOLDER
from tests.knowledge.checks.tiny import (
    FINDING,
    PHRASES,
    RULES,
    change,
    found,
    make,
    swap,
    value_set,
    write,
)

ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
DECLARED = RULES + "opposites:\n  - {one: [numb], other: [felt], because: numbness and sensation}\n"
EXAM = FINDING.replace("  - codes: [numb]\n", "  - codes: [numb]\n  - exam: [felt]\n")
SPEAKS = FINDING.replace(
    "  - codes: [numb]\n",
    "  - codes: [numb]\n    together_with: [numb]\n    unless: [felt]\n  - codes: [felt]\n",
)
FELT = value_set("felt", ("44077006", "Numbness (finding)"))
OTHER = value_set("felt", ("449813001", "Saddle"))


def opposite(folder: Path) -> list[str]:
    return sorted(one for one in found(folder) if "the opposite" in one)


def test_a_code_in_two_declared_opposites_names_both_places_and_the_reason(tmp_path: Path) -> None:
    [fault] = opposite(make(tmp_path, **{"valuesets/felt.json": FELT, "lint.yaml": DECLARED}))
    assert fault.startswith("valuesets/felt.json:2: 44077006: stands in valuesets/numb.json:2, too")
    assert fault.endswith("numbness and sensation")


def test_the_same_code_in_sets_that_are_no_opposites_is_no_fault(tmp_path: Path) -> None:
    assert opposite(make(tmp_path, **{"valuesets/felt.json": FELT})) == []


@pytest.mark.parametrize("finding", [EXAM, SPEAKS])
def test_what_a_finding_says_and_examines_or_refuses_are_opposites(
    tmp_path: Path, finding: str
) -> None:
    files = {"valuesets/felt.json": FELT, "findings/numb.yaml": finding}
    [fault] = opposite(make(tmp_path, **files))
    assert "44077006" in fault
    files["valuesets/felt.json"] = OTHER
    assert opposite(make(tmp_path / "other", **files)) == []


def rule(name: str, stem: str, seventh: str = "") -> str:
    more = f', {{"property": "seventh-character", "op": "in", "value": "{seventh}"}}'
    filters = f'{{"property": "concept", "op": "is-a", "value": "{stem}"}}{more if seventh else ""}'
    include = f'{{"system": "{ICD_10_CM}", "filter": [{filters}]}}'
    head = f'"resourceType": "ValueSet", "id": "{name}", "status": "draft", "title": "{name}"'
    return f'{{{head}, "compose": {{"include": [{include}]}}}}\n'


def test_rules_that_cover_the_same_codes_are_found(tmp_path: Path) -> None:
    files = {"lint.yaml": DECLARED, "valuesets/numb.json": rule("numb", "S32.0", "A,B")}
    wide = make(tmp_path / "wide", **files, **{"valuesets/felt.json": rule("felt", "S32")})
    assert len(opposite(wide)) == 1
    assert "S320" in opposite(wide)[0]
    apart = make(tmp_path / "apart", **files, **{"valuesets/felt.json": rule("felt", "S32", "S")})
    assert opposite(apart) == []


def test_a_code_under_the_rule_of_an_opposite_is_found(tmp_path: Path) -> None:
    numb = value_set("numb", ("S32.010A", "Wedge fracture"), system=ICD_10_CM)
    files = {"lint.yaml": DECLARED, "valuesets/numb.json": numb}
    [fault] = opposite(make(tmp_path, **files, **{"valuesets/felt.json": rule("felt", "S32.0")}))
    assert "a rule of felt.json" in fault
    assert fault.startswith("valuesets/numb.json:2: ")


def test_an_opposite_that_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    lines = found(make(tmp_path, **{"lint.yaml": DECLARED}))
    assert "lint.yaml:5: opposites.0: there is no value set felt" in lines


def words(folder: Path, felt: str, numb: str = PHRASES) -> list[str]:
    files = {
        "lint.yaml": DECLARED,
        "valuesets/felt.json": OTHER,
        "valuesets/felt.phrases.yaml": felt,
        "valuesets/numb.phrases.yaml": numb,
    }
    return opposite(make(folder, **files))


def test_a_phrase_in_two_opposites_is_found_however_it_is_written(tmp_path: Path) -> None:
    for number, felt in enumerate(("numb", "NUMB", "(felt|numb)", "[very] numb", "num*")):
        [fault] = words(tmp_path / str(number), f'en:\n  - felt\n  - "{felt}"\n')
        assert "valuesets/felt.phrases.yaml:3" in fault
        assert "valuesets/numb.phrases.yaml:2" in fault


def test_a_longer_phrase_that_holds_the_shorter_is_no_contradiction(tmp_path: Path) -> None:
    assert words(tmp_path, "en:\n  - numb but felt\n") == []


def test_an_unless_that_parts_two_opposites_is_enough(tmp_path: Path) -> None:
    numb = "en:\n  - numb*\nunless:\n  - numbness felt\n"
    assert words(tmp_path / "parted", "en:\n  - numbness felt\n", numb) == []
    assert words(tmp_path / "not", "en:\n  - numbness\n", numb) != []


def test_no_two_opposites_of_the_shipped_knowledge_share_a_code_or_a_phrase() -> None:
    assert [one for one in lint(FOLDER, released=False) if "the opposite" in one.what] == []


def test_changing_the_declared_opposites_changes_what_is_found(tmp_path: Path) -> None:
    folder = make(tmp_path, **{"valuesets/felt.json": FELT, "lint.yaml": DECLARED})
    change(folder, "lint.yaml", swap("other: [felt]", "other: [numb]"))
    write(folder, "valuesets/felt.json", FELT)
    assert opposite(folder) == []
