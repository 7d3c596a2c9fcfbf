from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from service.ehr.client import new_client
from tests.service.ehr.fhir_server import FhirServer, running


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def fhir() -> AsyncIterator[FhirServer]:
    async with running() as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with new_client() as found:
        yield found
