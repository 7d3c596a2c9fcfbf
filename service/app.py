"""The HTTP service: discovery, the hook, the explanation, the criteria, health."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, tzinfo
from http import HTTPStatus
from time import perf_counter
from typing import Any

import msgspec
import structlog
from anyio import to_thread
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service import logs
from service.body import read_body
from service.cors import cors_options
from service.discovery import SERVICE_ID, discovery
from service.engine import Engine, Judgement
from service.errors import TEXTS, Problem, answer_http_error, let_go, refuse, response_to
from service.hooks import HOOK, read_request
from service.judging import LibraryEngine
from service.pages.views import Views
from service.settings import Settings

JSON = "application/json"
CACHED = "public, max-age=3600"
Clock = Callable[[tzinfo], datetime]
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(settings: Settings, engine: Engine, clock: Clock = datetime.now) -> FastAPI:
    """The service, ready to be served; `settings` decide who may call and how much may come.

    `clock` gives the time in a time zone.
    """
    app = FastAPI(
        title="backflag",
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        exception_handlers={HTTPException: answer_http_error},
    )
    for path in ("/cds-services", "/cds-services/"):
        app.add_route(path, _discovery(), methods=["GET"])
    hook, why = _Calls(settings, engine, clock, False), _Calls(settings, engine, clock, True)
    app.add_route(f"/cds-services/{SERVICE_ID}", hook.answer, methods=["POST"])
    app.add_route(f"/explain/{SERVICE_ID}", why.answer, methods=["POST"])
    app.add_route("/livez", _says({"status": "alive"}), methods=["GET"])
    ready = {"status": "ready", "knowledgeVersion": engine.knowledge_version}
    app.add_route("/readyz", _says(ready), methods=["GET"])
    if isinstance(engine, LibraryEngine):
        Views(engine.library, settings.public_url).add_to(app)
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
            await response_to(refuse(status, TEXTS[status]))(scope, receive, send)


class _Calls:
    """One way of asking about a patient: the hook's cards, or the whole evaluation."""

    def __init__(self, settings: Settings, engine: Engine, clock: Clock, explains: bool) -> None:
        self.limit = settings.max_body
        self.zone = settings.zone
        self.engine = engine
        self.clock = clock
        self.explains = explains

    async def answer(self, request: Request) -> Response:
        """The judgement as JSON, or what is wrong with the request."""
        started = perf_counter()
        notes: dict[str, Any] = {"answer": "explain" if self.explains else "hook", "hook": HOOK}
        try:
            response = await self._judged(request, notes)
        except Problem as problem:
            response = response_to(problem)
            let_go(problem)
        took = round((perf_counter() - started) * 1000, 2)
        structlog.get_logger().info("call", status=response.status_code, duration_ms=took, **notes)
        return response

    async def _judged(self, request: Request, notes: dict[str, Any]) -> Response:
        call = read_request(await read_body(request, self.limit))
        notes["hook_instance"] = logs.instance_id(call.hook_instance)
        now = self.clock(self.zone)
        judgement = await to_thread.run_sync(self.engine.judge, call, now)
        notes.update(judgement.counts)
        return Response(self._body(judgement), media_type=JSON)

    def _body(self, judgement: Judgement) -> bytes:
        return judgement.explanation if self.explains else judgement.body


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """What was loaded stays for good: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def _discovery() -> Endpoint:
    body, tag = discovery()
    headers = {"ETag": tag, "Cache-Control": CACHED}

    async def answer(request: Request) -> Response:
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(body, media_type=JSON, headers=headers)

    return answer


def _says(fact: dict[str, str]) -> Endpoint:
    body = msgspec.json.encode(fact)

    async def answer(_request: Request) -> Response:
        return Response(body, media_type=JSON, headers={"Cache-Control": "no-store"})

    return answer


def _log_failure(error: Exception) -> None:
    structlog.get_logger().error("failure", exception=type(error).__name__, where=logs.where(error))
