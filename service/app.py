"""The HTTP service: discovery, the hooks, the explanation, feedback, the criteria, health."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service import logs
from service.calls import JSON, Calls, Way
from service.cors import cors_options
from service.discovery import SERVICES, discovery
from service.door import Door
from service.engine import Engine
from service.errors import TEXTS, Problem, answer_http_error, let_go, refuse, response_to
from service.insights.wiring import insights_of
from service.judging import LibraryEngine
from service.metrics import CALLS
from service.openapi import PATH, openapi_endpoint
from service.pages.views import Views
from service.parts import Clock, Parts
from service.probes import add_probes
from service.settings import Settings
from service.trust.nonces import RememberedNonces

CACHED = "max-age=3600"
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    settings: Settings,
    engine: Engine,
    clock: Clock | None = None,
    seen: RememberedNonces | None = None,
) -> FastAPI:
    """The service, ready to be served; `settings` decide who may call and how much may come.

    `clock` gives the time in a time zone; `seen` are the tokens that this process has seen.

    Raises:
        BadSettings: what a setting names cannot be used, as the clients file.
    """
    parts = Parts.of(settings, engine, clock, seen)
    app = FastAPI(
        title="backflag",
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(parts),
        exception_handlers={HTTPException: answer_http_error},
    )
    answer = _discovery(parts.door, closed=settings.discovery == "closed")
    for path in ("/cds-services", "/cds-services/"):
        app.add_route(path, answer, methods=["GET"])
    for service, hook in SERVICES.items():
        for explains in (False, True):
            way = Way(service, hook, explains)
            app.add_route(way.path, Calls(parts.work, parts.door, way).answer, methods=["POST"])
        told = parts.feedback(service)
        app.add_route(told.path, told.answer, methods=["POST"])
    app.state.health = parts.health
    add_probes(app, parts, engine)
    app.add_route(PATH, openapi_endpoint(settings.public_url), methods=["GET"])
    if isinstance(engine, LibraryEngine):
        Views(engine.library, settings.public_url).add_to(app)
    if settings.shows_insights:
        insights_of(parts, engine).add_to(app)
    trusting = settings.authentication == "off"
    app.add_middleware(Failures)
    app.add_middleware(CORSMiddleware, **cors_options(settings.origins, trusting))
    app.add_middleware(Prefix, root_path=settings.root_path)
    return app


class Prefix:
    """The path prefix behind a proxy, whether the proxy strips it or not."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self.app = app
        self.root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the router what to leave out of the path."""
        if self.root_path and scope["type"] == "http":
            scope = {**scope, "root_path": self.root_path}
        await self.app(scope, receive, send)


class Failures:
    """Whatever fails unforeseen is a 500 without a trace, inside CORS, so that browsers see it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer what was raised, unless an answer had begun."""
        begun = False

        async def watch(message: Any) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            _log_failure(error)
            let_go(error)
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            CALLS.labels("unforeseen", int(status)).inc()
            await response_to(refuse(status, TEXTS[status]))(scope, receive, send)


def _lifespan(parts: Parts) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        """What was loaded stays for good: the collector need not look at it again."""
        gc.freeze()
        gc.enable()
        parts.records.start()
        yield
        gc.unfreeze()
        await parts.close()

    return lifespan


def _discovery(door: Door, closed: bool) -> Endpoint:
    body, tag = discovery()
    headers = {"ETag": tag, "Cache-Control": f"{'private' if closed else 'public'}, {CACHED}"}

    async def answer(request: Request) -> Response:
        try:
            if closed:
                await door.admit(request, ("/cds-services",))
        except Problem as problem:
            structlog.get_logger().info("discovery refused", why=problem.why)
            return response_to(problem)
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(body, media_type=JSON, headers=headers)

    return answer


def _log_failure(error: Exception) -> None:
    structlog.get_logger().error("failure", exception=type(error).__name__, where=logs.where(error))
