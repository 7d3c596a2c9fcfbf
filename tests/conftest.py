"""What all tests share: the shared data, and no silent skips in CI."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
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


ALONE = (
    "attacks",
    "bench",
    "records_proofs",
    "service/insights/test_speed.py",
    "service/records/test_recall.py",
    "service/store/test_service.py",
    "service/test_bounds.py",
    "service/test_connections.py",
    "service/test_deadline.py",
    "service/test_ending.py",
    "service/test_hurry.py",
    "service/test_renewing.py",
    "service/test_speed.py",
)
"""Where tests measure time or memory, or keep both cores busy by themselves."""


@pytest.fixture(scope="module", autouse=True)
def collected() -> Iterator[None]:
    """What tests leave behind stays out of the collector's sight, and so out of measured times.

    Looking at all that ten thousand tests leave takes the collector a second or two, in the midst
    of whatever test comes next.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what nothing may run beside."""
    places = [Path(__file__).parent / name for name in ALONE]
    for item in items:
        if any(item.path.is_relative_to(place) for place in places):
            item.add_marker("alone")


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
