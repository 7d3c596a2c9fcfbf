"""Wrong knowledge stops the start, and says in which file, at which place, what is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.checks.lint import lint
from knowledge.language.files import KnowledgeError, read
from knowledge.library import FOLDER, load_library

Change = Callable[[str], str]
CES = "criteria/cauda-equina-syndrome.yaml"
PVR = "findings/post-void-residual.yaml"
SADDLE = "valuesets/saddle-numbness.phrases.yaml"
ACUTE = "{same_as: chart.acute}"
IDLE = "  idle: {value: 1, unit: d, basis: local-choice, step: 1}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "knowledge")
    return tmp_path / "knowledge"


def change(folder: Path, file: str, how: Change) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    changed = how(text)
    assert changed != text, "the test changes nothing"
    path.write_text(changed, encoding="utf-8")


def faults(folder: Path) -> list[str]:
    with pytest.raises(KnowledgeError) as caught:
        load_library(folder)
    return [str(fault) for fault in caught.value.faults]


def test_the_shipped_knowledge_is_clean() -> None:
    assert [str(fault) for fault in lint(FOLDER)] == []


@pytest.mark.parametrize(
    ("file", "how", "said"),
    [
        (CES, lambda text: text.replace("version: ", "version: v", 1), "version: Input should"),
        (CES, lambda text: text.replace("title:", "titel:", 1), "titel: Extra inputs"),
        (CES, lambda text: text + "\nid: twice\n", "cauda-equina-syndrome.yaml:"),
        (CES, lambda text: text.replace("id: cauda-equina", "id: other", 1), "file's name"),
        (CES, lambda text: text.replace("- saddle-numbness", "- sadle-numbness"), "sadle-numbness"),
        (CES, lambda text: text.replace("same_as: chart.acute", "same_as: chart.acut", 1),
         "there is no chart.acut"),
        (CES, lambda text: text.replace("\nparameters:", f"\nparameters:\n  idle: {ACUTE}", 1),
         "parameters.idle: is used nowhere"),
        (CES, lambda text: text.replace("site: [site-leg", "site: [site-toe", 1),
         "there is no value set site-toe"),
        (PVR, lambda text: text.replace("codes: [", "codes: [no-such-set, ", 1),
         "there is no value set no-such-set"),
        (PVR, lambda text: text.replace("world: open", "world: round", 1), "world"),
        (PVR, lambda text: text.replace("title:", "title: [", 1), "post-void-residual.yaml:"),
        ("valuesets/saddle-numbness.json", lambda text: text.replace('"449813001"', "[1]", 1),
         "saddle-numbness.json"),
        (SADDLE, lambda text: text.replace("saddle", "sad(dle", 1),
         "saddle-numbness.phrases.yaml"),
        ("chart.yaml", lambda text: text.replace('unit: "d"', 'unit: "days"', 1), "acute"),
        ("chart.yaml", lambda text: text.replace("  acute:", f"{IDLE}  acute:", 1),
         "parameters.idle: is used nowhere"),
    ],
)  # fmt: skip
def test_a_wrong_file_names_file_place_and_fault(
    folder: Path, file: str, how: Change, said: str
) -> None:
    change(folder, file, how)
    found = faults(folder)
    assert any(said in fault for fault in found), found
    assert all(fault.split(":")[1].isdigit() for fault in found)


def test_a_circle_of_criteria_is_a_fault(folder: Path) -> None:
    clause = "when: {all: [{no_criterion: {ids: [spinal-stenosis]}}, saddle-numbness]}"
    path = folder / CES
    lines = path.read_text(encoding="utf-8").splitlines()
    spot = next(i for i, line in enumerate(lines) if line.strip().startswith("when:"))
    indent = " " * (len(lines[spot]) - len(lines[spot].lstrip()))
    rest = lines[spot + 1 :]
    while rest and (not rest[0].strip() or len(rest[0]) - len(rest[0].lstrip()) > len(indent)):
        rest.pop(0)
    path.write_text("\n".join([*lines[:spot], indent + clause, *rest]), encoding="utf-8")
    assert any("ask about each other" in fault for fault in faults(folder))


def test_words_that_yaml_takes_for_booleans_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "words.yaml"
    path.write_text("on: no\nyes: off\nflag: true\n", encoding="utf-8")
    assert read(path).content == {"on": "no", "yes": "off", "flag": True}


def test_a_wrong_check_digit_is_a_fault(folder: Path) -> None:
    change(
        folder,
        "valuesets/saddle-numbness.json",
        lambda text: text.replace("449813001", "449813002"),
    )
    assert any("449813002" in str(fault) for fault in lint(folder))
