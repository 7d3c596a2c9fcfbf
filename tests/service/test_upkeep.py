"""The commands over the knowledge: what they print, and how they end."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from knowledge.checks.lint import lint
from knowledge.library import FOLDER, load_library
from service import upkeep
from tests.knowledge.checks.tiny import change, make, swap, write
from tests.service.test_cli import backflag

TODAY = date(2026, 11, 26)
ZOSTER = "postherpetic-neuralgia"


def test_an_id_that_is_not_there_is_one_line_and_status_2() -> None:
    done = backflag("knowledge", "test", "--only", "no-such-id")
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr == (
        b"backflag: --only: there is no criterion or finding no-such-id with examples\n"
    )


def test_the_examples_that_hold_are_counted() -> None:
    library = load_library()
    of = len(library.criteria[ZOSTER].examples) + len(library.findings[ZOSTER].examples)
    done = backflag("knowledge", "test", "--only", ZOSTER)
    assert done.returncode == 0
    assert done.stdout.decode() == f"knowledge: {of} of {of} examples hold\n"


def test_lint_can_leave_the_release_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "FOLDER", make(tmp_path))
    told = set(upkeep.lint_lines(TODAY)) - set(upkeep.lint_lines(TODAY, released=False))
    assert told == {"released.yaml:1: there is no release yet"}


def test_lint_judges_sources_by_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "FOLDER", make(tmp_path))
    old = [line for line in upkeep.lint_lines(date(2030, 1, 1)) if "look again" in line]
    assert len(old) == 1


def test_a_release_is_refused_while_lint_finds_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "FOLDER", make(tmp_path))
    lines, released = upkeep.release_lines(TODAY)
    assert not released
    assert lines[-1] == "not released: lint and test have to be clean first"
    assert not (tmp_path / "released.yaml").exists()


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped knowledge without a release, whose other faults do not count here."""
    folder = tmp_path / "knowledge"
    shutil.copytree(FOLDER, folder)
    (folder / "released.yaml").unlink()
    write(folder, "VERSION", "2027.1.0\n")
    monkeypatch.setattr(upkeep, "FOLDER", folder)
    monkeypatch.setattr(upkeep, "lint", lambda *_, **__: [])
    monkeypatch.setattr(upkeep, "run", lambda *_: [])
    return folder


def test_a_release_that_is_told_is_written_and_says_whom_it_concerns(shipped: Path) -> None:
    entry = "## 2027.1.0 (2027-01-31)\n\n### All criteria\n\nAre new.\n\n"
    write(shipped, "CHANGELOG.md", entry)
    for path in (shipped / "criteria").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(_first(text), encoding="utf-8")
    lines, released = upkeep.release_lines(TODAY)
    assert released, lines
    assert lines[0] == "released 2027.1.0"
    assert f"  {ZOSTER} is new" in lines
    assert (shipped / "released.yaml").is_file()
    assert [str(one) for one in lint(shipped) if "without a release" in str(one)] == []


def _first(text: str) -> str:
    """A criterion of the first version, as it has to be in a first release."""
    lines = text.splitlines(keepends=True)
    return "".join("version: 1\n" if line.startswith("version: ") else line for line in lines)


def test_a_release_that_nobody_told_names_what_is_missing(shipped: Path) -> None:
    change(shipped, "CHANGELOG.md", swap("# Which", "# What"))
    lines, released = upkeep.release_lines(TODAY)
    assert not released
    assert "CHANGELOG.md:1: has no entry `## 2027.1.0 (date)`" in lines
    assert lines[-1] == "not released"


def test_coverage_of_one_criterion_ends_with_its_figures() -> None:
    done = backflag("knowledge", "coverage", "--only", "saddle-anaesthesia")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b" noticed, 0 justified, 0 unnoticed\n")


def test_coverage_of_an_id_that_is_not_there_is_one_line_and_status_2() -> None:
    done = backflag("knowledge", "coverage", "--only", "no-such-id")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"backflag: --only: there is nothing to change in no-such-id\n"
