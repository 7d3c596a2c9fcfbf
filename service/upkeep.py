"""`knowledge lint` and `knowledge test`: one line a fault, with the file and the place."""

from __future__ import annotations

from knowledge.checks.examples import run
from knowledge.checks.lint import lint
from knowledge.language.files import KnowledgeError
from knowledge.library import FOLDER, load_library


def lint_lines() -> list[str]:
    """Every fault of the knowledge files."""
    return [str(fault) for fault in lint(FOLDER)]


def test_lines() -> list[str]:
    """Every example of the knowledge that does not come out as it says."""
    try:
        library = load_library()
    except KnowledgeError as error:
        return [str(fault) for fault in error.faults]
    return [str(failure) for failure in run(library)]
