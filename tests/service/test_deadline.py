"""A FHIR server that is slow, breaks off or never ends, behind a call to the running service."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import pytest

from tests.service.ehr.fhir_server import Answer, Asked, FhirServer, page, resource, running, says
from tests.service.ehr.test_misbehaviour import (
    Writer,
    after_ten_seconds,
    drip,
    endless_body,
    half_a_head,
    half_an_answer,
    reset,
    reset_in_the_body,
)
from tests.service.fakes import bundle, condition, hook_request
from tests.service.test_serving import SERVICE, Server

DEADLINE = 1.0
LEEWAY = 0.1
SADDLE = condition(
    code={"coding": [{"system": "http://snomed.info/sct", "code": "449813001"}]},
    clinicalStatus={"coding": [{"code": "active"}]},
)


def two_hundred_pages(fhir: FhirServer) -> Answer:
    async def answer(asked: Asked, writer: Writer) -> None:
        number = int(asked.query.get("page", ["1"])[0])
        link = f"{fhir.base}/{asked.path}?page={number + 1}" if number < 200 else None
        await asyncio.sleep(0.02)
        await says(page(resource(asked.path, f"x{number}"), next_link=link))(asked, writer)

    return answer


def with_a_saddle_on_the_third_page(fhir: FhirServer) -> Answer:
    async def answer(asked: Asked, writer: Writer) -> None:
        number = int(asked.query.get("page", ["1"])[0])
        if number > 3:
            await asyncio.sleep(10)
        one = SADDLE if number == 3 else resource("Condition", f"x{number}")
        link = f"{fhir.base}/Condition?page={number + 1}"
        await says(page(one, next_link=link))(asked, writer)

    return answer


@contextmanager
def ehr() -> Iterator[FhirServer]:
    """The FHIR server with a thread and a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    context = running()
    server = asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def service() -> Iterator[Server]:
    settings = {"BACKFLAG_DEADLINE_MS": str(int(DEADLINE * 1000))}
    server = Server(1, settings)
    server.start()
    server.call(SERVICE, json.dumps(hook_request()).encode())
    yield server
    server.stop()


def asked(service: Server, fhir: FhirServer, prefetch: Any) -> tuple[int, Any]:
    """The answer, which has to come in time."""
    access = {"access_token": "t", "token_type": "Bearer"}
    body = hook_request(prefetch, fhirServer=fhir.base, fhirAuthorization=access)
    content = json.dumps(body).encode()
    began = perf_counter()
    answer = service.call(SERVICE, content)
    assert perf_counter() - began < DEADLINE + LEEWAY
    return answer


MISBEHAVING: dict[str, tuple[Callable[[FhirServer], Answer], str]] = {
    "answers after ten seconds": (lambda fhir: after_ten_seconds, "timeout"),
    "drips": (lambda fhir: drip, "timeout"),
    "half a head": (lambda fhir: half_a_head, "timeout"),
    "half an answer": (lambda fhir: half_an_answer, "unreadable"),
    "resets": (lambda fhir: reset, "unreachable"),
    "resets in the body": (lambda fhir: reset_in_the_body, "unreadable"),
    "never ends": (lambda fhir: endless_body, "too-much"),
    "two hundred pages": (two_hundred_pages, "too-much|timeout"),
}


@pytest.mark.parametrize("how", MISBEHAVING)
def test_what_could_not_be_had_is_412_in_time(service: Server, how: str) -> None:
    make, why = MISBEHAVING[how]
    with ehr() as fhir:
        fhir.answers["Observation"] = make(fhir)
        status, answer = asked(service, fhir, {"conditions": bundle(condition())})
    assert status == 412, answer
    (issue,) = answer["issue"]
    assert issue["expression"] == ["prefetch.observations"]
    assert issue["details"]["text"] in why.split("|")
    assert "Observation?patient={{context.patientId}}" in issue["diagnostics"]


@pytest.mark.parametrize("how", MISBEHAVING)
def test_an_emergency_that_was_sent_is_said_in_time(service: Server, how: str) -> None:
    make, _ = MISBEHAVING[how]
    with ehr() as fhir:
        fhir.answers["Observation"] = make(fhir)
        status, answer = asked(service, fhir, {"conditions": bundle(SADDLE)})
    assert status == 200, answer
    card = answer["cards"][0]
    assert card["indicator"] == "critical"
    assert "incomplete" in card["detail"].lower()
    assert "observations" in card["detail"].lower()


def test_an_emergency_on_a_page_that_came_in_time_is_said(service: Server) -> None:
    with ehr() as fhir:
        fhir.answers["Condition"] = with_a_saddle_on_the_third_page(fhir)
        status, answer = asked(service, fhir, {})
    assert status == 200, answer
    assert answer["cards"][0]["indicator"] == "critical"
    assert "conditions" in answer["cards"][0]["detail"].lower()


@pytest.mark.parametrize("how", MISBEHAVING)
def test_an_optional_list_that_cannot_be_had_costs_no_412(service: Server, how: str) -> None:
    make, _ = MISBEHAVING[how]
    with ehr() as fhir:
        fhir.answers["Procedure"] = make(fhir)
        status, answer = asked(service, fhir, {})
    assert (status, answer) == (200, {"cards": []})
