from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from knowledge.library import load_library
from knowledge.text.phrases import Pattern
from knowledge.text.reader import TextReader
from service.warming import warm
from tests.service.test_serving import ROOT

STARTED = """
import sys
import service.serving, service.app, service.judging
print(sorted({"alembic", "jinja2", "pint", "sqlalchemy.dialects.postgresql"} & set(sys.modules)))
"""
WARMED = """
import sys
from knowledge.library import load_library
from service.warming import warm
warm(load_library())
print(sorted({"fhir.resources.R4B.servicerequest", "jinja2", "pint"} & set(sys.modules)))
"""


def printed(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def patterns(reader: TextReader) -> Iterator[Pattern]:
    for found in reader._finder._patterns.values():
        yield from (pattern for _, pattern in found)


def test_a_start_loads_nothing_that_can_wait() -> None:
    assert printed(STARTED) == "[]"


def test_what_can_wait_is_there_before_a_patient_needs_it() -> None:
    assert printed(WARMED) == "['fhir.resources.R4B.servicerequest', 'jinja2', 'pint']"


def test_phrases_are_compiled_before_a_text_asks_for_them() -> None:
    library = load_library()
    concepts = library.reader.concepts
    all_of_them = [*patterns(concepts.reader), *patterns(concepts.answers)]
    assert all(one._strict is None for one in all_of_them)
    warm(library)
    assert all(one._strict is not None for one in all_of_them)
