from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
import respx
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from service.trust.fetching import Unavailable
from service.trust.key_sets import KeySets
from tests.service.trust.making import JKU, jwk, key_set, private_jwk

DAY = 24 * 3600
Work = Callable[[KeySets, "Clock"], Awaitable[None]]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def answers() -> Iterator[respx.Route]:
    """What is answered at the key set's address, and how often it was asked."""
    with respx.mock(assert_all_called=False) as router:
        yield router.get(JKU).respond(content=key_set())


def run(work: Work, transport: httpx.AsyncBaseTransport | None = None, seconds: float = 2) -> None:
    async def all_of_it() -> None:
        clock = Clock()
        async with httpx.AsyncClient(transport=transport) as http:
            sets = KeySets(http, clock, seconds)
            await work(sets, clock)
            await sets.close()

    asyncio.run(all_of_it())


async def names(sets: KeySets) -> list[str | None]:
    return [key.key_id for key in await sets.keys(JKU)]


async def newer(sets: KeySets) -> list[str | None]:
    return [key.key_id for key in await sets.newer(JKU)]


def failing(sets: KeySets) -> bool:
    return sets.failing


def counted(result: str) -> float:
    labels = {"result": result}
    return REGISTRY.get_sample_value("backflag_key_set_lookups_total", labels) or 0


async def settled() -> None:
    """What goes on behind a call has been done, as far as it does not wait for the network."""
    for _ in range(100):
        await asyncio.sleep(0)


def test_keys_are_looked_up_once_and_again_when_they_are_old(answers: respx.Route) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        before = counted("fetched")
        assert await names(sets) == ["k1"]
        clock.now += 599
        assert await names(sets) == ["k1"]
        assert answers.call_count == 1
        answers.respond(content=key_set(jwk("k2")))
        clock.now += 1
        assert await names(sets) == ["k2"], "a key that was taken away is not kept for longer"
        assert counted("fetched") == before + 2

    run(work)


def test_the_look_up_asks_for_json_and_shows_nothing_of_the_caller(answers: respx.Route) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        await names(sets)

    run(work)
    request = answers.calls[0].request
    assert "json" in request.headers["accept"]
    assert "authorization" not in request.headers
    assert request.content == b""


def test_a_key_that_was_changed_is_found_at_once(answers: respx.Route) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        assert await names(sets) == ["k1"]
        answers.respond(content=key_set(jwk("k2")))
        assert await names(sets) == ["k1"]
        assert await newer(sets) == ["k2"]

    run(work)


def test_a_hundred_tokens_with_unknown_keys_cause_few_look_ups(answers: respx.Route) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        before = counted("limited")
        for _ in range(100):
            await names(sets)
            await newer(sets)
            clock.now += 1
        assert answers.call_count <= 10
        assert counted("limited") - before == 101 - answers.call_count

    run(work)


def test_a_changed_key_is_found_within_a_minute_whoever_uses_up_look_ups(
    answers: respx.Route,
) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        await names(sets)
        for _ in range(50):
            await newer(sets)
        answers.respond(content=key_set(jwk("k2")))
        waited = 0
        while await newer(sets) != ["k2"]:
            clock.now += 1
            waited += 1
        assert waited < 60

    run(work)


def test_who_comes_at_the_same_time_shares_a_look_up(answers: respx.Route) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        await asyncio.gather(*(sets.keys(JKU) for _ in range(50)))
        assert answers.call_count == 1
        await asyncio.gather(*(sets.newer(JKU) for _ in range(50)))
        assert answers.call_count == 2

    run(work)


def test_who_goes_away_does_not_end_the_look_up_of_the_others() -> None:
    arrived = asyncio.Event()
    answer = asyncio.Event()

    async def slowly(_request: httpx.Request) -> httpx.Response:
        arrived.set()
        await answer.wait()
        return httpx.Response(200, content=key_set())

    async def work(sets: KeySets, clock: Clock) -> None:
        first = asyncio.create_task(sets.keys(JKU))
        await arrived.wait()
        second = asyncio.create_task(sets.keys(JKU))
        await settled()
        first.cancel()
        await settled()
        assert first.cancelled()
        answer.set()
        assert [key.key_id for key in await second] == ["k1"]

    run(work, httpx.MockTransport(slowly))


def test_in_an_outage_the_last_keys_count_for_a_day(answers: respx.Route) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        before = counted("failed")
        assert await names(sets) == ["k1"]
        answers.respond(503)
        clock.now += DAY - 1
        assert await names(sets) == ["k1"]
        assert counted("failed") == before + 1
        clock.now += 1
        with pytest.raises(Unavailable):
            await names(sets)

    run(work)


def test_after_an_outage_newer_keys_are_found(answers: respx.Route) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        await names(sets)
        assert not failing(sets)
        answers.mock(side_effect=httpx.ConnectError("refused"))
        clock.now += 601
        assert await names(sets) == ["k1"]
        assert failing(sets)
        answers.mock(return_value=httpx.Response(200, content=key_set(jwk("k2"))))
        clock.now += 10
        assert await names(sets) == ["k1"], "nobody waits for a server that was out just now"
        await settled()
        assert await names(sets) == ["k2"]
        assert not failing(sets)

    run(work)


