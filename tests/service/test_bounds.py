"""What bounds a call: places, the time that a body may take, the deadline, a client that goes."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from http import HTTPStatus
from typing import Any

import pytest
import uvicorn

from knowledge.giving_up import GivenUp, simply
from knowledge.quieting import Recall, nobody
from service import protocol
from service.app import create_app
from service.ehr.gaps import Gap
from service.engine import Judgement
from service.hooks import HookRequest
from service.protocol import LARGEST_HEAD, BoundedHead
from service.settings import Settings, read_settings
from tests.service.fakes import FakeEngine, bundle, condition, hook_request

PATH = "/cds-services/back-numbness-patient-view"
BODY = json.dumps(hook_request()).encode()


class SlowEngine(FakeEngine):
    """Goes on until it is let go, or told to give up."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()
        self.gave_up = threading.Event()

    def judge(
        self,
        request: HookRequest,
        now: datetime,
        gaps: Sequence[Gap] = (),
        go_on: Callable[[], None] = simply,
        recall: Recall = nobody,
    ) -> Judgement:
        self.begun.release()
        while not self.go.wait(0.001):
            try:
                go_on()
            except GivenUp:
                self.gave_up.set()
                raise
        return super().judge(request, now, gaps, go_on, recall)


@contextmanager
def serving(engine: FakeEngine, **given: Any) -> Iterator[int]:
    """A real server process's port, here in a thread."""
    settings: Settings = read_settings(_env_file=None, database_url="sqlite://", **given)
    app = create_app(settings, engine)
    config = uvicorn.Config(app, log_config=None, access_log=False, http=BoundedHead)
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def head(length: int, more: str = "") -> bytes:
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\n{more}\r\n"
    ).encode()


