"""The value sets: well-formed FHIR, codes with valid check digits, displays of the release."""

from __future__ import annotations

import json
import re
import warnings
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

import pytest
import yaml
from fhir.resources.R4B.valueset import ValueSet

from knowledge.codelists import load_valuesets

FOLDER = Path(__file__).resolve().parents[2] / "knowledge" / "valuesets"
FILES = sorted(FOLDER.glob("*.json"))
PHRASES = sorted(FOLDER.glob("*.phrases.yaml"))

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
CPT = "http://www.ama-assn.org/go/cpt"

# Verhoeff's scheme (dihedral group of order ten), a row for each digit.
MULTIPLY = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
PERMUTE = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)

# Codes that circulate under a wrong name: what they are said to be.
WRONG = {
    (SNOMED, "271594007"): "saddle anaesthesia",
    (SNOMED, "102557002"): "difficulty walking",
    (SNOMED, "162152003"): "numbness of lower limb",
    (SNOMED, "16334561000119100"): "a spreadsheet's rounding",
    (SNOMED, "183524004"): "a surgical referral",
    (SNOMED, "242109009"): "a fall from height",
    (LOINC, "24855-9"): "MR of the lumbar spine",
    (LOINC, "12168-1"): "post-void residual of an adult",
    (LOINC, "16695-9"): "vitamin B12",
}


def _load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _parts(content: dict[str, Any]) -> list[dict[str, Any]]:
    compose = content.get("compose", {})
    return [*compose.get("include", []), *compose.get("exclude", [])]


def _concepts(content: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (part["system"], concept["code"], concept["display"])
        for part in _parts(content)
        for concept in part.get("concept", [])
    ]


def _filtered(content: dict[str, Any], system: str) -> list[str]:
    return [
        rule["value"]
        for part in _parts(content)
        if part["system"] == system
        for rule in part.get("filter", [])
        if rule["op"] == "is-a"
    ]


def _is_sctid(code: str) -> bool:
    """Digits, a concept identifier's partition (00 or 10), and Verhoeff's check digit."""
    if not re.fullmatch(r"[1-9]\d{5,17}", code) or code[-3:-1] not in {"00", "10"}:
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = int(MULTIPLY[check][int(PERMUTE[place % len(PERMUTE)][int(digit)])])
    return check == 0


def _is_loinc(code: str) -> bool:
    """The mod-10 check digit of a LOINC term; answer codes (LA) only by their shape."""
    if code.startswith("LA"):
        return re.fullmatch(r"LA\d+-\d", code) is not None
    match = re.fullmatch(r"(\d+)-(\d)", code)
    if match is None:
        return False
    backwards = match[1][::-1]
    doubled = str(2 * int(backwards[::2]))
    return (sum(map(int, backwards[1::2] + doubled)) + int(match[2])) % 10 == 0


def _names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_the_check_digit_of_a_rounded_snomed_identifier_is_refused() -> None:
    assert _is_sctid("449813001")
    assert not _is_sctid("16334561000119100")
    assert not _is_sctid("102557002")


def test_a_loinc_code_with_two_digits_swapped_is_refused() -> None:
    assert _is_loinc("30679-5")
    assert not _is_loinc("36079-5")


def test_there_are_value_sets() -> None:
    assert FILES


@pytest.fixture(scope="module")
def icd() -> ModuleType:
    """The release of ICD-10-CM: 650,000 objects, so not before it is asked."""
    with warnings.catch_warnings():  # the package reads its data in a deprecated way
        warnings.simplefilter("ignore", DeprecationWarning)
        return import_module("simple_icd_10_cm")


