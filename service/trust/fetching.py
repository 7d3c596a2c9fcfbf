"""One look-up of a key set: bounded in time and size, and what went wrong in plain words."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from http import HTTPStatus
from socket import gaierror

import httpx

from service.ehr.addresses import Forbidden
from service.trust.client import LARGEST_SET
from service.trust.keys import KeySet, read_key_set

SECONDS = 2.0
"""The longest a look-up may take, all told."""

HEADERS = {
    "Accept": "application/jwk-set+json, application/json",
    "Accept-Encoding": "identity",
}

NO_ADDRESS = "no address"
"""What the guarded connection says where a name has none."""


class Unavailable(Exception):
    """A key set that could not be had; says why, without anything that was answered."""


async def fetch(http: httpx.AsyncClient, url: str, seconds: float = SECONDS) -> KeySet:
    """The key set at a URL.

    Raises:
        Unavailable: there is none, or not in time.
    """
    try:
        async with asyncio.timeout(seconds):
            content = await _content(http, url)
    except TimeoutError:
        why = f"does not answer within {seconds:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
        why = _in_words(error)
    else:
        return _read(content)
    raise Unavailable(why)


def _read(content: bytes) -> KeySet:
    try:
        return read_key_set(content)
    except ValueError as error:
        why = f"answers with something that {error}"
    raise Unavailable(why)


async def _content(http: httpx.AsyncClient, url: str) -> bytes:
    request = http.stream("GET", url, headers=HEADERS, follow_redirects=False)
    async with request as response:
        _ensure_usual(response)
        found = bytearray()
        async for part in response.aiter_bytes():
            found += part
            if len(found) > LARGEST_SET:
                raise Unavailable(f"answers with more than {LARGEST_SET} bytes")
        return bytes(found)


def _ensure_usual(response: httpx.Response) -> None:
    if response.is_redirect:
        raise Unavailable("redirects to another address: write down where the keys really are")
    if response.status_code != HTTPStatus.OK:
        raise Unavailable(f"answers with status {response.status_code}")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unavailable("answers in compressed form, which was not asked for")


def _in_words(error: Exception) -> str:
    """The innermost cause that says something to an administrator."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"has a certificate that is not trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "does not speak TLS as it should"
        if isinstance(cause, gaierror) or str(cause) == NO_ADDRESS:
            return "has a host name that is not known here"
        if isinstance(cause, ConnectionRefusedError):
            return "refuses the connection: nothing listens there"
        if isinstance(cause, Forbidden):
            return "has a host name that leads to an address that is never called"
    kind = "cannot be reached" if isinstance(error, httpx.TransportError) else "cannot be asked"
    return f"{kind} ({type(error).__name__})"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _causes(one)
        error = error.__cause__ or error.__context__
