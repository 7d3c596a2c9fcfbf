"""The end of the service while it is called."""

from __future__ import annotations

import json
import signal
import socket
import time
from http import HTTPStatus
from http.client import HTTPConnection

import pytest

from tests.service.pressing import CALL, HEADERS, Callers
from tests.service.test_serving import SERVICE, Server

WAYS = [(1, True), (1, False), (2, True), (2, False)]


@pytest.mark.parametrize(("workers", "keep"), WAYS)
def test_no_call_is_lost_when_the_service_is_told_to_stop_under_load(
    workers: int, keep: bool
) -> None:
    server = Server(workers)
    server.start()
    callers = Callers(server.port, keep=keep).start()
    callers.wait_for(100)
    written = server.stop()
    callers.join()
    assert callers.lost == []
    assert set(callers.answered) == {HTTPStatus.OK}
    assert callers.refused == callers.number
    assert server.process.returncode == 0
    assert written.count(b'"event": "call"') == len(callers.answered)


def test_who_holds_a_connection_is_told_to_leave_with_the_next_answer() -> None:
    server = Server(1)
    server.start()
    line = HTTPConnection("127.0.0.1", server.port, timeout=60)
    line.request("POST", SERVICE, CALL, HEADERS)
    before = line.getresponse()
    before.read()
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)  # it lingers for longer
    line.request("POST", SERVICE, CALL, HEADERS)
    after = line.getresponse()
    body = json.loads(after.read())
    server.stop()
    assert before.getheader("connection") is None
    assert after.getheader("connection") == "close"
    assert "cards" in body


def test_a_call_whose_body_is_on_its_way_is_answered() -> None:
    server = Server(1)
    server.start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        head = f"POST {SERVICE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        line.sendall(f"{head}Content-Length: {len(CALL)}\r\n\r\n".encode() + CALL[:10])
        server.call("/livez")
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        line.sendall(CALL[10:])
        answer = line.makefile("rb").read()
    server.stop()
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer


def test_for_the_delay_new_connections_are_taken_on() -> None:
    server = Server(1, {"BACKFLAG_STOP_DELAY_S": "1"})
    server.start()
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    status, _ = server.call("/livez")
    server.stop()
    assert status == HTTPStatus.OK


def test_nobody_is_waited_for_where_nobody_is_connected() -> None:
    server = Server(1)
    server.start()
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 1.5
