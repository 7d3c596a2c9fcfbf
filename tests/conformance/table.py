"""The table of requirements and of the tests that bear their ids: `python -m …table > docs/…`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
import yaml

HERE = Path(__file__).parent
MARK = "requirement"
HEAD = """\
# Conformance

What CDS Hooks asks of a service, from 1.0 to 3.0-ballot, and the tests that hold the service to it:
each calls the running service over HTTP, but for those of what HTTP does not show. What is the duty
of a client, the service has to survive, kept or not. The
[requirements](../tests/conformance/requirements.yaml) are told in our own words; the sections are
headings of the specification. What the tests cannot show stands under them. Made by
`python -m tests.conformance.table > docs/conformance.md`; a test fails where this page is old.
"""
COLUMNS = ("id", "what", "level", "section", "versions", "duty", "tests")


class Requirement(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One thing that is asked; `met` says how, where no test over HTTP can."""

    id: str
    what: str
    level: str
    section: str
    duty: Literal["service", "client"]
    versions: str = "all"
    met: str = ""


def requirements() -> list[Requirement]:
    """All of them, in the order of the file."""
    document = yaml.safe_load((HERE / "requirements.yaml").read_text(encoding="utf-8"))
    return msgspec.convert(document["requirements"], list[Requirement])


def bearing() -> dict[str, list[tuple[str, str]]]:
    """Id -> the tests that bear it: file and name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(HERE.glob("test_*.py")):
        for test in functions(path):
            for name in ids_of(test):
                found.setdefault(name, []).append((path.name, test.name))
    return found


def page() -> str:
    """The whole page as Markdown."""
    tests = bearing()
    rows = [_row(one, tests.get(one.id, [])) for one in requirements()]
    lines = [_line(COLUMNS), _line(["---"] * len(COLUMNS)), *map(_line, rows)]
    return HEAD + "\n" + "\n".join(lines) + "\n"


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    """The functions of a module, tests among them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (one for one in tree.body if isinstance(one, ast.FunctionDef))


def ids_of(test: ast.FunctionDef) -> Iterator[str]:
    """The ids that a test bears."""
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == f"pytest.mark.{MARK}":
            yield from (str(ast.literal_eval(one)) for one in mark.args)


def _row(one: Requirement, tests: list[tuple[str, str]]) -> list[str]:
    links = [
        f"[{name.removeprefix('test_').replace('_', ' ')}](../tests/conformance/{file})"
        for file, name in tests
    ]
    shown = "<br>".join([*links, f"*{one.met}.*"] if one.met else links)
    return [one.id, one.what, one.level, one.section, one.versions, one.duty, shown]


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(page())
