"""Both databases, as the tests of the store have them."""

from __future__ import annotations

from tests.service.store.conftest import cluster, empty_url, store, url

__all__ = ["cluster", "empty_url", "store", "url"]
