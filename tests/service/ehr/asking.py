"""Calls that lack something, as a test completes them."""

from __future__ import annotations

from typing import Any

import anyio
import httpx

from knowledge.chart.decode import read_values
from service.discovery import PREFETCH
from service.ehr.completion import Completed, Completion
from service.hooks import HookRequest
from service.supplied import types_supplied
from tests.service.fakes import bundle, raw

TOKEN = "TOKEN-that-nobody-may-see"
PATIENT = "p1"
SIZE = 1000 * 1000
RESOURCES = 1000


def all_but(*keys: str, **more: Any) -> dict[str, Any]:
    """A prefetch with an empty list under every key but some, and what is given."""
    sent = {key: bundle() for key in PREFETCH if key not in keys}
    if "patient" in sent:
        sent["patient"] = {"resourceType": "Patient", "id": PATIENT}
    return sent | more


async def complete(
    client: httpx.AsyncClient,
    server: str,
    prefetch: dict[str, Any],
    *,
    seconds: float = 5,
    patient_id: str = PATIENT,
    token: str | None = TOKEN,
    size: int = SIZE,
    resources: int = RESOURCES,
) -> Completed:
    values = {key: raw(value) for key, value in prefetch.items()}
    decoded = read_values(values)
    request = HookRequest(
        patient_id, values, supplied=types_supplied(decoded), fhir_server=server, token=token
    )
    until = anyio.current_time() + seconds
    return await Completion(client, size, resources).complete(request, decoded, server, until)


def whys(found: Completed) -> dict[str, str]:
    return {gap.key: gap.why for gap in found.gaps}


def ids(found: Completed) -> list[str]:
    """What the chart holds, without its Patient."""
    resources = (entry.resource for entry in found.decoded.entries)
    return [str(one.id) for one in resources if one.resource_type not in NO_LIST]


NO_LIST = ("Patient", "OperationOutcome")
