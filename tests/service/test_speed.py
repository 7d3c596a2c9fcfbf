"""What the judgement costs, beside what merely receiving and decoding the same body costs."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message

from knowledge.chart.fhir import Resource
from service.app import create_app
from service.judging import load_engine
from service.settings import read_settings
from tests.service.fakes import bundle, condition, hook_request

SERVICE = "/cds-services/back-numbness-patient-view"
OBSERVATIONS = 1000
SIZE = 1200
ROUNDS = 80
AT_MOST = {"plain": 3, "mixed": 5, "vital": 14}
"""The issue of speed will ask for more."""


class Received(msgspec.Struct):
    prefetch: dict[str, Resource]


PLAIN = (("2345-7", "Glucose", "mg/dL", 80),)
"""What no finding asks."""
MIXED = (
    *(("2345-7", "Glucose", "mg/dL", 80), ("718-7", "Hemoglobin", "g/dL", 13)),
    *(("2823-3", "Potassium", "mmol/L", 4), ("8462-4", "Diastolic pressure", "mm[Hg]", 70)),
    *(("2160-0", "Creatinine", "mg/dL", 1), ("8302-2", "Body height", "cm", 160)),
    *(("2951-2", "Sodium", "mmol/L", 130), ("2075-0", "Chloride", "mmol/L", 100)),
    *(("8310-5", "Body temperature", "Cel", 36), ("4548-4", "Hemoglobin A1c", "%", 6)),
)
"""One in five is a measurement that a finding asks for."""
VITAL = (
    *(("8867-4", "Heart rate", "/min", 60), ("8480-6", "Systolic pressure", "mm[Hg]", 110)),
    *(("9279-1", "Respiratory rate", "/min", 12), ("8310-5", "Body temperature", "Cel", 36)),
)
"""Nothing but what findings ask for: the worst that a ward's chart can be."""


def observation(number: int, kinds: Sequence[tuple[str, str, str, float]]) -> dict[str, Any]:
    """A result, as an EHR writes it, of 1.2 kB."""
    loinc, name, unit, value = kinds[number % len(kinds)]
    code = {"system": "http://loinc.org", "code": loinc, "display": f"{name} [Measured]"}
    laboratory = {
        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
        "code": "laboratory",
        "display": "Laboratory",
    }
    resource = {
        "resourceType": "Observation",
        "id": f"o{number}",
        "meta": {"versionId": "1", "lastUpdated": "2026-10-01T08:00:00.000+00:00"},
        "status": "final",
        "category": [{"coding": [laboratory]}],
        "code": {"coding": [code], "text": name},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": f"2026-{number % 9 + 1:02}-{number % 27 + 1:02}T08:00:00+00:00",
        "valueQuantity": {
            "value": value + number % 3,
            "unit": unit,
            "system": "http://unitsofmeasure.org",
            "code": unit,
        },
        "text": {"status": "generated", "div": ""},
    }
    padding = SIZE - len(json.dumps(resource, separators=(",", ":")))
    return resource | {"text": {"status": "generated", "div": "x" * padding}}


def body_of(kinds: Sequence[tuple[str, str, str, float]]) -> bytes:
    results = bundle(*(observation(number, kinds) for number in range(OBSERVATIONS)))
    prefetch = {"conditions": bundle(condition()), "observations": results}
    return msgspec.json.encode(hook_request(prefetch))


def floor() -> FastAPI:
    """FastAPI that receives a body, decodes it by msgspec, and does nothing else."""
    app = FastAPI(openapi_url=None)
    decoder = msgspec.json.Decoder(Received)

    async def receive(request: Request) -> Response:
        decoder.decode(await request.body())
        return Response(b'{"cards":[]}', media_type="application/json")

    app.add_route(SERVICE, receive, methods=["POST"])
    return app


async def call(app: ASGIApp, body: bytes, path: str = SERVICE) -> float:
    """Seconds for one call, in chunks as a socket gives them."""
    step = 64 * 1024
    chunks: Iterator[bytes] = (body[at : at + step] for at in range(0, len(body), step))
    total = -(-len(body) // step)
    sent = 0
    status = 0

    async def receive() -> Message:
        nonlocal sent
        if sent == total:
            await asyncio.Event().wait()  # the client waits for its answer
        sent += 1
        return {"type": "http.request", "body": next(chunks), "more_body": sent < total}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    started = perf_counter()
    await app(scope, receive, send)
    took = perf_counter() - started
    assert status == 200
    return took


async def side_by_side(ours: ASGIApp, bare: ASGIApp, body: bytes) -> tuple[float, float]:
    """The least of interleaved calls, after a few to warm up: noise only ever adds."""
    pairs = [(await call(ours, body), await call(bare, body)) for _ in range(ROUNDS)]
    warm = pairs[3:]
    return min(pair[0] for pair in warm), min(pair[1] for pair in warm)


@pytest.mark.parametrize(("name", "kinds"), [("plain", PLAIN), ("mixed", MIXED), ("vital", VITAL)])
def test_a_thousand_observations_cost_few_times_their_decoding(
    name: str, kinds: Sequence[tuple[str, str, str, float]]
) -> None:
    body = body_of(kinds)
    settings = read_settings(_env_file=None)
    ours = create_app(settings, load_engine(settings.public_url))
    gc.collect()
    gc.freeze()
    try:
        took, least = asyncio.run(side_by_side(ours, floor(), body))
    finally:
        gc.unfreeze()
    assert took <= AT_MOST[name] * least, f"{took * 1000:.1f} ms against {least * 1000:.1f} ms"
