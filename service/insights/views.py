"""The address `/insights`: the figures as a page or as CSV, for who may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from http import HTTPStatus
from time import perf_counter

import structlog
from anyio import CapacityLimiter, move_on_after, to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from service.insights.figures import Figures
from service.insights.gathering import gather
from service.insights.login import Entry, Login
from service.insights.page import InsightPages
from service.insights.period import BadPeriod, Period, asked
from service.insights.sheet import Sheet
from service.insights.tables import as_csv
from service.metrics import CALLS, STORE_FAILURES
from service.store.store import Store, StoreDown

ADDRESS = "/insights"
WAIT = 10
"""Seconds that a reader waits for the database."""

YES = "yes"


class Form(StrEnum):
    """For people, or for a spreadsheet."""

    HTML = "html"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the figures come from. `clock` gives the time in a time zone."""

    store: Store
    clock: Callable[[tzinfo], datetime]
    zone: tzinfo


class Insights:
    """What is shown of the records. One reader's queries at a time: none takes a call's place."""

    def __init__(self, desk: Desk, pages: InsightPages, login: Login) -> None:
        self.desk = desk
        self.pages = pages
        self.login = login
        self.thread = CapacityLimiter(1)

    def add_to(self, app: FastAPI) -> None:
        """Answer at these addresses."""
        app.add_route(ADDRESS, self.answer, methods=["GET"])
        app.add_route(f"{ADDRESS}.csv", self.answer, methods=["GET"])

    async def answer(self, request: Request) -> Response:
        """The figures, or why there are none."""
        started = perf_counter()
        response = await self._let_in(request)
        took = round((perf_counter() - started) * 1000, 2)
        CALLS.labels("insights", response.status_code).inc()
        log = structlog.get_logger()
        log.info("call", answer="insights", status=response.status_code, duration_ms=took)
        return response

    async def _let_in(self, request: Request) -> Response:
        entry = await self.login.enter(request.headers.get("authorization"))
        if entry is Entry.LET_IN:
            return await self._answered(request)
        if entry is Entry.TOO_MANY:
            lines = "Too many wrong passwords at a time. Try again in a few seconds."
            return self._notice(HTTPStatus.TOO_MANY_REQUESTS, "Not now", lines)
        lines = "The figures are for those who have their password."
        return self._notice(HTTPStatus.UNAUTHORIZED, "Who are you?", lines)

    async def _answered(self, request: Request) -> Response:
        form = _form(request)
        if form is None:
            lines = "The address asks for a format that there is not: it is html or csv."
            return self._notice(HTTPStatus.BAD_REQUEST, "What do you want to see?", lines)
        now = self.desk.clock(self.desk.zone)
        try:
            period = asked(request.query_params, now.date())
        except BadPeriod as error:
            lines = f"These days cannot be shown: {error}."
            return self._notice(HTTPStatus.BAD_REQUEST, "Which days?", lines)
        figures = await self._figures(period, now)
        if figures is None:
            return self._down()
        return await to_thread.run_sync(self._shown, request, form, figures)

    async def _figures(self, period: Period, now: datetime) -> Figures | None:
        """None: the database does not answer."""
        with move_on_after(WAIT):
            try:
                return await to_thread.run_sync(
                    self._gathered, period, now, abandon_on_cancel=True, limiter=self.thread
                )
            except StoreDown:
                pass
        STORE_FAILURES.labels("insights").inc()
        return None

    def _gathered(self, period: Period, now: datetime) -> Figures:
        reasons = self.pages.names.reasons
        return gather(self.desk.store, period, now, self.desk.zone, reasons)

    def _shown(self, request: Request, form: Form, figures: Figures) -> Response:
        asked_for = request.query_params
        if form is Form.HTML:
            page = self.pages.page(Sheet(figures, masks=asked_for.get("masked") == YES))
            return Response(page, HTTPStatus.OK, self._headers(), "text/html")
        text = as_csv(Sheet(figures, masks=asked_for.get("unmasked") != YES))
        name = f"backflag-{figures.period.since}-{figures.period.until}.csv"
        given = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, HTTPStatus.OK, self._headers() | given, "text/csv")

    def _down(self) -> Response:
        return self._notice(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The records cannot be read now",
            "The database does not answer in time, so nothing can be said of the cards. This says "
            "nothing about how they fare.",
            "The hooks answer without it, and what happens meanwhile is recorded later. Try again "
            "in a minute; for fewer days it may be quicker.",
        )

    def _notice(self, status: HTTPStatus, title: str, *lines: str) -> Response:
        headers = self._headers()
        if status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Basic realm="backflag insights", charset="UTF-8"'
        if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            headers["Retry-After"] = str(WAIT)
        return Response(self.pages.notice(title, *lines), status, headers, "text/html")

    def _headers(self) -> dict[str, str]:
        return {
            "Cache-Control": "no-store",
            "Vary": "Accept, Authorization",
            "Content-Security-Policy": self.pages.policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }


def _form(request: Request) -> Form | None:
    """By the address, by `?format=`, else by what is accepted; people need not ask for pages."""
    if request.url.path.endswith(".csv"):
        return Form.CSV
    name = request.query_params.get("format")
    if name is not None:
        return Form(name) if name in tuple(Form) else None
    accept = request.headers.get("accept", "").lower()
    return Form.CSV if "text/csv" in accept and "text/html" not in accept else Form.HTML
