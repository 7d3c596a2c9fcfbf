"""Draft orders: FHIR R4 ServiceRequests ready to sign, one suggestion each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cards.case import Case
from cards.choice import Wanted
from cards.found import evidence, line
from cards.standing import proposed_by
from knowledge.card_files import Concept, Order
from knowledge.evaluation import Evidence

if TYPE_CHECKING:
    from fhir.resources.R4B.servicerequest import ServiceRequest

Json = dict[str, Any]

_REASONS = frozenset(("Condition", "Observation", "DiagnosticReport", "DocumentReference"))
"""What R4 allows as the reason of a ServiceRequest."""

_ID = re.compile(r"[!-.0-~]+")
_REFERENCE = re.compile(
    r"(?:https?://[!-~]+/)?([A-Z][A-Za-z]+)/[A-Za-z0-9._-]+(?:/_history/[!-~]+)?"
)


def suggestions(orders: Iterable[Wanted], case: Case) -> list[Json]:
    """A suggestion for each order; none where the patient's id cannot stand in a reference."""
    if _ID.fullmatch(_bare(case.patient_id, "Patient/")) is None:
        return []
    return [_suggestion(wanted, case) for wanted in orders]


def _suggestion(wanted: Wanted, case: Case) -> Json:
    action = {
        "type": "create",
        "description": wanted.order.description,
        "resource": draft(wanted, case),
    }
    return {"label": wanted.order.label, "uuid": str(uuid4()), "actions": [action]}


def draft(wanted: Wanted, case: Case) -> Json:
    """The ServiceRequest, validated as FHIR R4, without an id: the EHR gives one."""
    order = wanted.order
    body: Json = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "category": [_concept(case.library.orders.categories[order.kind])],
        "priority": order.priority,
        "code": code_of(order, case),
    }
    if order.contrast:
        body["orderDetail"] = [{"text": order.contrast}]
    body["subject"] = {"reference": f"Patient/{_bare(case.patient_id, 'Patient/')}"}
    encounter = _bare(case.encounter_id or "", "Encounter/")
    if _ID.fullmatch(encounter):
        body["encounter"] = {"reference": f"Encounter/{encounter}"}
    body["authoredOn"] = case.now.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    body["reasonCode"] = [{"text": one.criterion.title} for one in wanted.by]
    if references := _references(wanted, case):
        body["reasonReference"] = [{"reference": name} for name in references]
    body["note"] = [{"text": text} for text in _notes(wanted, case)]
    _service_request().model_validate(body)
    return body


@cache
def _service_request() -> type[ServiceRequest]:
    """The model, imported when it is first needed: that takes a while."""
    from fhir.resources.R4B.servicerequest import ServiceRequest

    return ServiceRequest


def code_of(order: Order, case: Case) -> Json:
    """What is ordered: the site's own orderable first, which its EHR looks for."""
    own = case.library.site.order_codes(order.id) if case.library.site else ()
    concept = _concept(order.code)
    if not own:
        return concept
    standard = [] if any(one.alone for one in own) else concept.get("coding", [])
    first = [{"system": one.system, "code": one.code, "display": one.display} for one in own]
    return {"coding": [*first, *standard], "text": order.code.text}


def _concept(concept: Concept) -> Json:
    codings = [coding.model_dump() for coding in concept.codings]
    return {"coding": codings, "text": concept.text} if codings else {"text": concept.text}


def _bare(name: str, kind: str) -> str:
    """An id without its type."""
    return name.removeprefix(kind)


def _references(wanted: Wanted, case: Case) -> list[str]:
    names = [item.reference for item in evidence(wanted.by) if _is_reason(item)]
    return list(dict.fromkeys(names))[: case.words.limits.evidence]


def _is_reason(item: Evidence) -> bool:
    found = _REFERENCE.fullmatch(item.reference)
    return found is not None and found[1] in _REASONS


def _notes(wanted: Wanted, case: Case) -> list[str]:
    """What was found, what asks for it, and what the order says of itself."""
    words, order = case.words, wanted.order
    items = evidence(wanted.by)[: words.limits.found]
    told = [words.draft.found.format(found="; ".join(line(item, case) for item in items))]
    notes = told if items else []
    notes += [order.note] if order.note else []
    return [*notes, proposed_by(case, [one.criterion for one in wanted.by])]
