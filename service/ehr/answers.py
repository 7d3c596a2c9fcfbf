"""One request to a FHIR server: the body of its answer, or the class of why there is none.

Errors of the HTTP library hold the request with its token and the patient's id. None of them
leaves this module, not even as the context of another.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import anyio
import httpx

from service.ehr.addresses import Forbidden
from service.ehr.gaps import (
    BUSY,
    FAILED,
    MOVED,
    NOT_ALLOWED,
    REFUSED,
    UNREACHABLE,
    UNREADABLE,
)
from service.ehr.intake import Budget, Inflation, Missed, expansion

PAUSE: Final = 1 / 10
"""Seconds until the one repetition, where a server that is busy names none."""

_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_SPLITS: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY}
)
_DROPPED: Final = (httpx.NetworkError, httpx.RemoteProtocolError)


class _Again(Exception):
    """A second try may help, after some seconds."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.why = why
        self.seconds = seconds


def may_be_sent(token: str) -> bool:
    """Whether a token can stand in a header; with line breaks it would write others."""
    return _TOKEN.fullmatch(token) is not None


class Asker:
    """Asks for one call: with its token, within what it may take in, until its deadline."""

    def __init__(
        self, client: httpx.AsyncClient, token: str | None, budget: Budget, until: float
    ) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.budget = budget
        self._until = until

    async def get(self, url: str) -> bytes:
        """The body that is at an address, asked for once more where that may help.

        Raises:
            Missed: there is none.
        """
        try:
            return await self._once(url)
        except _Again as again:
            why, seconds = again.why, again.seconds
        if anyio.current_time() + seconds >= self._until:
            raise Missed(why)
        await anyio.sleep(seconds)
        try:
            return await self._once(url)
        except _Again as again:
            why = again.why
        raise Missed(why)

    async def _once(self, url: str) -> bytes:
        begun = False
        problem: Exception
        try:
            async with self._client.stream("GET", url, headers=self._headers) as response:
                begun = True
                _ensure_answered(response)
                return await self._body(response)
        except (httpx.HTTPError, OSError) as error:  # of TLS, a few come as they are
            problem = _classified(error, begun)
        except httpx.InvalidURL:
            problem = Missed(UNREADABLE)
        raise problem

    async def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        try:
            await self._read(response, body)
        except BaseException:
            self.budget.size += len(body)
            raise
        return bytes(body)

    async def _read(self, response: httpx.Response, body: bytearray) -> None:
        expand = expansion(response.headers.get("content-encoding", ""))
        async for chunk in response.aiter_raw():
            part = expand(chunk, self.budget.size)
            self.budget.take(size=len(part))
            body += part
        if isinstance(expand, Inflation) and not expand.whole:
            raise Missed(UNREADABLE)


def _ensure_answered(response: httpx.Response) -> None:
    status = response.status_code
    if response.is_success:
        return
    if status in _BUSY:
        raise _Again(BUSY, _pause(response.headers))
    if response.is_redirect:
        raise Missed(MOVED)
    raise Missed(REFUSED if status in _REFUSED else FAILED, splits=status in _SPLITS)


def _pause(headers: httpx.Headers) -> float:
    """Retry-After in seconds; a date is counted from the server's own."""
    text = headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        now, then = (parsedate_to_datetime(one) for one in (headers.get("date", ""), text))
        return max((then - now).total_seconds(), 0)
    except (ValueError, TypeError):
        return PAUSE


def _classified(error: Exception, begun: bool) -> Missed | _Again:
    """The class of what broke, before the answer had begun or after."""
    if isinstance(error.__cause__, Forbidden):
        return Missed(NOT_ALLOWED)
    if begun:
        return Missed(UNREADABLE)
    if isinstance(error, httpx.ConnectError) or not isinstance(error, _DROPPED):
        return Missed(UNREACHABLE)
    return _Again(UNREACHABLE, 0)