def test_an_outage_is_not_tried_by_every_call(answers: respx.Route) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        answers.respond(500)
        for _ in range(100):
            with pytest.raises(Unavailable):
                await names(sets)
            clock.now += 0.05
        assert answers.call_count == 1
        clock.now += 10
        with pytest.raises(Unavailable):
            await names(sets)
        assert answers.call_count == 2

    run(work)


def test_in_an_outage_that_is_known_no_call_waits() -> None:
    asked = 0

    async def good_once(_request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked > 1:
            await asyncio.Event().wait()
        return httpx.Response(200, content=key_set())

    async def work(sets: KeySets, clock: Clock) -> None:
        assert await names(sets) == ["k1"]
        clock.now += 601
        assert await names(sets) == ["k1"], "the first waits until the time is over"
        clock.now += 11
        async with asyncio.timeout(0.1):
            assert await names(sets) == ["k1"]
        assert asked == 2
        await settled()
        assert asked == 3

    run(work, httpx.MockTransport(good_once), seconds=0.2)


def test_an_empty_set_takes_all_keys_away(answers: respx.Route) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        await names(sets)
        answers.respond(json={"keys": []})
        clock.now += 601
        assert await names(sets) == []

    run(work)


def test_of_a_set_only_the_usable_keys_are_used(answers: respx.Route) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        keys = [
            {"kty": "oct", "k": "c2VjcmV0", "kid": "o"},
            private_jwk(),
            jwk("e", use="enc"),
            jwk("w", "RS384", 1024),
            {"kty": "RSA", "n": 5, "e": None, "kid": "d"},
            {"kty": "EC", "crv": ["P-384"], "kid": "c"},
            "x",
            jwk("q+/=="),
        ]
        answers.respond(content=key_set(*keys))  # type: ignore[arg-type]
        assert await names(sets) == ["q+/=="]

    run(work)


async def _drip() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(0.01)


async def _much() -> AsyncIterator[bytes]:
    for _ in range(1000):
        yield b" " * 1000
    raise AssertionError("nobody reads as far as here")


ANSWERS: list[tuple[httpx.Response, str]] = [
    (httpx.Response(301, headers={"Location": "https://evil.example.org"}), "redirects"),
    (httpx.Response(302, headers={"Location": f"{JKU}/2"}), "redirects"),
    (httpx.Response(404), "status 404"),
    (httpx.Response(204), "status 204"),
    (httpx.Response(200, content=b"<html>"), "is not JSON"),
    (httpx.Response(200, content=b"\xff"), "is not JSON"),
    (httpx.Response(200, content=b"[" * 50_000), "is nested too deep"),
    (httpx.Response(200, content=b'{"keys":[],"keys":[]}'), "stands twice"),
    (httpx.Response(200, content=b'{"keys":NaN}'), "a number"),
    (httpx.Response(200, content=b"[]"), "is not a JWK Set"),
    (httpx.Response(200, content=b'{"keys":{}}'), "is not a JWK Set"),
    (httpx.Response(200, content=b" " * 100_001), "more than 100000 bytes"),
    (httpx.Response(200, content=_much()), "more than 100000 bytes"),
    (httpx.Response(200, content=_drip()), "does not answer within 0.2 s"),
    (
        httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"x")),
        "compressed",
    ),
]


@pytest.mark.parametrize(("answer", "says"), ANSWERS, ids=[says for _, says in ANSWERS])
def test_an_answer_that_is_no_key_set_is_none_and_the_log_says_why(
    answers: respx.Route, answer: httpx.Response, says: str
) -> None:
    async def work(sets: KeySets, clock: Clock) -> None:
        answers.mock(return_value=answer)
        with pytest.raises(Unavailable):
            await names(sets)
        assert answers.call_count == 1

    with capture_logs() as logs:
        run(work, seconds=0.2 if "0.2 s" in says else 60)
    (line,) = logs
    assert says in line["why"]
    assert line["address"] == JKU


def test_a_redirect_is_never_followed() -> None:
    with respx.mock(assert_all_called=False) as router:
        router.get(JKU).respond(302, headers={"Location": "http://169.254.169.254/"})
        inside = router.get("http://169.254.169.254/").respond(content=key_set())

        async def work(sets: KeySets, clock: Clock) -> None:
            with pytest.raises(Unavailable):
                await names(sets)

        run(work)
        assert not inside.called


def test_nothing_listens_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/keys?secret=MARKER"

        async def work(sets: KeySets, clock: Clock) -> None:
            with pytest.raises(Unavailable):
                await sets.keys(url)

        with capture_logs() as logs:
            run(work, httpx.AsyncHTTPTransport())
    (line,) = logs
    assert line["why"] == "refuses the connection: nothing listens there"
    assert "MARKER" not in str(line)


def test_what_is_on_its_way_is_given_up_at_the_end() -> None:
    arrived = asyncio.Event()

    async def never(_request: httpx.Request) -> httpx.Response:
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def work(sets: KeySets, clock: Clock) -> None:
        call: asyncio.Task[Any] = asyncio.create_task(sets.keys(JKU))
        await arrived.wait()
        await sets.close()
        await settled()
        assert call.done()

    run(work, httpx.MockTransport(never), seconds=60)
