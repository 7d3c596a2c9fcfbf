"""Taking a request's body in: JSON by its content type, in time, and no larger than allowed."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus

import anyio
from starlette.requests import ClientDisconnect, Request

from service.errors import Problem, refuse

_JSON = re.compile(r"application/(?:[\w.-]+\+)?json", re.IGNORECASE)
_GZIP = zlib.MAX_WBITS + 16
"""zlib's word for "with a gzip header"."""

_DRAINED = 10
"""A body that says it is up to so many times too large is let run out, so that its sender reads
why it was refused; the connection of a larger one is closed."""

_FILES = 1000
"""Gzip files that may follow each other as one body: empty ones never make it too large."""

CLOSE = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a body may be: `size` in bytes, also when expanded; `seconds` for all of it to come.

    `setting` is what moves the size, if anything does.
    """

    size: int
    seconds: float
    setting: str | None = "BACKFLAG_MAX_BODY_MB"


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body's bytes, expanded where they came compressed.

    Raises:
        Problem: 415 for what is not JSON by its content type or compressed otherwise than by
            gzip, 413 for too large, 408 for too slow, 400 for a body that breaks off.
    """
    expand = _expansion(request, limits)
    _check_type(request)
    announced = _announced(request)
    if announced > limits.size:
        raise _too_large(limits, announced)
    body = bytearray()
    with anyio.move_on_after(limits.seconds) as time:
        async for chunk in _chunks(request):
            body += expand(chunk)
            if len(body) > limits.size:
                raise _too_large(limits)
    if time.cancelled_caught:
        text = f"The body had not arrived after {limits.seconds:g} seconds."
        raise refuse(HTTPStatus.REQUEST_TIMEOUT, text, headers=CLOSE)
    if isinstance(expand, Expansion):
        expand.ensure_whole()
    return bytes(body)


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise refuse(HTTPStatus.BAD_REQUEST, "The body broke off.") from None


class Expansion:
    """A gzip body, expanded as it comes and never beyond what is allowed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.size
        self._files = 1
        self._inflate = zlib.decompressobj(_GZIP)

    def __call__(self, chunk: bytes) -> bytes:
        """What a chunk stands for.

        Raises:
            Problem: 413 where it becomes too large, 400 where it is not gzip.
        """
        found = bytearray()
        while chunk:
            if self._inflate.eof:  # gzip files may follow each other
                self._follow()
            try:
                found += self._inflate.decompress(chunk, self._left - len(found) + 1)
            except zlib.error:
                raise _not_gzip() from None
            if len(found) > self._left:
                raise _too_large(self._limits)
            chunk = self._inflate.unused_data
        self._left -= len(found)
        return bytes(found)

    def _follow(self) -> None:
        self._files += 1
        if self._files > _FILES:
            raise _not_gzip()
        self._inflate = zlib.decompressobj(_GZIP)

    def ensure_whole(self) -> None:
        """Refuse what broke off.

        Raises:
            Problem: 400.
        """
        if not self._inflate.eof:
            raise _not_gzip()


def _expansion(request: Request, limits: Limits) -> Expansion | type[bytes]:
    encoding = ", ".join(request.headers.getlist("content-encoding")).strip().lower()
    if encoding in ("gzip", "x-gzip"):
        return Expansion(limits)
    if encoding in ("identity", ""):
        return bytes
    text = "Of compressed bodies only those with Content-Encoding: gzip are taken."
    headers = {"Accept-Encoding": "gzip"}
    raise refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text, headers=headers)


def _check_type(request: Request) -> None:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if not _JSON.fullmatch(kind):
        text = "The body has to be JSON: send Content-Type: application/json."
        raise refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text)


def _announced(request: Request) -> int:
    try:
        return int(request.headers.get("content-length") or 0)
    except ValueError:
        raise refuse(HTTPStatus.BAD_REQUEST, "Content-Length is not a number.") from None


def _not_gzip() -> Problem:
    return refuse(HTTPStatus.BAD_REQUEST, "The body is not what gzip makes, or it broke off.")


def _too_large(limits: Limits, announced: int = 0) -> Problem:
    setting = f" ({limits.setting})" if limits.setting else ""
    text = f"The body is larger than the {limits.size} bytes that are allowed{setting}."
    short = 0 < announced <= _DRAINED * limits.size
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return refuse(status, text, headers=None if short else CLOSE)
