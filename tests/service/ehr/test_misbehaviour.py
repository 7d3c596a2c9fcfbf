"""A server that is slow, breaks off, never ends or points elsewhere, on a real socket."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import httpx
import pytest

from service.discovery import PREFETCH
from service.ehr.client import new_client
from service.ehr.gaps import (
    BUSY,
    CUT_OFF,
    MOVED,
    NOT_ALLOWED,
    TIMEOUT,
    TOO_MUCH,
    UNREACHABLE,
    UNREADABLE,
)
from tests.service.ehr.asking import all_but, complete, ids, whys
from tests.service.ehr.fhir_server import (
    Answer,
    Asked,
    FhirServer,
    encoded,
    head,
    in_turn,
    page,
    resource,
    running,
    says,
)

pytestmark = pytest.mark.anyio
Client = httpx.AsyncClient
Writer = asyncio.StreamWriter

DEADLINE = 0.3
LEEWAY = 0.1
C1 = page(resource("Condition", "c1"))
ALL_LATE = dict.fromkeys(PREFETCH, TIMEOUT)


@contextmanager
def within(seconds: float = DEADLINE + LEEWAY) -> Iterator[None]:
    started = perf_counter()
    yield
    assert perf_counter() - started < seconds


async def after_ten_seconds(asked: Asked, writer: Writer) -> None:
    await asyncio.sleep(10)
    await says(C1)(asked, writer)


async def drip(_asked: Asked, writer: Writer) -> None:
    """A head, and then a byte at a time for ever."""
    writer.write(head(200, "Transfer-Encoding: chunked"))
    while not writer.is_closing():
        writer.write(b"1\r\n \r\n")
        await writer.drain()
        await asyncio.sleep(0.001)


async def half_a_head(_asked: Asked, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    await writer.drain()
    await asyncio.sleep(10)


async def reset(_asked: Asked, writer: Writer) -> None:
    writer.transport.abort()


async def reset_in_the_body(_asked: Asked, writer: Writer) -> None:
    writer.write(head(200, "Content-Length: 1000") + b'{"resourceType"')
    await writer.drain()
    await asyncio.sleep(0.02)
    writer.transport.abort()


async def half_an_answer(_asked: Asked, writer: Writer) -> None:
    content = encoded(C1)
    writer.write(head(200, f"Content-Length: {2 * len(content)}") + content)
    writer.close()


async def half_a_chunk(_asked: Asked, writer: Writer) -> None:
    writer.write(head(200, "Transfer-Encoding: chunked") + b"fff\r\n{")
    writer.close()


async def hangs_up(_asked: Asked, writer: Writer) -> None:
    writer.close()


async def no_http(_asked: Asked, writer: Writer) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
    writer.close()


async def endless_body(_asked: Asked, writer: Writer) -> None:
    writer.write(head(200, "Transfer-Encoding: chunked"))
    while not writer.is_closing():
        writer.write(b"ffff\r\n" + b" " * 0xFFFF + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize("answer", [after_ten_seconds, drip, half_a_head])
async def test_a_slow_server_is_given_up_at_the_deadline(
    fhir: FhirServer, client: Client, answer: Answer
) -> None:
    fhir.answers = dict.fromkeys(
        [query.partition("?")[0].partition("/")[0] for query in PREFETCH.values()], answer
    )
    with within():
        found = await complete(client, fhir.base, {}, seconds=DEADLINE)
    assert whys(found) == ALL_LATE
    assert not found.prefetch
    assert not found.supplied


async def test_what_came_in_time_is_kept(fhir: FhirServer, client: Client) -> None:
    fhir.answers["Observation"] = after_ten_seconds
    fhir.answers["Condition"] = in_turn(
        says(page(resource("Condition", "c1"), next_link=f"{fhir.base}/Condition?page=2")),
        after_ten_seconds,
    )
    with within():
        found = await complete(client, fhir.base, {}, seconds=DEADLINE)
    assert whys(found) == {"conditions": TIMEOUT, "observations": TIMEOUT}
    assert ids(found) == ["c1"]
    assert "Procedure" in found.supplied
    assert "Condition" not in found.supplied


async def test_no_connection_is_left_hanging_after_a_deadline(
    fhir: FhirServer, client: Client
) -> None:
    fhir.answers["Condition"] = in_turn(drip, says(C1))
    for _ in range(2):
        found = await complete(client, fhir.base, all_but("conditions"), seconds=DEADLINE)
    assert not found.gaps
    assert fhir.connections == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (reset, UNREACHABLE),
        (reset_in_the_body, UNREADABLE),
        (hangs_up, UNREACHABLE),
        (no_http, UNREACHABLE),
        (half_an_answer, UNREADABLE),
        (half_a_chunk, UNREADABLE),
        (endless_body, TOO_MUCH),
        (says(b""), UNREADABLE),
        (says(b"<html>Please log in</html>"), UNREADABLE),
        (says(encoded(C1)[:-5]), UNREADABLE),
        (says(b"", 301, "Location: https://elsewhere.example/fhir/Condition"), MOVED),
        (says(b"", 302, "Location: /fhir/Condition?patient=p1"), MOVED),
        (says(b"", 307, "Location: http://169.254.169.254/latest/meta-data"), MOVED),
        (says(b"", 308, "Location: http://[::1"), MOVED),
        (says(b"", 304), MOVED),
        (says(gzip.compress(b" " * 10**8), 200, "Content-Encoding: gzip"), TOO_MUCH),
        (says(gzip.compress(encoded(C1))[:-9], 200, "Content-Encoding: gzip"), UNREADABLE),
        (says(encoded(C1), 200, "Content-Encoding: gzip"), UNREADABLE),
        (says(encoded(C1), 200, "Content-Encoding: br"), UNREADABLE),
        (says(b" " * 10**6 + encoded(C1)), TOO_MUCH),
        (says(b"[" * 10**5), UNREADABLE),
    ],
    ids=[
        "reset",
        "reset in the body",
        "hangs up",
        "no http",
        "half an answer",
        "half a chunk",
        "endless",
        "nothing",
        "html",
        "half of JSON",
        "moved for good",
        "moved on the same server",
        "moved to metadata",
        "moved to nowhere",
        "not modified",
        "gzip bomb",
        "half of gzip",
        "no gzip",
        "brotli",
        "large",
        "deep",
    ],
)
async def test_a_broken_answer_has_its_class_in_time(
    fhir: FhirServer, client: Client, answer: Answer, why: str
) -> None:
    fhir.answers["Condition"] = answer
    with within():
        found = await complete(client, fhir.base, all_but("conditions"), seconds=DEADLINE)
    assert whys(found) == {"conditions": why}
    assert "Condition" not in found.supplied
    assert {one.path for one in fhir.asked} == {"Condition"}


async def test_a_gzip_answer_is_expanded(fhir: FhirServer, client: Client) -> None:
    content = encoded(C1)
    twice = gzip.compress(content[:20]) + gzip.compress(content[20:])
    fhir.answers["Condition"] = says(twice, 200, "Content-Encoding: gzip")
    found = await complete(client, fhir.base, all_but("conditions"))
    assert ids(found) == ["c1"]
    assert fhir.asked[0].headers["accept-encoding"] == "gzip"


async def test_a_gzip_bomb_does_not_fill_the_memory(fhir: FhirServer, client: Client) -> None:
    bomb = gzip.compress(b" " * 10**8)
    fhir.answers["Condition"] = says(bomb, 200, "Content-Encoding: gzip")
    tracemalloc.start()
    await complete(client, fhir.base, all_but("conditions"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10**7


async def test_two_hundred_pages_end_at_the_deadline(fhir: FhirServer, client: Client) -> None:
    async def slowly(asked: Asked, writer: Writer) -> None:
        number = int(asked.query.get("page", ["1"])[0])
        link = f"{fhir.base}/Condition?page={number + 1}" if number < 200 else None
        await asyncio.sleep(0.005)
        body = page(resource("Condition", f"c{number}"), next_link=link)
        await says(body)(asked, writer)

    fhir.answers["Condition"] = slowly
    with within():
        found = await complete(client, fhir.base, all_but("conditions"), seconds=DEADLINE)
    assert whys(found) == {"conditions": TIMEOUT}
    assert len(ids(found)) > 2
    assert len(fhir.asked) < 200


async def test_bytes_are_counted_over_all_lists(fhir: FhirServer, client: Client) -> None:
    large = says(b" " * 400_000 + encoded(page()))
    fhir.answers = {"Condition": large, "Observation": large, "Procedure": large}
    found = await complete(client, fhir.base, {})
    assert list(whys(found).values()) == [TOO_MUCH]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_once_more(
    fhir: FhirServer, client: Client, status: int
) -> None:
    fhir.answers["Condition"] = in_turn(says(b"", status), says(C1))
    found = await complete(client, fhir.base, all_but("conditions"))
    assert not found.gaps
    fhir.answers["Condition"] = says(b"", status)
    fhir.asked.clear()
    found = await complete(client, fhir.base, all_but("conditions"))
    assert whys(found) == {"conditions": BUSY}
    assert len(fhir.asked) == 2


SUN = "Sun, 01 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("lines", "times"),
    [
        (("Retry-After: 0",), 2),
        (("Retry-After: 7",), 1),
        ((f"Date: {SUN}", f"Retry-After: {SUN}"), 2),
        ((f"Date: {SUN}", f"Retry-After: {SUN.replace('09:00', '09:01')}"), 1),
        (("Retry-After: soon",), 2),
        (("Retry-After: " + "9" * 400,), 1),
    ],
)
async def test_retry_after_is_honoured_where_it_fits(
    fhir: FhirServer, client: Client, lines: tuple[str, ...], times: int
) -> None:
    fhir.answers["Condition"] = says(b"", 503, *lines)
    with within():
        found = await complete(client, fhir.base, all_but("conditions"), seconds=DEADLINE)
    assert whys(found) == {"conditions": BUSY}
    assert len(fhir.asked) == times


async def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing(
    fhir: FhirServer, client: Client
) -> None:
    fhir.answers["Condition"] = in_turn(says(C1), hangs_up, says(C1))
    for _ in range(2):
        found = await complete(client, fhir.base, all_but("conditions"))
    assert ids(found) == ["c1"]
    assert len(fhir.asked) == 3


async def test_a_server_that_is_not_there_is_unreachable(client: Client) -> None:
    async with running() as gone:
        base = gone.base
    with within():
        found = await complete(client, base, {}, seconds=DEADLINE)
    assert set(whys(found).values()) == {UNREACHABLE}


async def test_a_name_that_leads_to_this_machine_is_not_allowed(fhir: FhirServer) -> None:
    async def rebound(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    base = f"https://ehr.example.org:{fhir.port}/fhir"
    async with new_client(rebound) as client:
        found = await complete(client, base, all_but("conditions"), seconds=DEADLINE)
    assert whys(found) == {"conditions": NOT_ALLOWED}
    assert not fhir.connections


async def test_a_name_server_that_hangs_is_given_up() -> None:
    async def hangs(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(10)
        return []

    async with new_client(hangs) as client:
        with within():
            found = await complete(client, "https://ehr.example.org/fhir", {}, seconds=DEADLINE)
    assert whys(found) == ALL_LATE


async def test_a_next_page_on_another_server_never_sees_the_token(
    fhir: FhirServer, client: Client
) -> None:
    async with running() as other:
        link = f"{other.base}/Condition?page=2"
        fhir.answers["Condition"] = says(page(resource("Condition", "c1"), next_link=link))
        fhir.answers["Device"] = says(b"", 302, f"Location: {other.base}/Device")
        found = await complete(client, fhir.base, all_but("conditions", "devices"))
        assert whys(found) == {"conditions": CUT_OFF, "devices": MOVED}
        assert not other.connections
