"""A place on each database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.records_proofs.place import Place, in_postgresql, in_sqlite
from tests.service.store.conftest import Cluster, cluster

__all__ = ["cluster"]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place on SQLite, then one on PostgreSQL."""
    if request.param == "sqlite":
        return in_sqlite(tmp_path)
    server: Cluster = request.getfixturevalue("cluster")
    return in_postgresql(tmp_path, server)
