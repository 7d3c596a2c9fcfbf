"""Taking a request's body in: JSON by its content type, and no larger than the site allows."""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request

from service.errors import refuse

_JSON = re.compile(r"application/(?:[\w.-]+\+)?json", re.IGNORECASE)


async def read_body(request: Request, limit: int) -> bytes:
    """The body's bytes.

    Raises:
        Problem: 415 for what is not JSON by its content type or is compressed, 413 for more than
            `limit` bytes, 400 for a body that breaks off.
    """
    _check_type(request)
    if int(request.headers.get("content-length") or 0) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                chunks.clear()
                raise _too_large(limit)
            chunks.append(chunk)
    except ClientDisconnect:
        raise refuse(HTTPStatus.BAD_REQUEST, "The body broke off.") from None
    return b"".join(chunks)


def _check_type(request: Request) -> None:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if not _JSON.fullmatch(kind):
        text = "The body has to be JSON: send Content-Type: application/json."
        raise refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        text = "Compressed bodies are not taken: send it without Content-Encoding."
        raise refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text)


def _too_large(limit: int) -> Exception:
    text = f"The body is larger than the {limit} bytes that BACKFLAG_MAX_BODY_MB allows."
    return refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
