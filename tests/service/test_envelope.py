from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import msgspec
import pytest

from knowledge.chart.decode import read_values
from service.errors import Problem
from service.hooks import HookRequest, read_request
from tests.service.fakes import bundle, condition, hook_request

GOOD = json.dumps(hook_request())
BOTH = ["quick", "loose"]


def as_text(how: str, **more: Any) -> str:
    """A request; `loose`: one of its resources is not quite JSON, so it is read another way."""
    body = hook_request(**more)
    body["prefetch"]["conditions"]["entry"][0]["resource"]["x"] = "HOW"
    return json.dumps(body).replace('"HOW"', "NaN" if how == "loose" else "1")


def refused(text: str | bytes, hook: str = "patient-view") -> str:
    body = text.encode() if isinstance(text, str) else text
    with pytest.raises(Problem) as caught:
        read_request(body, hook)
    assert caught.value.status == HTTPStatus.BAD_REQUEST
    return str(caught.value)


def conditions(request: HookRequest) -> int:
    return sum(
        one.resource.resource_type == "Condition" for one in read_values(request.prefetch).entries
    )


@pytest.mark.parametrize("how", BOTH)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"hook": "patient-view"', '"hook": "patient-view", "hook": "order-sign"'),
        ('"patientId": "p1"', '"patientId": "p1", "patientId": "p2"'),
        ('"patientId": "p1"', '"patientId": "p1", "patient\\u0049d": "p2"'),
        ('"observations": {', '"observations": null, "observations": {'),
        ('"context": {', '"context": {"patientId": "p9"}, "context": {'),
        ('"prefetch": {', '"prefetch": null, "prefetch": {'),
        ('"hook": "patient-view"', '"hook": "patient-view", "extension": {"a": {"b": 1, "b": 2}}'),
    ],
)
def test_a_key_that_stands_twice_in_the_envelope_is_refused(how: str, old: str, new: str) -> None:
    text = as_text(how)
    assert conditions(read_request(text.encode())) == 1
    assert text.count(old) == 1
    assert refused(text.replace(old, new)) == "A key stands twice in the request."


@pytest.mark.parametrize("how", BOTH)
def test_a_key_that_stands_twice_in_a_resource_costs_nothing(how: str) -> None:
    text = as_text(how).replace('"id": "c1"', '"id": "c0", "id": "c1"')
    (entry,) = read_values(read_request(text.encode()).prefetch).entries
    assert entry.resource.id == "c1"


@pytest.mark.parametrize("how", BOTH)
def test_a_key_that_stands_twice_in_a_draft_order_costs_nothing(how: str) -> None:
    drafts = bundle({"resourceType": "ServiceRequest", "id": "d1"})
    context = {"userId": "Practitioner/u1", "patientId": "p1", "draftOrders": drafts}
    text = as_text(how, context=context, hook="order-sign")
    text = text.replace('"id": "d1"', '"id": "d0", "id": "d1"')
    request = read_request(text.encode(), "order-sign")
    (entry,) = read_values({"drafts": request.drafts}).entries
    assert entry.resource.id == "d1"


def test_a_value_that_stands_elsewhere_too_is_no_key_that_stands_twice() -> None:
    body = hook_request()
    body["prefetch"] |= {"patientId": "patientId", "hook": "hook", "again": bundle(condition())}
    body = {"extension": {"x": '{"a":1}', "y": bundle(condition())}} | body
    body["prefetch"]["b"] = {"a": 1}
    for separators in ((",", ":"), (", ", ": ")):
        request = read_request(json.dumps(body, separators=separators).encode())
        assert conditions(request) == 2


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("how", BOTH)
def test_a_number_that_is_none_is_refused_in_the_envelope_alone(how: str, number: str) -> None:
    text = as_text(how)
    bad = text.replace('"hook":', f'"extension": {{"a": [{number}]}}, "hook":')
    assert refused(bad) == "A number in the request is none that JSON knows."
    inside = text.replace('"id": "c1"', f'"id": "c1", "y": {number}')
    assert conditions(read_request(inside.encode())) == 1


