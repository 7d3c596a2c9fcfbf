"""`knowledge lint`, `test` and `coverage`: one line a fault, with the file and the place."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from knowledge.checks.coverage import cover
from knowledge.checks.examples import run
from knowledge.checks.lint import lint
from knowledge.language.files import KnowledgeError
from knowledge.library import FOLDER, load_library
from knowledge.site.folder import SiteError


def lint_lines() -> list[str]:
    """Every fault of the knowledge files."""
    return [str(fault) for fault in lint(FOLDER)]


def site_lines(site: Path, today: date) -> list[str]:
    """Every fault of a site's folder; those of the knowledge are told by `lint_lines`."""
    try:
        load_library(site=site, today=today)
    except SiteError as error:
        return [str(fault) for fault in error.faults]
    except KnowledgeError:
        return []
    return []


def test_lines() -> list[str]:
    """Every example of the knowledge that does not come out as it says."""
    try:
        library = load_library()
    except KnowledgeError as error:
        return [str(fault) for fault in error.faults]
    return [str(failure) for failure in run(library)]


def coverage_lines(only: str | None = None) -> tuple[list[str], bool]:
    """Every change that no example notices, the figures, and whether all is well."""
    try:
        library = load_library()
    except KnowledgeError as error:
        return [str(fault) for fault in error.faults], False
    found = cover(library, only, tell=_progress if sys.stderr.isatty() else None)
    return found.lines, not found.faults and bool(found.changes)


def _progress(done: int, of: int) -> None:
    """How far it is: one line that writes itself over."""
    end = "\r" if done < of else "\r\033[K"
    sys.stderr.write(f"{done} of {of} changes{end}")
    sys.stderr.flush()
