"""The service's own description: what it takes and answers, as OpenAPI 3.1 (`/openapi.json`)."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from knowledge.explaining.shapes import Account, Summary
from knowledge.safe_yaml import load

PATH = "/openapi.json"
_FILE = "openapi.yaml"
_HIDDEN = "x-"
_SHAPES = "#/components/schemas/Knowledge.{name}"
Json = dict[str, Any]


def openapi_document(base_url: str) -> Json:
    """The document of the service that is reached at `base_url`."""
    document = _read()
    return {**document, "servers": [{"url": base_url}]}


def openapi_endpoint(base_url: str) -> Callable[[Request], Awaitable[Response]]:
    """What answers at `PATH`. The document is made when it is first asked for, and kept."""

    @cache
    def made() -> tuple[bytes, str]:
        body = msgspec.json.encode(openapi_document(base_url))
        return body, f'"{hashlib.sha256(body).hexdigest()}"'

    async def answer(request: Request) -> Response:
        body, tag = await to_thread.run_sync(made)
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    return answer


@cache
def _read() -> Json:
    text = files("service").joinpath(_FILE).read_bytes()
    document: Json = load(text)
    document = {name: part for name, part in document.items() if not name.startswith(_HIDDEN)}
    document["components"]["schemas"] |= _knowledge()
    return document


def _knowledge() -> Json:
    """The shapes of the criteria, which are described once: by the code that makes them."""
    _, found = msgspec.json.schema_components(
        [Account, Summary], schema_hook=_anything, ref_template=_SHAPES
    )
    return {f"Knowledge.{name}": _closed(shape) for name, shape in found.items()}


def _anything(_kind: type) -> Json:
    """A value whose kind the shape leaves open; msgspec takes an empty answer for none."""
    return {"description": "Any value"}


def _closed(shape: Json) -> Json:
    """An object that has no other members than those that are named."""
    return {**shape, "additionalProperties": False} if "properties" in shape else shape
