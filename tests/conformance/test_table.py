"""Each requirement has a test that bears its id, and the table in the docs is up to date."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conformance.table import HERE, bearing, functions, ids_of, page, requirements
from tests.conftest import NO_SHARED, ROOT

ROW = re.compile(r"^\| ?([A-Z]\d+) \| (.*)$")


def test_each_requirement_has_a_test_and_no_test_bears_an_unknown_id() -> None:
    names = [one.id for one in requirements()]
    assert len(set(names)) == len(names)
    assert set(bearing()) == set(names)


def test_no_test_that_bears_an_id_is_skipped_or_expected_to_fail() -> None:
    for path in sorted({*HERE.glob("*.py")} - {Path(__file__)}):
        whole = path.read_text(encoding="utf-8")
        assert not re.search(r"pytestmark|allow_module_level|importorskip", whole)
        for test in functions(path):
            if list(ids_of(test)):
                assert not re.search(r"skip|xfail|mark\.shared|NO_SHARED", ast.unparse(test))


def test_the_table_is_up_to_date() -> None:
    kept = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    assert kept == page(), "python -m tests.conformance.table > docs/conformance.md"


@pytest.mark.shared
def test_the_requirements_are_those_that_were_read(shared: Path) -> None:
    read = shared / "cds-hooks" / "requirements.md"
    if not read.is_file():
        pytest.skip(NO_SHARED)
    rows = map(ROW.match, read.read_text(encoding="utf-8").splitlines())
    found = [(row[1], "[C]" in row[2].split("|")[1]) for row in rows if row]
    assert [name for name, _ in found] == [one.id for one in requirements()]
    of_clients = {name for name, client in found if client}
    assert of_clients <= {one.id for one in requirements() if one.duty == "client"}
