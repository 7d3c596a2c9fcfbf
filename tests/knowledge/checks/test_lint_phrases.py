"""Phrases that say nothing: twice the same, or always cancelled by their own set."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.checks.phrases import Phrase
from tests.knowledge.checks.tiny import found, make

WORDS = "valuesets/numb.phrases.yaml"


def faults(folder: Path, text: str) -> list[str]:
    return sorted(found(make(folder, **{WORDS: text})))


@pytest.mark.parametrize("second", ["numb", "Numb", "NUMB"])
def test_a_phrase_that_stands_twice_is_found(tmp_path: Path, second: str) -> None:
    [fault] = faults(tmp_path, f"en:\n  - numb\n  - {second}\n")
    assert fault == f"{WORDS}:3: {second}: says nothing that 'numb' does not say"


def test_a_phrase_that_another_one_spells_out_is_found(tmp_path: Path) -> None:
    [fault] = faults(tmp_path, "en:\n  - (numb|dead) [left] leg\n  - dead leg\n")
    assert fault.startswith(f"{WORDS}:3: dead leg: says nothing")


def test_a_phrase_that_says_one_thing_more_is_kept(tmp_path: Path) -> None:
    assert faults(tmp_path, "en:\n  - (numb|dead) leg\n  - (numb|dead|cold) leg\n") == []


def test_the_same_phrase_in_two_languages_is_found_at_its_own_line(tmp_path: Path) -> None:
    [fault] = faults(tmp_path, "en:\n  - numb\nde:\n  - taub\n  - numb\n")
    assert fault.startswith(f"{WORDS}:5: numb")


@pytest.mark.parametrize("unless", ["numb leg", "(numb|dead) leg", "numb* [left] leg"])
def test_a_phrase_that_its_own_unless_always_cancels_can_never_match(
    tmp_path: Path, unless: str
) -> None:
    [fault] = faults(tmp_path, f"en:\n  - numb leg\nunless:\n  - {unless}\n")
    assert fault.startswith(f"{WORDS}:2: numb leg: can never match: unless")


def test_a_phrase_that_is_cancelled_only_in_some_texts_is_kept(tmp_path: Path) -> None:
    text = "en:\n  - numb [dead] leg\nunless:\n  - dead leg\n  - numb leg cream\n"
    assert faults(tmp_path, text) == []


def test_every_phrase_that_cannot_be_read_is_told_at_its_line(tmp_path: Path) -> None:
    lines = faults(tmp_path, "en:\n  - (numb\n  - dead\n  - ... leg\n")
    assert [line.split(":")[1] for line in lines] == ["2", "4"]


def test_a_key_that_stands_twice_is_a_fault(tmp_path: Path) -> None:
    folder = make(tmp_path)
    path = folder / "findings" / "numb.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "title: Another\n", encoding="utf-8")
    assert any("title: stands twice" in line for line in found(folder))


def test_a_long_phrase_is_shown_short(tmp_path: Path) -> None:
    long = " ".join(["numb"] * 100)
    [fault] = faults(tmp_path, f"en:\n  - {long}\n  - {long}\n")
    assert len(fault) < 220


def test_samples_hold_each_alternative_and_the_words_that_may_be_left_out() -> None:
    samples = Phrase("x", "(numb|dead|cold) [left] leg", 0).samples
    assert {"numb leg", "dead leg", "cold leg", "numb left leg"} <= set(samples)
