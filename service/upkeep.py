"""`knowledge lint`, `test` and `coverage`: one line a fault, with the file and the place."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import msgspec

from knowledge.checks.coverage import cover
from knowledge.checks.diff import told
from knowledge.checks.examples import count, run
from knowledge.checks.lint import lint
from knowledge.checks.readable import tell
from knowledge.checks.release.making import prepare, release
from knowledge.checks.sentence_file import load_sentences
from knowledge.checks.sentence_report import Report
from knowledge.checks.sentences import read_all
from knowledge.checks.shelf import read_shelf
from knowledge.language.files import KnowledgeError
from knowledge.library import FOLDER, load_library
from knowledge.site.folder import SiteError
from service.comparing.command import difference


def lint_lines(today: date, *, released: bool = True) -> list[str]:
    """Every fault of the knowledge files, sources by their age today."""
    return [str(fault) for fault in lint(FOLDER, today, released=released)]


def site_lines(site: Path, today: date) -> list[str]:
    """Every fault of a site's folder; those of the knowledge are told by `lint_lines`."""
    try:
        load_library(site=site, today=today)
    except SiteError as error:
        return [str(fault) for fault in error.faults]
    except KnowledgeError:
        return []
    return []


def test_lines(only: str | None, width: int) -> tuple[list[str], str]:
    """Every example that does not come out as it says, in lines, and how many hold.

    Raises:
        KnowledgeError: the knowledge cannot be used.
        LookupError: there is nothing of the id `only`.
    """
    library = load_library()
    of = count(library, only)
    if not of:
        raise LookupError(f"there is no criterion or finding {only} with examples")
    failures = run(library, only)
    lines = [line for failure in failures for line in tell(library, failure, width)]
    return lines, f"{of - len(failures)} of {of} examples hold"


def text_lines() -> tuple[list[str], bool]:
    """Every sentence that is read wrong, the figures, and whether enough are right.

    Raises:
        KnowledgeError: the knowledge or its table of sentences cannot be used.
    """
    library = load_library()
    table = load_sentences(library.findings)
    report = Report(table, read_all(library, table))
    return report.lines, report.fine


def diff_lines(
    versions: tuple[str, str | None], now: datetime, as_json: bool, width: int
) -> list[str]:
    """What changes for whom between two versions, in lines or as one line of JSON.

    Raises:
        NoVersion: one of them is not there.
    """
    found = difference(*versions, now)
    if as_json:
        return [msgspec.json.encode(found).decode()]
    return told.tell(found, width)


def release_lines(today: date) -> tuple[list[str], bool]:
    """What speaks against a release, or what was released."""
    faults = lint(FOLDER, today, released=False)
    failing = [] if faults else run(load_library())
    if faults or failing:
        against = [*map(str, faults), *(str(one.fault) for one in failing)]
        return [*against, "not released: lint and test have to be clean first"], False
    made = prepare(read_shelf(FOLDER))
    if made.released is None:
        return [*map(str, made.against), "not released"], False
    release(FOLDER, made)
    told = [f"  {name} {one}" for name, one in made.changes.criteria.items()]
    return [f"released {made.released.version}", *told], True


def coverage_lines(only: str | None = None) -> tuple[list[str], bool]:
    """Every change that no example notices, the figures, and whether all is well.

    Raises:
        KnowledgeError: the knowledge cannot be used.
        LookupError: there is nothing of the id `only`.
    """
    found = cover(load_library(), only, tell=_progress if sys.stderr.isatty() else None)
    if not found.changes:
        raise LookupError(f"there is nothing to change in {only}")
    return found.lines, not found.faults


def _progress(done: int, of: int) -> None:
    """How far it is: one line that writes itself over."""
    end = "\r" if done < of else "\r\033[K"
    sys.stderr.write(f"{done} of {of} changes{end}")
    sys.stderr.flush()
