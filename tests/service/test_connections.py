"""What a connection may do beside a call: requests ahead, trailers, offers, answers not read."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

import pytest

from service import protocol
from service.protocol import AHEAD, LARGEST_HEAD
from tests.service.fakes import FakeEngine
from tests.service.test_bounds import BODY, PATH, head, send, serving, status

LIVE = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
OFFER = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
CHUNKED = (
    f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n"
).encode()


def answers(connection: socket.socket) -> bytes:
    """All that comes until the service closes."""
    with connection:
        return connection.makefile("rb").read()


def flood(connection: socket.socket, piece: bytes, most: int = 100_000_000) -> int:
    """How many bytes the service takes before it hangs up."""
    sent = 0
    with suppress(ConnectionError):
        while sent < most:
            sent += connection.send(piece)
    return sent


def flood_back(connection: socket.socket) -> int:
    """How many bytes the service still gives."""
    taken = 0
    with suppress(ConnectionError):
        while piece := connection.recv(1_000_000):
            taken += len(piece)
    return taken


def chunks(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n" % (len(content), content)


def test_requests_that_are_sent_ahead_are_answered_in_turn() -> None:
    call = head(len(BODY)) + BODY
    with serving(FakeEngine()) as port:
        answer = answers(send(port, LIVE * (AHEAD // 2) + call + LAST))
    assert answer.count(b"HTTP/1.1 200") == AHEAD // 2 + 2
    assert answer.rindex(b'{"cards"') < answer.rindex(b"alive")


def test_a_body_that_follows_requests_sent_ahead_is_read() -> None:
    with serving(FakeEngine()) as port, send(port, LIVE * 10 + head(len(BODY))) as connection:
        connection.sendall(BODY[:10])
        time.sleep(0.1)
        connection.sendall(BODY[10:] + LAST)
        assert connection.makefile("rb").read().count(b"HTTP/1.1 200") == 10 + 2


def test_requests_ahead_without_end_are_not_kept() -> None:
    with serving(FakeEngine()) as port, send(port, b"") as connection:
        assert flood(connection, LIVE * 10_000) < 20_000_000


@pytest.mark.parametrize(
    "trailer", [b"X-Trailer: y\r\n", b"X-Without-End: " + b"y" * LARGEST_HEAD, b"y" * 10]
)
def test_trailers_without_end_are_not_kept(trailer: bytes) -> None:
    start = CHUNKED + b"\r\n" + chunks(BODY) + b"X: "
    with serving(FakeEngine()) as port, send(port, start) as connection:
        assert flood(connection, trailer * 1000) < 20_000_000


def test_trailers_are_no_headers() -> None:
    body = CHUNKED + b"Connection: close\r\n\r\n" + chunks(BODY)
    with serving(FakeEngine()) as port:
        assert status(send(port, body + b"Content-Encoding: x\r\n\r\n")) == 200


@pytest.mark.parametrize("offer", [OFFER, OFFER + "Connection: close\r\n"])
@pytest.mark.parametrize("pause", [False, True])
def test_an_offer_of_another_protocol_is_declined_and_the_call_answered(
    offer: str, pause: bool
) -> None:
    with serving(FakeEngine()) as port, send(port, head(len(BODY), offer)) as connection:
        if pause:
            time.sleep(0.1)
        connection.sendall(BODY)
        if "close" not in offer:
            connection.sendall(head(len(BODY), offer) + BODY + LAST)
        answer = connection.makefile("rb").read()
    assert answer.count(b"HTTP/1.1 200") == (1 if "close" in offer else 3)


def test_a_body_behind_an_offer_is_never_a_request_of_its_own() -> None:
    hidden = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with serving(FakeEngine()) as port, send(port, head(len(hidden), OFFER)) as connection:
        time.sleep(0.1)
        connection.sendall(hidden + LAST)
        answer = connection.makefile("rb").read()
    assert answer.count(b"HTTP/1.1 400") == answer.count(b"HTTP/1.1 200") == 1


def test_a_connect_is_refused_once() -> None:
    with serving(FakeEngine()) as port:
        answer = answers(send(port, f"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n{OFFER}\r\n".encode()))
    assert answer.count(b"HTTP/1.1 400") == answer.count(b"HTTP/1.1") == 1


def test_the_rest_of_a_refused_body_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "PATIENCE", 0.3)
    with serving(FakeEngine()) as port:
        refused = head(1000).replace(PATH.encode(), b"/nowhere")
        answer = answers(send(port, refused + b"{"))
    assert answer.startswith(b"HTTP/1.1 404")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_refused_body_that_ends_in_time_leaves_the_connection_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "PATIENCE", 0.3)
    with serving(FakeEngine()) as port:
        refused = head(10).replace(PATH.encode(), b"/nowhere")
        with send(port, refused + b"{") as connection:
            assert connection.recv(1000).startswith(b"HTTP/1.1 404")
            connection.sendall(b" " * 9)
            time.sleep(0.5)
            connection.sendall(LAST)
            assert connection.makefile("rb").read().startswith(b"HTTP/1.1 200")


def test_an_answer_that_nobody_reads_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "PATIENCE", 0.3)
    ask = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n"
    with serving(FakeEngine()) as port:
        one = len(answers(send(port, ask + b"Connection: close\r\n\r\n")))
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.connect(("127.0.0.1", port))
            connection.sendall((ask + b"\r\n") * AHEAD)
            time.sleep(2)
            connection.settimeout(20)
            taken = flood_back(connection)
    assert taken < one * AHEAD / 2
