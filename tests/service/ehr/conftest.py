from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpx
import pytest

from service.ehr.client import new_client, trust
from tests.service.ehr.fhir_server import FhirServer, running


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def trusted() -> ssl.SSLContext:
    """What is trusted, read once: it takes longer than most tests."""
    return trust()


@pytest.fixture
async def fhir() -> AsyncIterator[FhirServer]:
    async with running() as server:
        yield server


@pytest.fixture
async def client(
    trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr("service.ehr.client.trust", lambda: trusted)
    async with new_client() as found:
        yield found
