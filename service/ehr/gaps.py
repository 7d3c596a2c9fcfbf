"""What is still missing of a chart, and why: the documented classes of reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NOT_SUPPLIED: Final = "not-supplied"
NOT_ALLOWED: Final = "not-allowed"
REFUSED: Final = "refused"
BUSY: Final = "busy"
FAILED: Final = "failed"
TIMEOUT: Final = "timeout"
UNREACHABLE: Final = "unreachable"
UNREADABLE: Final = "unreadable"
MOVED: Final = "moved"
TOO_MUCH: Final = "too-much"
CUT_OFF: Final = "cut-off"

REASONS: Final = {
    NOT_SUPPLIED: "it was not sent, and no FHIR server with a token was named to ask",
    NOT_ALLOWED: "the FHIR server is not one that may be asked, or its name leads elsewhere",
    REFUSED: "the FHIR server does not let this token read it (401, 403)",
    BUSY: "the FHIR server had no time, asked twice (429, 503)",
    FAILED: "the FHIR server answered with another error (4xx, 5xx)",
    TIMEOUT: "the deadline of the call came first",
    UNREACHABLE: "no connection, one that broke before an answer, or a wrong certificate",
    UNREADABLE: "what came was no search result or patient, told of an error, or broke off",
    MOVED: "the FHIR server pointed elsewhere, where nothing is asked (3xx)",
    TOO_MUCH: "more pages, resources or bytes than one call may take",
    CUT_OFF: "a page named a next one that is not on the FHIR server, or was there before",
}
"""Every class of reason, with what it means."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A list that could not be had in whole.

    `key` is its prefetch key, `query` the template of the discovery document (never with the
    patient's id), `why` one of `REASONS`.
    """

    key: str
    query: str
    why: str
