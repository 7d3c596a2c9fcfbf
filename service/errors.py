"""What goes wrong, said as a FHIR OperationOutcome: never a trace, never a patient's data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from service.metrics import REFUSED

CODES = {
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.UNAUTHORIZED: "login",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "not-supported",
    HTTPStatus.REQUEST_TIMEOUT: "timeout",
    HTTPStatus.PRECONDITION_FAILED: "required",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-long",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "not-supported",
    HTTPStatus.UNPROCESSABLE_ENTITY: "structure",
    HTTPStatus.INTERNAL_SERVER_ERROR: "exception",
    HTTPStatus.SERVICE_UNAVAILABLE: "transient",
}
"""HTTP status -> code of http://hl7.org/fhir/issue-type."""

TEXTS = {
    HTTPStatus.UNAUTHORIZED: "The call is not authorised.",
    HTTPStatus.NOT_FOUND: "Nothing is at this address; GET /cds-services lists the services.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The service failed; nothing can be said of this patient.",
}


_PLACE = re.compile(r"[A-Za-z.]{1,100}(?:\[\d*\][A-Za-z.]{0,100}){0,3}")


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: what, and where in the request (a FHIRPath-like place).

    `why` is the class of the reason, for programs.
    """

    text: str
    where: str | None = None
    why: str | None = None


class Problem(Exception):
    """A request that gets no answer, with the HTTP status and what is wrong, free of patient data.

    `str` gives all issues in one line. `headers` go with the answer; `why` goes to the log.
    """

    def __init__(
        self,
        status: HTTPStatus,
        *issues: Issue,
        headers: Mapping[str, str] | None = None,
        why: str | None = None,
    ) -> None:
        super().__init__("; ".join(issue.text for issue in issues))
        self.status = status
        self.issues = issues
        self.headers = headers
        self.why = why or status.phrase.lower().replace(" ", "-")

    @property
    def places(self) -> list[str]:
        """Where it is wrong, for the log: names of fields, and never a key of the client's own."""
        return [one.where for one in self.issues if one.where and _PLACE.fullmatch(one.where)]

    @property
    def outcome(self) -> dict[str, Any]:
        """The OperationOutcome (R4) of this problem."""
        return {
            "resourceType": "OperationOutcome",
            "issue": [_issue(self.status, issue) for issue in self.issues],
        }


def refuse(
    status: HTTPStatus,
    text: str,
    where: str | None = None,
    headers: Mapping[str, str] | None = None,
    why: str | None = None,
) -> Problem:
    """A problem with a single issue, to be raised."""
    return Problem(status, Issue(text, where), headers=headers, why=why)


def unauthorised(why: str) -> Problem:
    """A caller who is not trusted is told nothing; `why` is for the operator's log."""
    text, headers = TEXTS[HTTPStatus.UNAUTHORIZED], {"WWW-Authenticate": "Bearer"}
    return refuse(HTTPStatus.UNAUTHORIZED, text, headers=headers, why=why)


def busy(text: str, why: str) -> Problem:
    """Not now: the caller may come again in a second."""
    headers = {"Retry-After": "1"}
    return refuse(HTTPStatus.SERVICE_UNAVAILABLE, text, headers=headers, why=why)


def response_to(problem: Problem) -> Response:
    """The HTTP answer that tells of a problem."""
    return Response(
        msgspec.json.encode(problem.outcome),
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/fhir+json",
    )


def let_go(error: BaseException) -> None:
    """Forget where an error was raised: the frames there hold the body, and it them in a circle.

    With a seldom collector, refused bodies would pile up.
    """
    error.__traceback__ = error.__context__ = error.__cause__ = None


async def answer_http_error(_request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such address, wrong method) as OperationOutcome."""
    status = HTTPStatus(getattr(error, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR))
    problem = refuse(status, TEXTS.get(status, status.phrase), headers=error_headers(error))
    structlog.get_logger().info("refused", status=status, why=problem.why)
    REFUSED.labels(problem.why).inc()
    return response_to(problem)


def error_headers(error: Exception) -> Mapping[str, str] | None:
    """What goes with Starlette's own refusal, as the methods that are allowed."""
    found: Mapping[str, str] | None = getattr(error, "headers", None)
    return found


def _issue(status: HTTPStatus, issue: Issue) -> dict[str, Any]:
    found: dict[str, Any] = {
        "severity": "fatal" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "error",
        "code": CODES.get(status, "processing"),
        "diagnostics": issue.text,
    }
    if issue.why:
        found["details"] = {"text": issue.why}
    if issue.where:
        found["expression"] = [issue.where]
    return found
