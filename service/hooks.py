"""The envelope of a CDS Hooks call: what is checked before anything is read from the chart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec

from knowledge.chart.decode import Decoded, NotJson, load
from knowledge.giving_up import GoOn, simply
from service.envelope import Unclear, check_envelope, split_loosely
from service.errors import Problem, refuse

HOOK = "patient-view"
ORDER_HOOKS = ("order-select", "order-sign")
DISCHARGE = "encounter-discharge"
OPENING = (HOOK, "encounter-start")
"""The hooks of opening a chart, where what was overridden with a lasting reason is not repeated."""

HOOKS = (*OPENING, *ORDER_HOOKS, DISCHARGE)
"""The hooks that are answered; each has a service of its own."""

MOST_KEYS = 1000
"""Of a prefetch; nine are asked for."""

_ID = re.compile(r"[\w.:~+=-]{1,1000}")
"""What may name a patient: wider than FHIR's ids, without blanks, slashes and broken letters."""


class Context(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """The hook's context; fields that the service does not need are tolerated unread."""

    patient_id: str
    encounter_id: str | None = None
    selections: list[str] | None = None
    draft_orders: msgspec.Raw = msgspec.Raw()


class LooseContext(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """The same, its draft orders parsed already."""

    patient_id: str
    encounter_id: str | None = None
    selections: list[str] | None = None
    draft_orders: Any = None


class Authorization(msgspec.Struct, frozen=True):
    """What opens the FHIR server. Scopes are the server's affair and are never read."""

    access_token: str | None = None

    def __repr__(self) -> str:
        return "Authorization()"


class Envelope(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """The request but for its context and its prefetch."""

    hook: str
    hook_instance: str
    fhir_server: str | None = None
    fhir_authorization: Authorization | None = None


class Request(Envelope, rename="camel", frozen=True, kw_only=True):
    """The request as it came; a prefetch value stays JSON until the chart is read."""

    context: Context
    prefetch: dict[str, msgspec.Raw] | None = None


class LooseRequest(Envelope, rename="camel", frozen=True, kw_only=True):
    """The same, where a resource is not quite JSON and so was parsed in another way."""

    context: LooseContext
    prefetch: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class HookRequest:
    """What an engine judges: whose chart, and what was sent (JSON bytes or parsed values).

    `supplied`: the resource types whose list is known to be whole, None to find out from the
    prefetch. `decoded`: the prefetch, where it has been read already. `hook_instance` is empty
    where a file was given. `drafts` is the Bundle of draft orders and `selections` the
    references of those just chosen, for the hooks that have them. `token` opens the FHIR server
    for this call alone; it is never shown.
    """

    patient_id: str
    prefetch: Mapping[str, Any] = field(repr=False)
    supplied: frozenset[str] | None = None
    encounter_id: str | None = None
    hook_instance: str = ""
    hook: str = HOOK
    drafts: Any = field(default=None, repr=False)
    selections: tuple[str, ...] = ()
    fhir_server: str | None = None
    token: str | None = field(default=None, repr=False)
    decoded: Decoded | None = field(default=None, repr=False)


_DECODER = msgspec.json.Decoder(Request)


def read_request(body: bytes, hook: str = HOOK, go_on: GoOn = simply) -> HookRequest:
    """The call, checked. `go_on` is called again and again and may raise `GivenUp`.

    Raises:
        Problem: 400, with the place that is wrong; 413 for more keys than anybody has.
    """
    envelope = _decode(body, go_on)
    _check(envelope, hook)
    context, access = envelope.context, envelope.fhir_authorization
    return HookRequest(
        patient_id=_bare("Patient/", context.patient_id),
        prefetch=envelope.prefetch or {},
        encounter_id=_bare("Encounter/", context.encounter_id or "") or None,
        hook_instance=envelope.hook_instance,
        hook=hook,
        drafts=context.draft_orders,
        selections=tuple(context.selections or ()),
        fhir_server=envelope.fhir_server,
        token=access.access_token if access else None,
    )


def _decode(body: bytes, go_on: GoOn) -> Request | LooseRequest:
    try:
        request = _DECODER.decode(body)
        _ensure_not_too_many(request)
        parts = [*(request.prefetch or {}).values(), request.context.draft_orders]
        check_envelope(body, parts, go_on)
        return request
    except msgspec.ValidationError as error:
        problem = _misshapen(str(error))
    except Unclear as error:
        problem = refuse(HTTPStatus.BAD_REQUEST, str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_loosely(body, go_on)
    raise problem


def _decode_loosely(body: bytes, go_on: GoOn) -> LooseRequest:
    """A body of which a resource is broken JSON (a lone surrogate, NaN) still has an envelope."""
    try:
        request = msgspec.convert(split_loosely(body, go_on), LooseRequest)
        _ensure_not_too_many(request)
        return request
    except msgspec.ValidationError as error:
        problem = _misshapen(str(error))
    except (NotJson, Unclear) as error:
        text = str(error) if isinstance(error, Unclear) else f"The body is {error}."
        problem = refuse(HTTPStatus.BAD_REQUEST, text)
    raise problem


def _ensure_not_too_many(request: Request | LooseRequest) -> None:
    if len(request.prefetch or ()) > MOST_KEYS:
        text = f"More than {MOST_KEYS} prefetch keys were sent."
        raise refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text, "prefetch", why="too-many")


def _misshapen(message: str) -> Problem:
    """From msgspec's message, which holds names and types, never values."""
    text, _, path = message.partition(" - at `")
    where = re.sub(r"^\$\.?", "", path.rstrip("`"))
    missing = re.fullmatch(r"Object missing required field `(\w+)`", text)
    if missing:
        where = f"{where}.{missing[1]}".lstrip(".")
        return refuse(HTTPStatus.BAD_REQUEST, f"{where} is missing.", where)
    return refuse(HTTPStatus.BAD_REQUEST, f"{where or 'The body'}: {text}.", where or None)


def _check(envelope: Request | LooseRequest, hook: str) -> None:
    context = envelope.context
    if envelope.hook != hook:
        raise refuse(HTTPStatus.BAD_REQUEST, f"This service answers the hook {hook}.", "hook")
    if not envelope.hook_instance:
        raise refuse(HTTPStatus.BAD_REQUEST, "hookInstance is empty.", "hookInstance")
    if not _bare("Patient/", context.patient_id):
        raise refuse(HTTPStatus.BAD_REQUEST, "context.patientId is empty.", "context.patientId")
    if not _ID.fullmatch(_bare("Patient/", context.patient_id)):
        raise refuse(HTTPStatus.BAD_REQUEST, "context.patientId is no id.", "context.patientId")
    if envelope.fhir_authorization and not envelope.fhir_server:
        text = "fhirAuthorization without fhirServer."
        raise refuse(HTTPStatus.BAD_REQUEST, text, "fhirServer")
    if hook in ORDER_HOOKS:
        _check_drafts(context.draft_orders)


def _check_drafts(drafts: Any) -> None:
    """No draft because none could be read would look like a draft that is right."""
    where = "context.draftOrders"
    parsed = _drafts_of(drafts, where)
    if parsed in (None, msgspec.Raw()):
        raise refuse(HTTPStatus.BAD_REQUEST, f"{where} is missing.", where)
    entries = parsed.get("entry") or [] if isinstance(parsed, dict) else None
    is_bundle = isinstance(parsed, dict) and parsed.get("resourceType") == "Bundle"
    if not is_bundle or not isinstance(entries, list):
        raise refuse(HTTPStatus.BAD_REQUEST, f"{where} is not a Bundle.", where)
    for place, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            where = f"{where}.entry[{place}]"
            raise refuse(HTTPStatus.BAD_REQUEST, f"{where} holds no resource.", where)


def _drafts_of(drafts: Any, where: str) -> Any:
    if not isinstance(drafts, msgspec.Raw) or not bytes(drafts):
        return drafts
    try:
        return load(drafts)
    except NotJson as error:
        problem = refuse(HTTPStatus.BAD_REQUEST, f"{where} is {error}.", where)
    raise problem


def _bare(kind: str, reference: str) -> str:
    return reference.strip().removeprefix(kind)
