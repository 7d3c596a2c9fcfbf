"""What the platform asks: whether it lives, is ready, its figures. No token, and no patient."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from anyio import to_thread
from fastapi import FastAPI
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from knowledge import failing
from service.engine import Engine
from service.health import Health
from service.judging import LibraryEngine
from service.metrics import KnowledgeInUse, begin, exposition
from service.parts import Parts
from service.records.site_version import site_version
from service.settings import figures_directory

JSON = "application/json"
FRESH = {"Cache-Control": "no-store"}
BESIDE = (
    failing.READING,
    failing.ANCHOR,
    failing.SCREEN,
    failing.CAUTIONS,
    failing.CARDS,
    failing.QUIETING,
)
"""What may break beside criteria."""

Endpoint = Callable[[Request], Awaitable[Response]]


def add_probes(app: FastAPI, parts: Parts, engine: Engine) -> None:
    """Answer at their addresses; `/metrics` only where it is on."""
    settings = parts.settings
    ready = {"status": "ready", "knowledgeVersion": engine.knowledge_version, "mode": settings.mode}
    app.add_route("/livez", _alive, methods=["GET"])
    app.add_route("/readyz", _ready(ready, parts.health), methods=["GET"])
    if settings.metrics == "off":
        return
    begin([*engine.library.criteria, *BESIDE] if isinstance(engine, LibraryEngine) else ())
    site = site_version(settings.site_dir)
    judges = KnowledgeInUse(engine.knowledge_version, site, settings.mode)
    also = (*parts.records.gauges, judges, parts.health)
    app.add_route("/metrics", _figures(also), methods=["GET"])


async def _alive(_request: Request) -> Response:
    return _said({"status": "alive"})


def _ready(facts: dict[str, Any], health: Health) -> Endpoint:
    async def answer(_request: Request) -> Response:
        """200 whatever is not well: cards come all the same."""
        degraded = await to_thread.run_sync(health.degraded)
        return _said({**facts, "degraded": degraded})

    return answer


def _figures(also: Sequence[Collector]) -> Endpoint:
    async def answer(_request: Request) -> Response:
        body, kind = await to_thread.run_sync(exposition, figures_directory(), also)
        return Response(body, headers={"Content-Type": kind, **FRESH})

    return answer


def _said(facts: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(facts), media_type=JSON, headers=FRESH)
