"""A short run of what `python -m tests.fuzz` does for hours."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.fuzz import runner
from tests.fuzz.calls import call
from tests.fuzz.contract import Contract
from tests.fuzz.corpus import corpus
from tests.fuzz.runner import Run
from tests.fuzz.server import Server

SEED = 4
CALLS = 300


def test_some_hundred_calls_never_fail_the_service(server: Server, tmp_path: Path) -> None:
    report = asyncio.run(Run(server, SEED, CALLS, tmp_path).go())
    assert report.passed, str(report)
    assert report.calls == CALLS
    assert {HTTPStatus.OK, HTTPStatus.BAD_REQUEST} <= set(report.statuses)


def test_a_call_of_a_seed_can_be_made_again() -> None:
    first = [call(SEED, index, corpus()) for index in range(100)]
    assert [call(SEED, index, corpus()) for index in reversed(range(100))] == first[::-1]
    assert call(SEED + 1, 1, corpus()) != first[1]


def test_what_breaks_a_promise_is_told_and_its_request_kept(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "Contract", lambda document: Contract(document | {"paths": {}}))
    report = asyncio.run(Run(server, SEED, 30, tmp_path).go())
    assert not report.passed
    kept = list(tmp_path.iterdir())
    assert kept
    assert len(kept) == len(report.failures)
    assert str(SEED) in str(report)
