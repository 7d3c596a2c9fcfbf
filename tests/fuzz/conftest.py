"""One running service for all that is thrown at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz.server import Server, running


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch, running() as found:
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield found
