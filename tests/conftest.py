"""What all tests share: the shared data, and no silent skips in CI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
NO_SHARED = "../shared is not beside this checkout"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's shared data; the test is skipped where that is absent."""
    if not SHARED.is_dir():
        pytest.skip(NO_SHARED)
    return SHARED


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failed one, unless it needs shared data that are not there."""
    if os.environ.get("CI") != "true":
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    skipped = reporter.stats.get("skipped", [])
    silent = [one for one in skipped if not _excused(str(one.longrepr))]
    for one in silent:
        reporter.write_line(f"skipped in CI: {one.nodeid}", red=True)
    if silent:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _excused(reason: str) -> bool:
    return NO_SHARED in reason and not SHARED.is_dir()
