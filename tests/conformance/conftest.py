"""The service that most tests call, with the shipped knowledge and nobody to prove who they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.judging import LibraryEngine, load_engine
from tests.conformance.running import Service, serving


@pytest.fixture(scope="session")
def engine() -> LibraryEngine:
    return load_engine("http://127.0.0.1:8000")


@pytest.fixture(scope="session")
def service(engine: LibraryEngine) -> Iterator[Service]:
    with serving(engine) as running:
        yield running
