"""What a client tells of its cards, as the specification, the sandbox and Epic send it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Literal

import msgspec

from service.envelope import Unclear, check_envelope
from service.errors import Problem, refuse

MOST = 1000
"""Entries of one report, and characters of an id or a code."""

LONGEST = 10 * 1000
"""Characters of a comment that are kept."""


class Reason(msgspec.Struct, frozen=True):
    """A Coding: why a card was set aside."""

    code: str | None = None
    system: str | None = None
    display: str | None = None


class OverrideReason(msgspec.Struct, rename="camel", frozen=True):
    """Why a card was set aside, in the client's list and in the clinician's words."""

    reason: Reason | None = None
    user_comment: str | None = None


class Accepted(msgspec.Struct, frozen=True):
    """A suggestion that was taken."""

    id: str


class Entry(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """One card's outcome; Epic says `overrideReasons`, and not always a list."""

    card: str
    outcome: Literal["accepted", "overridden"]
    outcome_timestamp: str
    accepted_suggestions: list[Accepted] | None = None
    override_reason: OverrideReason | list[OverrideReason] | None = None
    override_reasons: OverrideReason | list[OverrideReason] | None = None


class Report(msgspec.Struct, frozen=True):
    """The body of a feedback call."""

    feedback: list[Entry]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one card; `at` is a moment in UTC, ISO 8601."""

    card: str
    outcome: str
    at: str
    suggestions: tuple[str, ...] = ()
    reason_code: str | None = None
    reason_system: str | None = None
    reason_display: str | None = None
    comment: str | None = None


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")
_DECODER = msgspec.json.Decoder(Report)


def read_feedback(body: bytes) -> list[Told]:
    """What was told, checked; one wrong entry and nothing is taken.

    Raises:
        Problem: 400, with the place that is wrong.
    """
    try:
        report = _DECODER.decode(body)
        check_envelope(body, ())
    except msgspec.ValidationError as error:
        problem = _misshapen(str(error))
    except Unclear as error:
        problem = refuse(HTTPStatus.BAD_REQUEST, str(error))
    except (msgspec.DecodeError, ValueError, RecursionError):
        problem = refuse(HTTPStatus.BAD_REQUEST, "The body is not JSON.")
    else:
        if len(report.feedback) > MOST:
            text = f"More than {MOST} entries in one report."
            raise refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text, "feedback")
        return [_told(entry, f"feedback[{place}]") for place, entry in enumerate(report.feedback)]
    raise problem


def _told(entry: Entry, where: str) -> Told:
    if not (_clean(entry.card, MOST) or "").strip():
        raise _bad(f"{where}.card", "is empty")
    if entry.outcome == "accepted" and not entry.accepted_suggestions:
        raise _bad(f"{where}.acceptedSuggestions", "is missing for a card that was accepted")
    reasons = [*_listed(entry.override_reason), *_listed(entry.override_reasons)]
    coding = next((one.reason for one in reasons if one.reason), None) or Reason()
    comments = [one.user_comment for one in reasons if one.user_comment]
    return Told(
        card=_kept(entry.card, f"{where}.card") or "",
        outcome=entry.outcome,
        at=_moment(entry.outcome_timestamp, f"{where}.outcomeTimestamp"),
        suggestions=_taken(entry.accepted_suggestions or [], f"{where}.acceptedSuggestions"),
        reason_code=_kept(coding.code, f"{where}.overrideReason.reason.code"),
        reason_system=_kept(coding.system, f"{where}.overrideReason.reason.system"),
        reason_display=_kept(coding.display, f"{where}.overrideReason.reason.display"),
        comment=_clean("\n".join(comments) or None, LONGEST),
    )


def _taken(accepted: list[Accepted], where: str) -> tuple[str, ...]:
    if len(accepted) > MOST:
        raise _bad(where, f"has more than {MOST} entries")
    found = tuple(_kept(one.id, f"{where}[{place}].id") for place, one in enumerate(accepted))
    if not all(found):
        raise _bad(f"{where}[{found.index('')}].id", "is empty")
    return tuple(filter(None, found))


def _listed(told: OverrideReason | list[OverrideReason] | None) -> list[OverrideReason]:
    if told is None:
        return []
    return told if isinstance(told, list) else [told]


def _moment(text: str, where: str) -> str:
    """In UTC to the millisecond; without a zone it is taken as UTC."""
    try:
        found = datetime.fromisoformat(text.strip() if _MOMENT.match(text.strip()) else "")
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        problem = _bad(where, "is not a moment such as 2026-10-31T09:00:00Z")
    else:
        return found.isoformat(timespec="milliseconds")
    raise problem


def _kept(text: str | None, where: str) -> str | None:
    if text is not None and len(text) > MOST:
        raise _bad(where, f"has more than {MOST} characters")
    return _clean(text, MOST)


def _clean(text: str | None, longest: int) -> str | None:
    """Without what a database cannot hold."""
    return text.replace("\x00", "")[:longest] if text is not None else None


def _misshapen(message: str) -> Problem:
    """From msgspec's message, which holds names and types, never values."""
    text, _, path = message.partition(" - at `")
    where = re.sub(r"^\$\.?", "", path.rstrip("`"))
    missing = re.fullmatch(r"Object missing required field `(\w+)`", text)
    if missing:
        where, text = f"{where}.{missing[1]}".lstrip("."), "is missing"
    if text.startswith("Invalid enum value"):
        text = "neither accepted nor overridden"
    return refuse(HTTPStatus.BAD_REQUEST, f"{where or 'The body'}: {text}.", where or None)


def _bad(where: str, what: str) -> Problem:
    return refuse(HTTPStatus.BAD_REQUEST, f"{where} {what}.", where)