@pytest.mark.parametrize("path", FILES, ids=_names(FILES))
class TestEachValueSet:
    def test_it_is_a_fhir_value_set(self, path: Path) -> None:
        ValueSet.model_validate_json(path.read_text(encoding="utf-8"))

    def test_it_is_named_as_its_file(self, path: Path) -> None:
        content = _load(path)
        assert content["id"] == path.stem
        assert content["url"] == f"https://backflag.org/fhir/ValueSet/{path.stem}"
        assert content["name"] == "".join(word.capitalize() for word in path.stem.split("-"))

    def test_each_code_stands_once(self, path: Path) -> None:
        codes = [(system, code) for system, code, _ in _concepts(_load(path))]
        assert len(codes) == len(set(codes))

    def test_each_concept_has_a_line_of_its_own(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if line.count('"code"') > 1]

    def test_its_snomed_codes_have_valid_check_digits(self, path: Path) -> None:
        codes = [code for system, code, _ in _concepts(_load(path)) if system == SNOMED]
        assert not [code for code in codes if not _is_sctid(code)]

    def test_its_loinc_codes_have_valid_check_digits(self, path: Path) -> None:
        codes = [code for system, code, _ in _concepts(_load(path)) if system == LOINC]
        assert not [code for code in codes if not _is_loinc(code)]

    def test_its_icd_10_cm_codes_and_displays_are_those_of_the_release(
        self, path: Path, icd: ModuleType
    ) -> None:
        content = _load(path)
        for system, code, display in _concepts(content):
            if system == ICD_10_CM:
                assert icd.is_valid_item(code), code
                assert icd.get_description(code) == display, code
        assert not [root for root in _filtered(content, ICD_10_CM) if not icd.is_valid_item(root)]

    def test_its_notices_name_the_licensed_systems_inside(self, path: Path) -> None:
        content = _load(path)
        systems = {part["system"] for part in _parts(content)}
        notice = content.get("copyright", "")
        assert (SNOMED in systems) == ("SNOMED CT" in notice)
        assert (LOINC in systems) == ("loinc.org/license" in notice)

    def test_no_wrong_code_that_circulates_is_in_it(self, path: Path) -> None:
        codes = {(system, code) for system, code, _ in _concepts(_load(path))}
        assert not codes & WRONG.keys()

    def test_no_cpt_is_in_it(self, path: Path) -> None:
        assert CPT not in {part["system"] for part in _parts(_load(path))}

    def test_it_has_codes_or_phrases(self, path: Path) -> None:
        phrases = path.with_name(f"{path.stem}.phrases.yaml")
        assert _parts(_load(path)) or phrases.exists()


@pytest.mark.parametrize("path", PHRASES, ids=_names(PHRASES))
class TestEachPhraseFile:
    def test_it_belongs_to_a_value_set(self, path: Path) -> None:
        assert path.with_name(path.name.removesuffix(".phrases.yaml") + ".json").exists()

    def test_it_holds_words_only(self, path: Path) -> None:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert content["en"]
        for phrases in content.values():
            assert all(isinstance(phrase, str) and phrase.strip() for phrase in phrases)
            assert len(phrases) == len(set(phrases))


def _codes_of(name: str) -> set[tuple[str, str]]:
    content = _load(FOLDER / f"{name}.json")
    return {(system, code) for system, code, _ in _concepts(content)}


@pytest.mark.parametrize(
    "apart",
    [
        ("answer-present", "answer-absent", "answer-normal", "answer-abnormal", "answer-unknown"),
        ("urinary-retention", "urinary-incontinence", "bladder-bowel-nonspecific"),
        ("bowel-dysfunction", "bladder-bowel-nonspecific"),
        ("leg-weakness", "weakness-unspecified-site"),
        ("gait-unable", "gait-difficulty"),
        ("cord-compression-myelopathy", "cord-disorder-unspecific"),
        ("herpes-zoster", "postherpetic-neuralgia"),
        ("herpes-zoster", "transverse-myelitis"),
        ("numbness", "numbness-leg", "numbness-other-site"),
        ("radicular-leg", "radicular-other"),
        ("site-back", "site-trunk", "site-saddle", "site-leg", "site-foot", "site-hand"),
    ],
    ids=" / ".join,
)
def test_sets_that_a_criterion_tells_apart_share_no_code(apart: tuple[str, ...]) -> None:
    sets = [_codes_of(name) for name in apart]
    for first, second in pairwise(sets):
        assert not first & second
    assert sum(map(len, sets)) == len(set().union(*sets))


def test_the_letter_n_is_no_as_an_answer_and_normal_as_an_interpretation() -> None:
    yes_no = "http://terminology.hl7.org/CodeSystem/v2-0136"
    interpretation = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    assert (yes_no, "N") in _codes_of("answer-absent")
    assert (interpretation, "N") in _codes_of("answer-normal")


def test_traumatic_disc_rupture_is_a_spinal_injury() -> None:
    content = _load(FOLDER / "spinal-fracture.json")
    assert {"S13.0", "S23.0", "S33.0"} <= set(_filtered(content, ICD_10_CM))


def test_a_code_of_a_million_characters_costs_no_time() -> None:
    sets = load_valuesets(FOLDER)
    began = perf_counter()
    for system in ("http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct"):
        assert sets.sets(system, "G" * 1_000_000) == frozenset()
    assert perf_counter() - began < 1
