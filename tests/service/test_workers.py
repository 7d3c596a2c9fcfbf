"""Several processes, and who of them is replaced when."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.service.test_serving import Server

ASKED = 1.5
"""Seconds in which each worker is asked whether it lives, which is done twice a second."""

SOON = 30
"""Seconds; half of those for which a worker may be silent."""


@pytest.fixture
def several() -> Iterator[Server]:
    one = Server(workers=2, apart=True)
    one.start()
    yield one
    one.kill()


def workers(server: Server) -> set[int]:
    """The processes that answer, or will when they have loaded."""
    parent = server.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    lines = {int(one): Path(f"/proc/{one}/cmdline").read_bytes() for one in children}
    return {one for one, line in lines.items() if b"spawn_main" in line}


def soon(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + SOON
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def test_who_dies_is_replaced_at_once_though_asked_and_another_hangs(several: Server) -> None:
    hangs, dies = workers(several)
    os.kill(hangs, signal.SIGSTOP)
    time.sleep(ASKED)
    os.kill(dies, signal.SIGKILL)
    assert soon(lambda: len(workers(several) - {hangs, dies}) == 1)
    os.kill(hangs, signal.SIGKILL)
    assert soon(lambda: len(workers(several) - {hangs, dies}) == 2)
    assert several.call("/cds-services")[0] == HTTPStatus.OK