def send(port: int, data: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(data)
    return connection


def status(connection: socket.socket) -> int:
    with connection:
        return int(connection.makefile("rb").readline().split()[1])


def test_who_comes_when_all_places_are_taken_is_told_to_come_again() -> None:
    engine = SlowEngine()
    with serving(engine, max_calls=2, deadline_ms=20_000) as port:
        taken = [send(port, head(len(BODY)) + BODY) for _ in range(2)]
        for _ in taken:
            assert engine.begun.acquire(timeout=10)
        with send(port, head(len(BODY), "Connection: close\r\n") + BODY) as third:
            answer = third.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 1" in answer.lower()
        assert b"OperationOutcome" in answer
        engine.go.set()
        assert [status(one) for one in taken] == [200, 200]
        assert status(send(port, head(len(BODY)) + BODY)) == 200


def test_a_body_that_does_not_come_is_given_up_with_408() -> None:
    engine = FakeEngine()
    with serving(engine, body_timeout_s=0.2) as port:
        began = time.monotonic()
        assert status(send(port, head(100) + b"{")) == HTTPStatus.REQUEST_TIMEOUT
        assert time.monotonic() - began < 5
    assert engine.asked == []


def test_a_body_that_comes_byte_by_byte_is_given_up_all_the_same() -> None:
    with serving(FakeEngine(), body_timeout_s=0.3) as port:
        connection = send(port, head(10_000))
        connection.settimeout(0.01)
        answer = b""
        for _ in range(2000):
            try:
                connection.sendall(b" ")
                answer = connection.recv(100)
            except TimeoutError:
                continue
            except ConnectionError:
                break
            break
        connection.close()
        assert answer.startswith(b"HTTP/1.1 408")


def test_an_evaluation_ends_at_the_deadline() -> None:
    engine = SlowEngine()
    with serving(engine, deadline_ms=300) as port:
        began = time.monotonic()
        assert status(send(port, head(len(BODY)) + BODY)) == HTTPStatus.SERVICE_UNAVAILABLE
        assert 0.25 < time.monotonic() - began < 3
        assert engine.gave_up.is_set()


def test_a_client_that_goes_away_stops_the_work() -> None:
    engine = SlowEngine()
    with serving(engine, deadline_ms=60_000) as port:
        connection = send(port, head(len(BODY)) + BODY)
        assert engine.begun.acquire(timeout=10)
        connection.close()
        assert engine.gave_up.wait(10)
        engine.go.set()
        assert status(send(port, head(len(BODY)) + BODY)) == 200


def test_the_place_of_a_client_that_went_away_is_free_again() -> None:
    engine = SlowEngine()
    with serving(engine, deadline_ms=60_000, max_calls=1) as port:
        for _ in range(3):
            for _ in range(100):  # the place is free a moment after the work was given up
                connection = send(port, head(len(BODY)) + BODY)
                if engine.begun.acquire(timeout=0.5):
                    break
                connection.close()
            engine.gave_up.clear()
            connection.close()
            assert engine.gave_up.wait(10)
        engine.go.set()
        answers = {status(send(port, head(len(BODY)) + BODY)) for _ in range(10)}
        assert 200 in answers


@pytest.mark.parametrize(("number", "expected"), [(5, 200), (6, 413)])
def test_a_chart_of_too_many_resources_is_413(number: int, expected: int) -> None:
    prefetch = {
        "c": bundle(*[condition()] * (number - 1)),
        "o": bundle({"resourceType": "Observation"}),
    }
    body = json.dumps(hook_request(prefetch)).encode()
    with serving(FakeEngine(), max_resources=5) as port:
        assert status(send(port, head(len(body)) + body)) == expected


def test_a_head_without_end_is_431_and_is_not_kept() -> None:
    with serving(FakeEngine()) as port:
        connection = send(port, b"POST / HTTP/1.1\r\nHost: x\r\nX: ")
        sent = 0
        with suppress(ConnectionError):
            while sent < 100_000_000:
                connection.sendall(b"a" * 10_000)
                sent += 10_000
        connection.close()
        assert LARGEST_HEAD / 2 < sent < 20_000_000


def test_a_large_head_is_431() -> None:
    with serving(FakeEngine()) as port:
        head_only = b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (LARGEST_HEAD + 100)
        assert status(send(port, head_only)) == 431


def test_a_head_of_common_size_is_read_again_and_again() -> None:
    more = "X-Proxy: " + "a" * 20_000 + "\r\n"
    with serving(FakeEngine()) as port, send(port, b"") as connection:
        answers = connection.makefile("rb")
        for _ in range(10):
            connection.sendall(head(len(BODY), more) + BODY)
            assert answers.readline().split()[1] == b"200"
            length = 0
            while (line := answers.readline()) != b"\r\n":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            answers.read(length)


def test_a_large_body_is_not_taken_for_a_head() -> None:
    large = json.dumps(hook_request() | {"extension": {"x": "a" * 1_000_000}}).encode()
    with serving(FakeEngine()) as port:
        assert [status(send(port, head(len(large)) + large)) for _ in range(5)] == [200] * 5


def test_a_head_that_does_not_come_is_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "SECONDS", 0.2)
    with serving(FakeEngine()) as port:
        assert status(send(port, b"POST / HTTP/1.1\r\nHost: x\r\n")) == 408
        assert status(send(port, b"")) == 408


def test_broken_resources_count_as_resources() -> None:
    prefetch = {"c": bundle(*[condition(code=5)] * 7)}
    body = json.dumps(hook_request(prefetch)).encode()
    with serving(FakeEngine(), max_resources=5) as port:
        assert status(send(port, head(len(body)) + body)) == 413


def test_reading_broken_resources_ends_at_the_deadline() -> None:
    prefetch = {"c": bundle(*[condition(code=5)] * 40_000)}
    body = json.dumps(hook_request(prefetch)).encode()
    with serving(FakeEngine(), deadline_ms=300) as port:
        began = time.monotonic()
        answer = status(send(port, head(len(body)) + body))
        assert answer == HTTPStatus.SERVICE_UNAVAILABLE
        assert time.monotonic() - began < 5
