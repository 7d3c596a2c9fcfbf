"""The examples of overrides: they hold, a wrong one is told, and a step of a number is noticed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.checks.coverage.numbers import moved
from knowledge.checks.coverage.overridden import Overridden
from knowledge.checks.examples import count, run
from knowledge.checks.overrides import NAME, QuietExample, expected_of, got_of, load_examples
from knowledge.language.files import KnowledgeError
from knowledge.library import FOLDER, Library, load_library
from tests.knowledge.checks.tiny import CRITERION, found, make

TOLD = load_examples(FOLDER)
assert TOLD is not None
EXAMPLES = TOLD[0].examples


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_what_stays_quiet(library: Library, example: QuietExample) -> None:
    assert got_of(library, example, library.quieting) == expected_of(example)


def test_they_are_of_both_sides() -> None:
    results = [result for one in EXAMPLES for result in one.expect.values()]
    assert results.count("speaks") >= 14
    assert results.count("info") + results.count("no-card") >= 14


def test_they_are_run_and_counted_with_the_others(library: Library) -> None:
    assert count(library, NAME) == len(EXAMPLES)
    assert run(library, NAME) == []


def test_one_that_does_not_hold_is_told_with_its_line(library: Library) -> None:
    forgetful = replace(library, quieting=replace(library.quieting, lasting=frozenset()))
    first = run(forgetful, NAME)[0]
    assert first.fault.file.endswith("quieting.yaml")
    assert first.fault.line > 1
    assert "info" in first.expected
    assert "speaks" in first.got


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("chart", "quiet-emergency"),
        ("chart", "quiet-urgent"),
        ("chart", "quiet-waiting"),
        ("chart", "quiet-screen"),
        ("aortic-emergency", "quiet-emergency"),
    ],
)
@pytest.mark.parametrize("way", [1, -1], ids=["up", "down"])
def test_a_step_of_each_time_is_noticed(library: Library, file: str, name: str, way: int) -> None:
    tables = dict(library.tables())
    tables[file] = {**tables[file], name: moved(tables[file][name], way)}
    assert Overridden.of(library).notices(file, name, tables)
    assert not Overridden.of(library).notices(file, "acute", tables)


QUIET = "quiet: {urgent: {for: recent, becomes: info}}\n"


def of_criterion(tmp_path: Path, text: str) -> set[str]:
    return found(make(tmp_path, **{"criteria/red.yaml": text}))


def test_a_criterion_that_does_not_say_it_is_refused(tmp_path: Path) -> None:
    lines = of_criterion(tmp_path, CRITERION.replace(QUIET, ""))
    assert lines == {"criteria/red.yaml:1: quiet: does not say what an override of urgent does"}


def test_an_urgency_that_it_never_has_is_refused(tmp_path: Path) -> None:
    text = CRITERION.replace(QUIET, QUIET.replace("}}", "}, soon: {for: recent, becomes: info}}"))
    assert of_criterion(tmp_path, text) == {"criteria/red.yaml:15: quiet.soon: it is never soon"}


def test_what_presses_cannot_go_without_a_card(tmp_path: Path) -> None:
    lines = of_criterion(tmp_path, CRITERION.replace("becomes: info", "becomes: no-card"))
    assert any("urgent becomes info, never no-card" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "what"),
    [("forever", "there is no parameter forever"), ("pvr", "is no duration: mL")],
)
def test_a_time_that_is_none_is_refused(tmp_path: Path, name: str, what: str) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = folder / "criteria" / "bladder-bowel-dysfunction.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("for: quiet-urgent", f"for: {name}"), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_library(folder)
    assert f"quiet.urgent.for: {what}" in str(caught.value)


def test_a_reason_that_does_not_last_quiets_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = folder / "criteria" / "aortic-emergency.yaml"
    text = path.read_text(encoding="utf-8")
    wrong = text.replace("[indication-order-exists]", "[patient-refuses]")
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_library(folder)
    told = "quiet.urgent.reasons: there is no lasting reason patient-refuses"
    assert told in str(caught.value)


def test_what_is_more_urgent_is_not_quiet_for_longer(tmp_path: Path) -> None:
    longer = "  shorter: {value: 1, unit: d, basis: book, step: 1}\ntiers:"
    text = CRITERION.replace("tiers:", longer, 1).replace(
        "examples:",
        "lowers:\n  - {when: {numb: {answer: absent, recorded_within: recent}}, to: soon,"
        " because: gone}\nexamples:",
        1,
    )
    text = text.replace("becomes: info}}", "becomes: info}, soon: {for: shorter, becomes: info}}")
    what = "is quiet for longer than what is less urgent"
    assert {line.partition(": ")[2] for line in of_criterion(tmp_path, text)} >= {
        f"quiet.urgent.for: {what}"
    }
