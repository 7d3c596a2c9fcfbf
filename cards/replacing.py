"""The right order in place of a draft: suggestions with one action each (Epic takes no more)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

import msgspec

from cards.choice import Wanted
from cards.desk import Desk, needless_contrast, without_contrast
from cards.drafts import code_of, suggestions
from cards.fitting import Misfit, Need
from knowledge.card_files import PRIORITIES, Order
from knowledge.drafts import Draft

Json = dict[str, Any]

_OF_THE_OLD_SCAN = frozenset(("text", "bodySite", "orderDetail"))
"""What describes the scan that was drafted, and would contradict another one."""

_EMPTY: tuple[Any, ...] = (None, "", [], {})


def replacements(on: Desk, found: Misfit) -> list[Json]:
    """The suggestions about drafts that are not enough: changed drafts first, then new orders."""
    changed = [(need, _change(on, need)) for need in found.needs]
    fresh = {need.wanted.order.id: need.wanted for need, one in changed if one is None}
    made = suggestions(fresh.values(), on.case)
    return [*(one for _, one in changed if one is not None), *made]


def referrals(on: Desk, wanted: Iterable[Wanted]) -> list[Json]:
    """The referrals that the criteria ask for beside a scan."""
    return suggestions((one for one in wanted if one.order.kind == "referral"), on.case)


def _change(on: Desk, need: Need) -> Json | None:
    """The draft made into what is wanted; None where it cannot be changed."""
    if need.draft is None or not _changeable(need.draft):
        return None
    order, draft = need.wanted.order, need.draft
    if need.why != "priority":
        return replaced(on, draft, order, order.priority)
    if needless_contrast(on, draft):
        return replaced(on, draft, without_contrast(on, draft, order) or order, order.priority)
    return hastened(on, draft, order.priority)


def plainer(on: Desk, draft: Draft) -> list[Json]:
    """The draft without contrast, else a new order without."""
    wanted = needless_contrast(on, draft)
    order = without_contrast(on, draft, wanted.order) if wanted else None
    if wanted is None or order is None:
        return []
    if _changeable(draft):
        return [replaced(on, draft, order, draft.priority)]
    return suggestions([Wanted(order, wanted.by)], on.case)


def _changeable(draft: Draft) -> bool:
    """An update names the whole resource by its id."""
    return draft.id is not None and _sendable(draft.resource)


def hastened(on: Desk, draft: Draft, priority: str) -> Json:
    """The same draft with another priority."""
    words = on.library.order_checks.file.words
    label = words.escalate.format(priority=priority)
    told = words.escalated.format(priority=priority)
    return _update(label, told, {**draft.resource, "priority": priority})


def replaced(on: Desk, draft: Draft, order: Order, priority: str) -> Json:
    """The draft with the code of another order; what described the old scan is left out."""
    words = on.library.order_checks.file.words
    kept = {key: one for key, one in draft.resource.items() if key not in _OF_THE_OLD_SCAN}
    told: Json = {**_sooner(draft.priority, priority), "code": code_of(order, on.case)}
    if order.contrast:
        told["orderDetail"] = [{"text": order.contrast}]
    label = words.change.format(order=order.description)
    return _update(label, words.changed.format(order=order.description), {**kept, **told})


def _sooner(drafted: str, wanted: str) -> Json:
    """The more urgent of two priorities: a change never slows an order down.

    Nothing where both are words of the EHR's own, which may mean anything: the draft keeps its.
    """
    known = [one for one in (drafted, wanted) if one in PRIORITIES]
    return {"priority": max(known, key=PRIORITIES.index)} if known else {}


def _update(label: str, description: str, resource: Json) -> Json:
    action = {"type": "update", "description": description, "resource": _tidy(resource)}
    return {"label": label, "uuid": str(uuid4()), "actions": [action]}


def _sendable(resource: Mapping[str, Any]) -> bool:
    """Whether it can be sent back as JSON: no NaN, no broken letters, not endlessly deep."""
    try:
        _tidy(resource)
        json.dumps(resource, allow_nan=False, ensure_ascii=False).encode()
        msgspec.json.encode(resource)
    except (ValueError, TypeError, ArithmeticError, RecursionError, msgspec.MsgspecError):
        return False
    return True


def _tidy(value: Any) -> Any:
    """The same without parts that are null or empty, which no card may hold."""
    if isinstance(value, Mapping):
        kept = ((key, _tidy(one)) for key, one in value.items())
        return {key: one for key, one in kept if one not in _EMPTY}
    if isinstance(value, list):
        return [one for one in map(_tidy, value) if one not in _EMPTY]
    return value