@pytest.mark.parametrize("how", BOTH)
def test_a_number_that_no_float_holds_is_json_all_the_same(how: str) -> None:
    text = as_text(how).replace('"hook":', '"extension": {"a": 1e400}, "hook":')
    assert conditions(read_request(text.encode())) == 1


@pytest.mark.parametrize("how", BOTH)
@pytest.mark.parametrize("digits", [4300, 4301, 100_000])
def test_an_integer_of_any_length_is_json_all_the_same(how: str, digits: int) -> None:
    text = as_text(how).replace('"userId": "Practitioner/u1"', f'"userId": {"9" * digits}')
    assert "999" in text
    assert conditions(read_request(text.encode())) == 1


@pytest.mark.parametrize("how", BOTH)
def test_a_lone_surrogate_is_refused_in_the_envelope_alone(how: str) -> None:
    text = as_text(how)
    assert refused(text.replace("d1577c69", "\\ud800"))
    assert refused(text.replace('"hook":', '"extension": {"\\udc00": 1}, "hook":'))
    inside = text.replace('"id": "c1"', '"id": "c1", "y": "\\ud800"')
    assert conditions(read_request(inside.encode())) == 1


@pytest.mark.parametrize("name", ["context", "prefetch", "hook", "fhirAuthorization"])
def test_a_lone_surrogate_in_the_place_of_an_object_is_refused(name: str) -> None:
    body = hook_request() | {name: "MARK", "extension": {"x": "MARK"}}
    assert refused(json.dumps(body).replace("MARK", "a\\ud800"))
    assert refused(json.dumps(body | {"extension": {"x": "NaN"}}).replace("MARK", "a\\ud800"))
    quiet = json.dumps(hook_request() | {name: "MARK"}).replace("MARK", "a\\ud800")
    assert refused(quiet.replace('"id": "c1"', '"id": "c1", "y": NaN'))


@pytest.mark.parametrize("how", BOTH)
def test_invalid_utf8_is_refused_in_the_envelope_alone(how: str) -> None:
    body = as_text(how).encode()
    assert refused(body.replace(b"d1577c69", b"\xff"))
    assert refused(body.replace(b'"hook":', b'"extension": {"a": "\xc3"}, "hook":'))
    inside = body.replace(b'"id": "c1"', b'"id": "c1", "y": "\xe9"')
    assert conditions(read_request(inside)) == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'"x"', b"{", b"[" * 10_000, b'{"a":' * 10**4]
)
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    assert refused(body)


@pytest.mark.parametrize("depth", [2000, 10_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_body_nested_too_deeply_is_refused(depth: int, opening: str, closing: str) -> None:
    bomb = opening * depth + "1" + closing * depth
    assert "nested too deeply" in refused(GOOD.replace('"id": "c1"', f'"id": "c1", "y": {bomb}'))


@pytest.mark.parametrize("prefetch", [[], "x", 5, False])
def test_a_prefetch_that_is_no_object_is_refused(prefetch: Any) -> None:
    body = hook_request()
    body["prefetch"] = prefetch
    assert refused(msgspec.json.encode(body)).startswith("prefetch: ")


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_a_hook_about_orders_needs_them(hook: str) -> None:
    assert refused(json.dumps(hook_request(hook=hook)), hook) == "context.draftOrders is missing."


def test_the_token_is_read_and_never_shown() -> None:
    access = {"access_token": "MARKER", "token_type": "Bearer", "scope": "a (b) c"}
    body = hook_request(fhirServer="https://ehr.example/fhir", fhirAuthorization=access)
    request = read_request(msgspec.json.encode(body))
    assert request.token == "MARKER"
    assert "MARKER" not in repr(request)
    assert condition()["id"] not in repr(request)
