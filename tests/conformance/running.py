"""The running service with its real knowledge, its clock standing still, and an EHR beside it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn

from service.app import create_app
from service.judging import LibraryEngine
from service.protocol import BoundedHead
from service.settings import Settings, read_settings
from tests.conformance.checking import checked

Json = dict[str, Any]

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
"""When the example patients are judged."""


@dataclass(frozen=True)
class Service:
    """A running service; each answer that is taken from it is checked."""

    http: httpx.Client
    settings: Settings

    def discovery(self, **headers: str) -> Any:
        """The body of the discovery document."""
        answer = self.http.get("/cds-services", headers=headers)
        return checked(answer, "services")

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """The answer as it came."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} | headers
        return self.http.post(path, content=content, headers=given)

    def call(self, request: Json, **headers: str) -> tuple[int, Any]:
        """Status and checked body of a call of the service that answers the request's hook."""
        path = f"/cds-services/back-numbness-{request['hook']}"
        return self.call_at(path, request, **headers)

    def call_at(self, path: str, request: Any, **headers: str) -> tuple[int, Any]:
        """The same at an address."""
        answer = self.post(path, request, **headers)
        return answer.status_code, checked(answer, "response", request)

    def cards(self, request: Json, **headers: str) -> list[Json]:
        """The cards of a call that has to succeed."""
        status, body = self.call(request, **headers)
        assert status == HTTPStatus.OK, body
        found: list[Json] = body["cards"]
        return found

    def tell(self, feedback: Any, hook: str = "patient-view", **headers: str) -> tuple[int, Any]:
        """Status and checked body of feedback."""
        path = f"/cds-services/back-numbness-{hook}/feedback"
        answer = self.post(path, feedback, **headers)
        return answer.status_code, checked(answer, "nothing")


@contextmanager
def serving(engine: LibraryEngine, **given: Any) -> Iterator[Service]:
    """The service with some settings, until it is no longer needed."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        defaults = {"database_url": "sqlite://", "deadline_ms": 20_000, "port": port}
        settings: Settings = read_settings(_env_file=None, **(defaults | given))
        app = create_app(settings, engine, _stands_still)
        config = uvicorn.Config(app, log_config=None, access_log=False, http=BoundedHead)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
                yield Service(http, settings)
        finally:
            server.should_exit = True
            thread.join()


def _stands_still(zone: tzinfo) -> datetime:
    return AT.astimezone(zone)


@dataclass(frozen=True)
class Asked:
    """A request that an EHR's FHIR server has seen."""

    method: str
    what: str
    query: dict[str, list[str]]
    authorization: str | None


@dataclass
class Ehr:
    """An EHR's FHIR server that answers from a prefetch, and wants a token.

    `status` is what it answers instead; `hangs`, it does not answer before the end; `then` are the
    pages that a link leads to, by name.
    """

    prefetch: Json
    token: str
    status: int | None = None
    hangs: bool = False
    then: Json = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def answer(self, asked: Asked) -> tuple[int, Json]:
        """Status and body."""
        self.asked.append(asked)
        if self.hangs:
            self.over.wait()
        if asked.authorization != f"Bearer {self.token}":
            return HTTPStatus.UNAUTHORIZED, {}
        if self.status:
            return self.status, {}
        kind, _, name = asked.what.partition("/")
        if name in self.then:
            return HTTPStatus.OK, self.then[name]
        empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
        found = (one for key, one in self.prefetch.items() if KINDS[key] == kind)
        return HTTPStatus.OK, next(found, None) or empty


KINDS = {
    "patient": "Patient",
    "conditions": "Condition",
    "observations": "Observation",
    "serviceRequests": "ServiceRequest",
    "procedures": "Procedure",
    "diagnosticReports": "DiagnosticReport",
    "medications": "MedicationRequest",
    "encounters": "Encounter",
    "devices": "Device",
}
"""Prefetch key -> the type that is asked for."""


@contextmanager
def an_ehr(prefetch: Json, token: str, **more: Any) -> Iterator[Ehr]:
    """Its FHIR server, running."""
    ehr = Ehr(prefetch, token, **more)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answering, ehr))
    ehr.url = f"http://127.0.0.1:{server.server_address[1]}/fhir"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield ehr
    finally:
        ehr.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Answering(BaseHTTPRequestHandler):
    def __init__(self, ehr: Ehr, *args: Any) -> None:
        self.ehr = ehr
        super().__init__(*args)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        what = url.path.removeprefix("/fhir/")
        bearer = self.headers["Authorization"]
        status, value = self.ehr.answer(Asked("GET", what, parse_qs(url.query), bearer))
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass
