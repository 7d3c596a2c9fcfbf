"""What goes wrong, said as a FHIR OperationOutcome: never a trace, never a patient's data."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

CODES = {
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "not-supported",
    HTTPStatus.PRECONDITION_FAILED: "required",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-long",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "not-supported",
    HTTPStatus.UNPROCESSABLE_ENTITY: "structure",
    HTTPStatus.INTERNAL_SERVER_ERROR: "exception",
}
"""HTTP status -> code of http://hl7.org/fhir/issue-type."""

TEXTS = {
    HTTPStatus.NOT_FOUND: "Nothing is at this address; GET /cds-services lists the services.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The service failed; nothing can be said of this patient.",
}


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: what, and where in the request (a FHIRPath-like place)."""

    text: str
    where: str | None = None


class Problem(Exception):
    """A request that gets no answer, with the HTTP status and what is wrong, free of patient data.

    `str` gives all issues in one line.
    """

    def __init__(self, status: HTTPStatus, *issues: Issue) -> None:
        super().__init__("; ".join(issue.text for issue in issues))
        self.status = status
        self.issues = issues

    @property
    def outcome(self) -> dict[str, Any]:
        """The OperationOutcome (R4) of this problem."""
        return {
            "resourceType": "OperationOutcome",
            "issue": [_issue(self.status, issue) for issue in self.issues],
        }


def refuse(status: HTTPStatus, text: str, where: str | None = None) -> Problem:
    """A problem with a single issue, to be raised."""
    return Problem(status, Issue(text, where))


def response_to(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """The HTTP answer that tells of a problem."""
    return Response(
        msgspec.json.encode(problem.outcome),
        status_code=problem.status,
        headers=headers,
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
    headers = getattr(error, "headers", None)
    return response_to(refuse(status, TEXTS.get(status, status.phrase)), headers)


def _issue(status: HTTPStatus, issue: Issue) -> dict[str, Any]:
    found: dict[str, Any] = {
        "severity": "fatal" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "error",
        "code": CODES.get(status, "processing"),
        "diagnostics": issue.text,
    }
    if issue.where:
        found["expression"] = [issue.where]
    return found
