"""The one HTTP client of a process for asking FHIR servers."""

from __future__ import annotations

import logging
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy

import certifi
import httpcore
import httpx

from service.ehr.addresses import GuardedBackend, Resolve, resolve

CONNECTIONS = 1000
"""All calls of a process with all their lists at a time: one slow server keeps no other waiting."""

KEPT = 100
"""Connections that are kept open without work."""

KEPT_SECONDS = 60.0
"""For how long: about as long as common servers and proxies keep theirs."""

HEADERS = {"Accept": "application/fhir+json", "Accept-Encoding": "gzip", "User-Agent": "backflag"}


def new_client(resolver: Resolve = resolve) -> httpx.AsyncClient:
    """A client that keeps connections and nothing else: no cookies, no redirects, no proxies.

    It has no time limit of its own, since every call has its deadline. Close it at the end.
    """
    quieten()
    return httpx.AsyncClient(
        transport=Transport(resolver),
        headers=HEADERS,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        timeout=None,
        trust_env=False,
    )


def quieten() -> None:
    """Keep the libraries from logging addresses, which hold patients' ids."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


class Transport(httpx.AsyncHTTPTransport):
    """httpx's own, with connections that lead only to judged addresses."""

    def __init__(self, resolver: Resolve = resolve) -> None:
        trusted = trust()
        super().__init__(verify=trusted, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted,
            max_connections=CONNECTIONS,
            max_keepalive_connections=KEPT,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=GuardedBackend(resolver),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, without where it points: the client would at least parse it."""
        response = await super().handle_async_request(request)
        response.headers.pop("location", None)
        return response


def trust() -> ssl.SSLContext:
    """The machine's certificates, where hospitals put their own authority, and the public ones."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
