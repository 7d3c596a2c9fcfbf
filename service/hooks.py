"""The envelope of a CDS Hooks call: what is checked before anything is read from the chart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec

from knowledge.chart.decode import NotJson, split_request
from service.errors import Problem, refuse

HOOK = "patient-view"

_ID = re.compile(r"[\w.:~+=-]{1,1000}")
"""What may name a patient: wider than FHIR's ids, without blanks, slashes and broken letters."""


class Context(msgspec.Struct, rename="camel", frozen=True):
    """The hook's context; fields that the service does not need are tolerated unread."""

    patient_id: str
    encounter_id: str | None = None


class Envelope(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """The request but for its prefetch."""

    hook: str
    hook_instance: str
    context: Context
    fhir_server: str | None = None
    fhir_authorization: dict[str, Any] | None = None


class Request(Envelope, rename="camel", frozen=True, kw_only=True):
    """The request as it came; a prefetch value stays JSON until the chart is read."""

    prefetch: dict[str, msgspec.Raw] | None = None


class LooseRequest(Envelope, rename="camel", frozen=True, kw_only=True):
    """The same, where a resource is not quite JSON and so was parsed in another way."""

    prefetch: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class HookRequest:
    """What an engine judges: whose chart, and what was sent (JSON bytes or parsed values).

    `supplied`: the resource types whose list is known to be whole, None to find out from the
    prefetch. `hook_instance` is empty where a file was given. `drafts` is the Bundle of draft
    orders and `selections` the references of those just chosen, for the hooks that have them.
    `token` opens the FHIR server for this call alone; it is never shown.
    """

    patient_id: str
    prefetch: Mapping[str, Any]
    supplied: frozenset[str] | None = None
    encounter_id: str | None = None
    hook_instance: str = ""
    hook: str = HOOK
    drafts: Any = None
    selections: tuple[str, ...] = ()
    fhir_server: str | None = None
    token: str | None = field(default=None, repr=False)


_DECODER = msgspec.json.Decoder(Request)


def read_request(body: bytes, hook: str = HOOK) -> HookRequest:
    """The call, checked.

    Raises:
        Problem: 400, with the place that is wrong.
    """
    envelope = _decode(body)
    _check(envelope, hook)
    return HookRequest(
        patient_id=_bare("Patient/", envelope.context.patient_id),
        prefetch=envelope.prefetch or {},
        encounter_id=_bare("Encounter/", envelope.context.encounter_id or "") or None,
        hook_instance=envelope.hook_instance,
    )


def _decode(body: bytes) -> Request | LooseRequest:
    try:
        return _DECODER.decode(body)
    except msgspec.ValidationError as error:
        problem = _misshapen(str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_loosely(body)
    raise problem


def _decode_loosely(body: bytes) -> LooseRequest:
    """A body of which a resource is broken JSON (a lone surrogate, NaN) still has an envelope."""
    try:
        parts = split_request(body)
        prefetch = {} if parts.prefetch is None else {"prefetch": parts.prefetch}
        return msgspec.convert(parts.envelope | prefetch, LooseRequest)
    except msgspec.ValidationError as error:
        problem = _misshapen(str(error))
    except NotJson as error:
        problem = refuse(HTTPStatus.BAD_REQUEST, f"The body is {error}.")
    raise problem


def _misshapen(message: str) -> Problem:
    """From msgspec's message, which holds names and types, never values."""
    text, _, path = message.partition(" - at `")
    where = re.sub(r"^\$\.?", "", path.rstrip("`"))
    missing = re.fullmatch(r"Object missing required field `(\w+)`", text)
    if missing:
        where = f"{where}.{missing[1]}".lstrip(".")
        return refuse(HTTPStatus.BAD_REQUEST, f"{where} is missing.", where)
    return refuse(HTTPStatus.BAD_REQUEST, f"{where or 'The body'}: {text}.", where or None)


def _check(envelope: Envelope, hook: str) -> None:
    if envelope.hook != hook:
        raise refuse(HTTPStatus.BAD_REQUEST, f"This service answers the hook {hook}.", "hook")
    if not envelope.hook_instance:
        raise refuse(HTTPStatus.BAD_REQUEST, "hookInstance is empty.", "hookInstance")
    if not _bare("Patient/", envelope.context.patient_id):
        raise refuse(HTTPStatus.BAD_REQUEST, "context.patientId is empty.", "context.patientId")
    if not _ID.fullmatch(_bare("Patient/", envelope.context.patient_id)):
        raise refuse(HTTPStatus.BAD_REQUEST, "context.patientId is no id.", "context.patientId")
    if envelope.fhir_authorization and not envelope.fhir_server:
        text = "fhirAuthorization without fhirServer."
        raise refuse(HTTPStatus.BAD_REQUEST, text, "fhirServer")


def _bare(kind: str, reference: str) -> str:
    return reference.strip().removeprefix(kind)
