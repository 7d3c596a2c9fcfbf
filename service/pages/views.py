"""The addresses `/criteria` and `/criteria/{id}`: one content, as a page or as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from anyio import to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from knowledge.explaining.account import Explainer
from knowledge.explaining.attributes import load_attributes
from knowledge.library import Library
from service.errors import refuse, response_to
from service.pages.accept import Form, wanted

if TYPE_CHECKING:
    from service.pages.render import Pages

LIST = "/criteria"
CHANGES = "/criteria/changelog.txt"
ONE = "/criteria/{criterion}"

NO_FORM = "format is json or html."
NO_CRITERION = "There is no such criterion; GET /criteria lists them all."


@dataclass(frozen=True, slots=True)
class Body:
    """An answer that does not change while the process lives."""

    content: bytes
    tag: str
    media_type: str


class Views:
    """What is known, answered. Each answer is made when it is first asked for, and kept."""

    def __init__(self, library: Library, base_url: str) -> None:
        self._explainer = Explainer(library, base_url)
        self._attributes = load_attributes()
        self._changelog = self._explainer.changelog.encode()
        self._kept: dict[tuple[str, Form], Body] = {}

    @cached_property
    def _pages(self) -> Pages:
        from service.pages.render import Pages  # the templates' engine, which no start waits for

        return Pages(self._explainer.library.version, self._attributes)

    @cached_property
    def _headers(self) -> dict[str, str]:
        return {
            "Vary": "Accept",
            "Cache-Control": "no-cache",
            "Content-Security-Policy": self._pages.policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }

    def add_to(self, app: FastAPI) -> None:
        """Answer at these addresses."""
        app.add_route(LIST, self.overview, methods=["GET"])
        app.add_route(f"{LIST}/", self.moved, methods=["GET"])
        app.add_route(CHANGES, self.changes, methods=["GET"])
        app.add_route(ONE, self.criterion, methods=["GET"])

    async def overview(self, request: Request) -> Response:
        """All criteria, a line each."""
        form = wanted(request)
        if form is None:
            return self._refused(HTTPStatus.BAD_REQUEST, NO_FORM)
        return await self._answer(request, "", form, lambda: self._list(form))

    async def criterion(self, request: Request) -> Response:
        """One criterion, whole."""
        form, name = wanted(request), request.path_params["criterion"]
        if form is None:
            return self._refused(HTTPStatus.BAD_REQUEST, NO_FORM)
        if name not in self._explainer.library.criteria:
            return self._missing(name, form)
        return await self._answer(request, name, form, lambda: self._one(name, form))

    async def changes(self, request: Request) -> Response:
        """What changed in the knowledge, as it is written down."""
        body = Body(self._changelog, _tag(self._changelog), "text/plain")
        return self._told(request, body)

    async def moved(self, request: Request) -> Response:
        """The list with a slash behind it: its relative links would lead astray."""
        query = f"?{request.url.query}" if request.url.query else ""
        headers = {**self._headers, "Location": f"../criteria{query}"}
        return Response(status_code=HTTPStatus.PERMANENT_REDIRECT, headers=headers)

    def _list(self, form: Form) -> bytes:
        criteria = self._explainer.overview()
        if form is Form.HTML:
            return self._pages.overview(criteria).encode()
        version = self._explainer.library.version
        return msgspec.json.encode({"knowledgeVersion": version, "criteria": criteria})

    def _one(self, name: str, form: Form) -> bytes:
        account = self._explainer.account(name)
        if form is Form.HTML:
            return self._pages.criterion(account).encode()
        return msgspec.json.encode(account)

    async def _answer(
        self, request: Request, name: str, form: Form, make: Callable[[], bytes]
    ) -> Response:
        body = self._kept.get((name, form))
        if body is None:
            content = await to_thread.run_sync(make)
            body = self._kept[name, form] = Body(content, _tag(content), form.media_type)
        return self._told(request, body)

    def _told(self, request: Request, body: Body) -> Response:
        """The answer, or that the client has it already; to HEAD its length alone."""
        headers = {**self._headers, "ETag": body.tag}
        if _known(request, body.tag):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        if request.method != "HEAD":
            return Response(body.content, HTTPStatus.OK, headers, body.media_type)
        headers["Content-Length"] = str(len(body.content))
        return Response(b"", HTTPStatus.OK, headers, body.media_type)

    def _missing(self, name: str, form: Form) -> Response:
        status = HTTPStatus.NOT_FOUND
        if form is Form.JSON:
            return self._refused(status, NO_CRITERION)
        page = self._pages.missing(name).encode()
        return Response(page, status, self._headers, form.media_type)

    def _refused(self, status: HTTPStatus, text: str) -> Response:
        return response_to(refuse(status, text, headers=self._headers))


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()}"'


def _known(request: Request, tag: str) -> bool:
    """Whether the client has this very content already."""
    given = request.headers.get("if-none-match", "")
    tags = {one.strip().removeprefix("W/") for one in given.split(",")}
    return tag in tags or "*" in tags
