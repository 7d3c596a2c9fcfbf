"""Both databases, as the tests of the store have them, and a history to fill them with."""

from __future__ import annotations

import pytest

from tests.service.insights.history import History, made
from tests.service.store.conftest import cluster, empty_url, store, url

__all__ = ["cluster", "empty_url", "store", "url"]


@pytest.fixture(scope="session")
def history() -> History:
    """Three months, small enough to be written for a single test."""
    return made(6_000)
