"""No call keeps another waiting: what is read in vain ends at the deadline, as does a queue."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus

import pytest

from knowledge.giving_up import simply
from knowledge.quieting import Recall, nobody
from service.calls import THREADS
from service.ehr.gaps import Gap
from service.engine import Judgement
from service.hooks import MOST_KEYS, HookRequest
from service.telling import LARGEST
from tests.service.fakes import FakeEngine, hook_request
from tests.service.test_bounds import BODY, PATH, head, send, serving, status

LATE = HTTPStatus.SERVICE_UNAVAILABLE
OBJECTS = b"[" + b'{"a":{}},' * 400_000 + b"{}]"
"""Some megabytes, of which every object takes its time to read."""


class DeafEngine(FakeEngine):
    """Goes on until it is let go, whoever tells it to give up."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()

    def judge(
        self,
        request: HookRequest,
        now: datetime,
        gaps: Sequence[Gap] = (),
        go_on: Callable[[], None] = simply,
        recall: Recall = nobody,
    ) -> Judgement:
        self.begun.release()
        self.go.wait(20)
        return super().judge(request, now, gaps, go_on, recall)


def test_who_waits_for_a_thread_is_answered_at_the_deadline() -> None:
    engine = DeafEngine()
    with serving(engine, deadline_ms=1000) as port:
        held = [send(port, head(len(BODY)) + BODY) for _ in range(THREADS)]
        for _ in held:
            assert engine.begun.acquire(timeout=10)
        began = time.monotonic()
        assert status(send(port, head(len(BODY)) + BODY)) == LATE
        assert time.monotonic() - began < 5
        engine.go.set()
        assert [status(one) for one in held] == [200] * THREADS


@pytest.mark.parametrize(
    "content",
    [
        BODY[:-1] + b',"extension":{"x":' + OBJECTS + b"}}",
        BODY[:-1] + b',"extension":{"y":{"t":"\\ud800","x":' + OBJECTS + b"}}}",
    ],
)
def test_an_envelope_that_takes_long_to_read_is_given_up_at_the_deadline(content: bytes) -> None:
    engine = FakeEngine()
    with serving(engine, deadline_ms=50) as port:
        assert status(send(port, head(len(content)) + content)) == LATE
    assert engine.asked == []


@pytest.mark.parametrize(("number", "expected"), [(MOST_KEYS, 200), (MOST_KEYS + 1, 413)])
@pytest.mark.parametrize("more", [{}, {"z": "\ud800"}])
def test_more_keys_than_anybody_has_are_413(
    number: int, expected: int, more: dict[str, str]
) -> None:
    empty = {f"k{place}": more for place in range(number - 2)}
    request = hook_request()
    body = json.dumps(request | {"prefetch": request["prefetch"] | empty}).encode()
    with serving(FakeEngine()) as port:
        assert status(send(port, head(len(body)) + body)) == expected


def test_a_large_report_is_refused_and_keeps_nobody_waiting() -> None:
    large = b'{"feedback":[],"x":' + OBJECTS + b"}"
    small = b'{"feedback":[],"x":' + OBJECTS[: LARGEST - 10_000].rpartition(b",")[0] + b"]}"
    with serving(FakeEngine()) as port:
        to_feedback = PATH.encode(), PATH.encode() + b"/feedback"
        asked = head(len(large)).replace(*to_feedback) + large
        assert status(send(port, asked)) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert status(send(port, head(len(small)).replace(*to_feedback) + small)) == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]), 200),
        (gzip.compress(b"") * 999 + gzip.compress(BODY), 200),
        (gzip.compress(b"") * 1000 + gzip.compress(BODY), 400),
    ],
)
def test_empty_gzip_files_do_not_follow_each_other_for_ever(body: bytes, expected: int) -> None:
    with serving(FakeEngine()) as port:
        zipped = head(len(body), "Content-Encoding: gzip\r\n")
        assert status(send(port, zipped + body)) == expected


def test_two_compressions_in_two_headers_are_two() -> None:
    body = gzip.compress(BODY)
    with serving(FakeEngine()) as port:
        zipped = head(len(body), "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n")
        assert status(send(port, zipped + body)) == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
