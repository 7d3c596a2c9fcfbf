"""How drafts are judged: the file, its examples, and what each part of its clause is for."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.checks.examples import count, needless_of, run
from knowledge.language.files import KnowledgeError
from knowledge.library import Library, load_library
from knowledge.order_checks import NAME, OrderChecks, OrderChecksFile
from tests.conftest import ROOT

PATH = ROOT / "knowledge" / "order-checks.yaml"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def test_its_examples_hold_and_are_counted(library: Library) -> None:
    assert run(library, NAME) == []
    assert count(library, NAME) == len(library.order_checks.file.examples)


def parts() -> list[tuple[int, str, int]]:
    """Each alternative of the clause, by its place."""
    clause = yaml.safe_load(PATH.read_text(encoding="utf-8"))["needless"]["when"]["all"]
    return [
        (place, key, number)
        for place, one in enumerate(clause)
        for key, inner in one.items()
        for number in range(len(inner if key == "any" else inner.get("any", [])))
    ]


@pytest.mark.parametrize(("place", "key", "number"), parts())
def test_some_example_notices_each_alternative_that_is_left_out(
    library: Library, place: int, key: str, number: int
) -> None:
    document = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    clause = document["needless"]["when"]["all"][place]
    del (clause["any"] if key == "any" else clause[key]["any"])[number]
    assert noticed(library, document)


def test_some_example_notices_that_the_medications_are_not_needed(library: Library) -> None:
    document = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    document["needless"]["needs"].append("Condition")
    assert noticed(library, document)


def test_some_example_notices_the_age(library: Library) -> None:
    document = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    clause = document["needless"]["when"]["all"]
    clause.remove({"age": {"under": "over-seventy"}})
    assert noticed(library, document)


def noticed(library: Library, document: Any) -> bool:
    """Whether an example comes out otherwise by a changed file."""
    changed = OrderChecksFile.model_validate(document)
    numbers = {**library.tables(), NAME: changed.parameters}
    checks = OrderChecks.of(changed, library.findings, partial(resolved, numbers))
    return any(needless_of(checks, one, library.findings) != one.expect for one in changed.examples)


def resolved(numbers: Any, file: str, name: str) -> Any:
    found = numbers[file][name]
    return found if found.same_as is None else resolved(numbers, *found.same_as.split("."))


NOWHERE = [
    ("finding: xray-spine-ordered", "finding: xray-of-nothing", "there is no finding xray-of"),
    ("where: [mri-lumbosacral-emergency", "where: [mri-lumbar-now", "there is no order mri-lum"),
    ("with_caution: mri-device", "with_caution: mri-magnet", "there is no caution mri-magnet"),
    ("sources: [nice-ng59", "sources: [nice-ng60", "there is no source nice-ng60"),
    ("criterion: mechanical-postural", "criterion: postural", "there is no criterion postural"),
    ("  mri-lumbar: lumbosacral MRI\n", "", "there is no word for the scan mri-lumbar"),
    ("within: six-weeks", "within: seven-weeks", "there is no parameter seven-weeks"),
    ("- osteoporosis", "- brittle-bones", "there is no finding or definition brittle-bones"),
    ("same_as: chart.fever", "same_as: chart.cold", "there is no chart.cold"),
]


def faults(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """What is said of the file with these changes, at the start."""
    folder = tmp_path / "knowledge"
    shutil.copytree(ROOT / "knowledge", folder, ignore=shutil.ignore_patterns("*.py", "patients"))
    text = PATH.read_text(encoding="utf-8")
    for was, now in changes:
        assert was in text
        text = text.replace(was, now, 1)
    (folder / PATH.name).write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError) as wrong:
        load_library(folder)
    return [str(one) for one in wrong.value.faults if PATH.name in str(one)]


def test_a_name_that_leads_nowhere_stops_the_start(tmp_path: Path) -> None:
    lines = faults(tmp_path, *((was, now) for was, now, _ in NOWHERE))
    assert [said for _, _, said in NOWHERE if not any(said in line for line in lines)] == []


def test_a_sentence_without_its_places_stops_the_start(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, ("{title}: urgent {scan}, the drafted {draft} is too", "It is too"))
    assert "fit.region.urgent" in line


def test_a_finding_is_a_flag_unless_it_is_only_the_complaint(library: Library) -> None:
    flags = library.order_checks.flags
    assert {"cancer-active", "leg-weakness", "high-impact-injury"} <= flags
    assert not {"muscle-strain", "back-pain", "radicular-leg-pain"} & flags
