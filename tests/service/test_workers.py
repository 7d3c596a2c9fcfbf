"""Several processes, and who of them is replaced when."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.service import processes
from tests.service.processes import SOON, soon, workers_of
from tests.service.test_serving import ROOT, SERVE, Server

ASKED = 1.5
"""Seconds in which each worker is asked whether it lives, which is done twice a second."""

MUCH = 1_000_000


@pytest.fixture
def several() -> Iterator[Server]:
    one = Server(workers=2, apart=True)
    one.start()
    yield one
    one.kill()


def workers(server: Server) -> set[int]:
    return workers_of(server.process.pid)


def taking_calls(server: Server) -> set[int]:
    return processes.taking_calls(server.process.pid, server.port)


def test_who_dies_is_replaced_at_once_though_asked_and_another_hangs(several: Server) -> None:
    hangs, dies = workers(several)
    os.kill(hangs, signal.SIGSTOP)
    time.sleep(ASKED)
    os.kill(dies, signal.SIGKILL)
    assert soon(lambda: len(workers(several) - {hangs, dies}) == 1)
    os.kill(hangs, signal.SIGKILL)
    assert soon(lambda: len(taking_calls(several) - {hangs, dies}) == 2)
    assert several.call("/cds-services")[0] == HTTPStatus.OK


def test_who_cannot_start_later_on_is_tried_again_and_the_others_answer(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("site: Us\n")
    one = Server(2, {"BACKFLAG_SITE_DIR": str(tmp_path)}, apart=True)
    one.start()
    try:
        dies = min(workers(one))
        (tmp_path / "site.yaml").write_text("sight: Us\n")
        os.kill(dies, signal.SIGKILL)
        assert soon(lambda: b"site.yaml:1: sight" in told(one))
        assert one.call("/cds-services")[0] == HTTPStatus.OK
        (tmp_path / "site.yaml").write_text("site: Us\n")
        assert soon(lambda: len(taking_calls(one) - {dies}) == 2)
        assert one.process.poll() is None
    finally:
        written = one.kill()
    assert b"Traceback" not in written


def test_who_hangs_keeps_neither_sighup_nor_the_end_from_anybody(several: Server) -> None:
    hangs = min(workers(several))
    os.kill(hangs, signal.SIGSTOP)
    time.sleep(ASKED)
    several.process.send_signal(signal.SIGHUP)
    assert soon(lambda: b'"event": "reloaded"' in told(several))
    several.process.send_signal(signal.SIGTERM)
    several.process.wait(timeout=SOON)
    assert several.process.returncode == 0
    assert b"worker killed" in told(several)


def test_a_first_worker_that_is_killed_while_it_loads_is_told(tmp_path: Path) -> None:
    bare = {key: value for key, value in os.environ.items() if not key.startswith("BACKFLAG_")}
    command = [*SERVE, "--port", "0", "--workers", "2"]
    with (tmp_path / "log").open("wb") as log:
        one = subprocess.Popen(
            command, stdout=log, stderr=log, env=bare | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path
        )
    assert soon(lambda: len(workers_of(one.pid)) == 1)
    os.kill(workers_of(one.pid).pop(), signal.SIGKILL)
    assert one.wait(timeout=SOON) == 1
    written = (tmp_path / "log").read_text()
    assert '"why": "before it was ready"' in written
    assert "Traceback" not in written


def told(server: Server) -> bytes:
    """What it has written until now; it writes at the end of the same file."""
    return os.pread(server.written.fileno(), MUCH, 0)
