from __future__ import annotations

import json
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import msgspec
import pytest

from service.errors import Problem
from service.hooks import read_request
from tests.service.fakes import hook_request


def refusal(body: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        read_request(body)
    assert caught.value.status == HTTPStatus.BAD_REQUEST
    return caught.value


def without(name: str) -> dict[str, Any]:
    body = hook_request()
    del body[name]
    return body


@pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
def test_a_missing_member_is_named(name: str) -> None:
    problem = refusal(msgspec.json.encode(without(name)))
    assert problem.issues[0].where == name
    assert str(problem) == f"{name} is missing."


def test_a_missing_patient_is_named() -> None:
    problem = refusal(msgspec.json.encode(hook_request(context={"userId": "Practitioner/1"})))
    assert problem.issues[0].where == "context.patientId"


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"hook": "order-sign"}, "hook"),
        ({"hookInstance": ""}, "hookInstance"),
        ({"hookInstance": 5}, "hookInstance"),
        ({"context": {"patientId": " "}}, "context.patientId"),
        ({"context": {"patientId": ["p1"]}}, "context.patientId"),
        ({"prefetch": [1]}, "prefetch"),
        ({"fhirAuthorization": {"access_token": "x"}}, "fhirServer"),
    ],
)
def test_what_is_wrong_is_named(more: dict[str, Any], where: str) -> None:
    assert refusal(msgspec.json.encode(hook_request(**more))).issues[0].where == where


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"null", b"\xff\xfe{}", b"<xml/>"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    refusal(body)


def test_absurd_depth_is_refused() -> None:
    body = json.dumps(hook_request(extension="DEEP")).replace('"DEEP"', "[" * 9000 + "]" * 9000)
    refusal(body.encode())


def test_what_nobody_asked_for_is_tolerated() -> None:
    body = hook_request(
        extension={"com.epic": {"a": [1]}},
        fhirServer="http://localhost:8080/fhir",
        fhirAuthorization={"access_token": "t", "scope": "any (thing) at all", "extra": 1},
        unknown=None,
    )
    body["context"] |= {"selections": [], "extension": {"x": 1}}
    assert read_request(msgspec.json.encode(body)).patient_id == "p1"


def test_a_null_prefetch_is_none_at_all() -> None:
    body = hook_request() | {"prefetch": None}
    assert read_request(msgspec.json.encode(body)).prefetch == {}


def test_a_lone_surrogate_in_one_resource_leaves_the_rest() -> None:
    body = json.dumps(hook_request({"conditions": None, "x": {"a": "SURROGATE"}}))
    request = read_request(body.replace("SURROGATE", "\\ud800").encode())
    assert set(request.prefetch) == {"conditions", "x"}


def test_a_byte_order_mark_is_forgiven() -> None:
    assert read_request(b"\xef\xbb\xbf" + msgspec.json.encode(hook_request())).patient_id == "p1"


DRAFT = {"resourceType": "ServiceRequest", "id": "d1"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": []}


@pytest.mark.parametrize("number", ["1", "NaN"], ids=["quick", "loose"])
@pytest.mark.parametrize(
    ("drafts", "says"),
    [
        (None, "context.draftOrders is missing."),
        ("x", "context.draftOrders is not a Bundle."),
        (5, "context.draftOrders is not a Bundle."),
        ([], "context.draftOrders is not a Bundle."),
        ({"a": 1}, "context.draftOrders is not a Bundle."),
        (OUTCOME, "context.draftOrders is not a Bundle."),
        ({"resourceType": "Bundle", "entry": "x"}, "context.draftOrders is not a Bundle."),
        (
            {"resourceType": "Bundle", "entry": [{"resource": DRAFT}, {"resource": 5}]},
            "context.draftOrders.entry[1] holds no resource.",
        ),
    ],
)
def test_drafts_that_cannot_be_read_are_no_right_drafts(
    drafts: Any, says: str, number: str
) -> None:
    context = {"userId": "Practitioner/1", "patientId": "p1", "draftOrders": drafts}
    body = hook_request(hook="order-sign", context=context, extension={})
    body["prefetch"]["x"] = {"resourceType": "Basic", "y": "NUMBER"}
    with pytest.raises(Problem) as caught:
        read_request(json.dumps(body).replace('"NUMBER"', number).encode(), "order-sign")
    assert caught.value.status == HTTPStatus.BAD_REQUEST
    assert str(caught.value) == says


@pytest.mark.parametrize("depth", [100, 300, 900, 1000, 1500, 3000])
def test_drafts_nested_too_deeply_are_refused_or_read(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    drafts = f'{{"resourceType": "Bundle", "entry": [], "x": {deep}}}'
    context = {"userId": "Practitioner/1", "patientId": "p1", "draftOrders": "DRAFTS"}
    text = json.dumps(hook_request(hook="order-sign", context=context))
    body = text.replace('"DRAFTS"', drafts).encode()
    said = said_of(body, "order-sign")
    assert not said or ("nested too deeply" in said and depth >= 300)


def said_of(body: bytes, hook: str) -> str:
    """What a refusal says, nothing where there is none."""
    with suppress(Problem):
        read_request(body, hook)
        return ""
    with pytest.raises(Problem) as caught:
        read_request(body, hook)
    assert caught.value.status == HTTPStatus.BAD_REQUEST
    return str(caught.value)


@pytest.mark.parametrize("entry", [None, [], [{"resource": DRAFT}]])
def test_drafts_need_no_type_of_bundle(entry: Any) -> None:
    drafts = {"resourceType": "Bundle", "entry": entry}
    context = {"userId": "Practitioner/1", "patientId": "p1", "draftOrders": drafts}
    body = hook_request(hook="order-sign", context=context)
    assert read_request(json.dumps(body).encode(), "order-sign").hook == "order-sign"
