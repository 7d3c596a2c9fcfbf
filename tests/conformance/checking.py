"""What every answer of the service is held against: strict JSON, no holes, the shapes of CDS Hooks.

The shapes are those that 2.0.1 and 3.0-ballot have in common, closed: what stands in one version
alone, or has to be agreed with a client, is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import yaml
from fhir.resources.R4B import get_fhir_model_class
from jsonschema_rs import Draft202012Validator
from pydantic import ValidationError

Json = dict[str, Any]

_SHAPES = yaml.safe_load(Path(__file__).with_name("shapes.yaml").read_text(encoding="utf-8"))
_VALIDATORS = {
    name: Draft202012Validator(_SHAPES[name]) for name in ("services", "response", "outcome")
}
_HTML = re.compile(r"(?<!\\)<[A-Za-z/!]")


def checked(answer: httpx.Response, shape: str, request: Any = None) -> Any:
    """The body of an answer, checked by the shape of its success, or as an OperationOutcome.

    `request`: what was sent, where it held drafts that the answer may change.
    """
    kind = answer.headers["content-type"].partition(";")[0]
    body = strictly(answer.content)
    if answer.status_code != HTTPStatus.OK:
        assert kind == "application/fhir+json"
        check("outcome", body)
        return body
    assert kind == "application/json"
    check(shape, body, drafts_of(request))
    return body


def drafts_of(request: Any) -> list[Json]:
    """The draft orders of a request."""
    context = request.get("context") if isinstance(request, dict) else None
    drafts = context.get("draftOrders") if isinstance(context, dict) else None
    return [one["resource"] for one in (drafts or {}).get("entry", [])]


def check(shape: str, body: Any, drafts: Sequence[Json] = ()) -> None:
    """Hold a document against a shape; `{}`, for feedback, is no document."""
    if shape == "nothing":
        assert body == {}
        return
    assert not list(holes(body)), list(holes(body))
    errors = [f"{one.instance_path}: {one.message}" for one in _VALIDATORS[shape].iter_errors(body)]
    assert not errors, errors
    if shape == "response":
        check_cards(body["cards"], drafts)


def check_cards(cards: list[Json], drafts: Sequence[Json] = ()) -> None:
    """What a schema cannot say of the cards of one answer."""
    suggestions = [one for card in cards for one in card.get("suggestions", [])]
    names = [one["uuid"] for one in [*cards, *suggestions]]
    assert len(set(names)) == len(names), "a uuid stands twice"
    for card in cards:
        assert not _HTML.search(card["detail"]), "HTML in a detail"
        recommended = sum(one.get("isRecommended", False) for one in card.get("suggestions", []))
        assert recommended <= 1 or card["selectionBehavior"] == "any", "two are recommended"
    for one in suggestions:
        for action in one.get("actions", []):
            if "resource" in action:
                check_resource(action, drafts)


def check_resource(action: Json, drafts: Sequence[Json] = ()) -> None:
    """An order is a resource of R4 that can be placed; a new one has no id yet.

    A draft that was no R4 itself is sent back with what it had; what was changed in it is R4.
    """
    resource = action["resource"]
    assert action["type"] != "create" or "id" not in resource, "a new resource has an id"
    assert action["type"] != "update" or "id" in resource, "nobody knows what is updated"
    assert resource.keys() >= {"status", "intent", "subject", "code"}, "no order"
    draft = next((one for one in drafts if one.get("id") == resource.get("id")), {})
    if draft and not is_r4(draft):
        needed = {"resourceType", "status", "intent", "subject"}
        changed = {key: one for key, one in resource.items() if one != draft.get(key)}
        resource = {key: resource[key] for key in needed} | changed
    assert is_r4(resource), "no resource of R4"


def is_r4(resource: Json) -> bool:
    """Whether it is FHIR of R4."""
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except (KeyError, ValidationError):
        return False
    return True


def strictly(body: bytes) -> Any:
    """The value of a JSON text without NaN, comments, and keys that stand twice."""
    return json.loads(body.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once)


def holes(value: Any, place: str = "$") -> Iterator[str]:
    """Where something is null or empty; an empty list of cards or services says something."""
    if value is None or value in ("", [], {}):
        if place not in ("$.cards", "$.services"):
            yield place
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from holes(one, f"{place}.{key}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from holes(one, f"{place}[{number}]")


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    assert len(found) == len(pairs), "a key stands twice"
    return found
