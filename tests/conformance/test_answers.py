"""Answers: of all example patients to all services, and of requests that are wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from tests.conformance.checking import holes, strictly
from tests.conformance.requests import (
    HOOKS,
    PATIENTS,
    bundle,
    every_request,
    example,
    quiet,
    read,
    without,
)
from tests.conformance.running import Service

Json = dict[str, Any]


@pytest.fixture(scope="module")
def answered(service: Service) -> list[tuple[Json, list[Json]]]:
    """Each example patient's request and cards, each answer checked as it came."""
    found = []
    for path in every_request():
        request = read(path)
        status, body = service.call(request)
        if status == HTTPStatus.OK:
            found.append((request, body["cards"]))
        else:
            assert status in (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.UNPROCESSABLE_ENTITY)
    return found


@pytest.fixture(scope="module")
def cards(answered: list[tuple[Json, list[Json]]]) -> list[Json]:
    """All cards of all example patients."""
    return [card for _, found in answered for card in found]


@pytest.fixture(scope="module")
def actions(cards: list[Json]) -> list[Json]:
    """All actions of all cards."""
    return list(actions_of(cards))


def actions_of(cards: list[Json]) -> Iterator[Json]:
    for card in cards:
        for suggestion in card.get("suggestions", []):
            yield from suggestion["actions"]


@pytest.mark.requirement("R1", "C4", "C5", "C6", "C8", "C10", "S1", "A1", "L1", "L2")
def test_every_service_answers_with_cards_of_all_indicators_in_the_shape_of_both_versions(
    answered: list[tuple[Json, list[Json]]],
) -> None:
    of_hook: dict[str, list[Json]] = {hook: [] for hook in HOOKS}
    for request, found in answered:
        of_hook[request["hook"]] += found
    assert all(of_hook.values())
    every = [card for found in of_hook.values() for card in found]
    assert {card["indicator"] for card in every} == {"info", "warning", "critical"}


@pytest.mark.requirement("J1", "J3")
def test_answers_are_strict_json_by_their_content_type(service: Service) -> None:
    answer = service.post("/cds-services/back-numbness-patient-view", example())
    assert answer.headers["content-type"] == "application/json"
    assert strictly(answer.content)["cards"]
    assert service.http.get("/cds-services").headers["content-type"] == "application/json"


@pytest.mark.requirement("J4", "J5", "J6")
def test_nothing_is_null_or_empty_in_discovery_and_cards(
    service: Service, cards: list[Json]
) -> None:
    assert not list(holes(service.discovery()))
    assert not list(holes({"cards": cards}))


@pytest.mark.requirement("J2", "A3")
def test_orders_are_whole_resources_of_r4_that_are_new_or_changed(actions: list[Json]) -> None:
    kinds = {(one["type"], one["resource"]["resourceType"]) for one in actions}
    assert {("create", "ServiceRequest"), ("update", "ServiceRequest")} <= kinds


@pytest.mark.requirement("A3")
def test_a_changed_order_keeps_what_was_not_to_be_changed(service: Service) -> None:
    request = read(PATIENTS / "orders" / "sign-contrast-for-saddle-numbness.request.json")
    (draft,) = (one["resource"] for one in request["context"]["draftOrders"]["entry"])
    draft["note"] = [{"text": "Claustrophobic."}]
    changed = [one for one in actions_of(service.cards(request)) if one["type"] == "update"]
    assert changed
    for action in changed:
        resource = action["resource"]
        for key in ("id", "subject", "requester", "intent", "status"):
            assert resource[key] == draft[key], key
        assert {"text": "Claustrophobic."} in resource["note"]


@pytest.mark.requirement("A4")
def test_nothing_is_deleted(actions: list[Json]) -> None:
    assert {one["type"] for one in actions} == {"create", "update"}


@pytest.mark.requirement("A2", "S4")
def test_a_suggestion_has_one_action_which_is_described(cards: list[Json]) -> None:
    suggestions = [one for card in cards for one in card.get("suggestions", [])]
    assert suggestions
    assert all(len(one["actions"]) == 1 for one in suggestions)
    assert all(action["description"].strip() for action in actions_of(cards))


@pytest.mark.requirement("C7", "C8", "S3")
def test_suggestions_may_be_taken_as_one_likes(cards: list[Json]) -> None:
    with_suggestions = [card for card in cards if "suggestions" in card]
    assert with_suggestions
    assert {card["selectionBehavior"] for card in with_suggestions} == {"any"}
    assert all("selectionBehavior" not in one for one in cards if "suggestions" not in one)


@pytest.mark.requirement("C1", "S2")
def test_no_uuid_is_given_twice_not_even_to_the_same_request(service: Service) -> None:
    request = example()
    found = [card for _ in range(2) for card in service.cards(request)]
    suggestions = [one for card in found for one in card.get("suggestions", [])]
    names = [one["uuid"] for one in [*found, *suggestions]]
    assert len(set(names)) == len(names) > 2


@pytest.mark.requirement("C2")
@pytest.mark.parametrize("letter", ["W", "é", "脊", "🦴"])
def test_the_longest_words_of_a_chart_leave_the_summary_short(
    service: Service, letter: str
) -> None:
    request = example()
    for entry in request["prefetch"]["conditions"]["entry"]:
        entry["resource"]["code"]["text"] = "Saddle numbness " + letter * 1000
    for card in service.cards(request):
        assert len(card["summary"]) < 140


@pytest.mark.requirement("C2")
def test_a_summary_is_one_line_under_140_characters(cards: list[Json]) -> None:
    assert max(len(card["summary"]) for card in cards) < 140
    assert all(card["summary"].splitlines() == [card["summary"]] for card in cards)


@pytest.mark.requirement("C3")
def test_words_of_the_chart_are_no_markdown_and_no_html(service: Service) -> None:
    request = example()
    words = "Saddle numbness <script>alert(1)</script> ![x](http://x) [y](http://y) **z** | `q`"
    for entry in request["prefetch"]["conditions"]["entry"]:
        if entry["resource"]["id"] == "enc-dx-1":
            entry["resource"]["code"]["text"] = words
    detail = service.cards(request)[0]["detail"]
    assert "alert" in detail
    for markup in ("<script", "![x](", "[y](", "**z**", " | ", "`q`"):
        assert markup not in detail.replace(f"\\{markup}", ""), markup


@pytest.mark.requirement("C9")
def test_override_reasons_are_codes_with_a_display_the_same_each_time(cards: list[Json]) -> None:
    given = [card["overrideReasons"] for card in cards if "overrideReasons" in card]
    assert given
    shown: dict[tuple[str, str], set[str]] = {}
    for reason in (one for reasons in given for one in reasons):
        shown.setdefault((reason["system"], reason["code"]), set()).add(reason["display"])
    assert all(len(displays) == 1 for displays in shown.values())


@pytest.mark.requirement("C6")
def test_a_topic_is_a_code_of_letters_and_digits(cards: list[Json]) -> None:
    topics = {card["source"]["topic"]["code"] for card in cards if "topic" in card["source"]}
    assert topics
    assert all(code.isascii() and code.isalnum() and len(code) <= 100 for code in topics)


@pytest.mark.requirement("C10", "L1")
def test_links_lead_to_pages_that_the_service_has(service: Service, cards: list[Json]) -> None:
    links = {link["url"] for card in cards for link in card.get("links", [])}
    assert links
    own = [url for url in links if url.startswith("http://127.0.0.1:8000/")]
    assert own
    for url in own:
        page = service.http.get(url.removeprefix("http://127.0.0.1:8000"))
        assert page.status_code == HTTPStatus.OK, url


@pytest.mark.requirement("D16", "S5", "Y1", "L3")
def test_nothing_is_sent_that_has_to_be_agreed_with_the_client(
    answered: list[tuple[Json, list[Json]]],
) -> None:
    text = json.dumps([found for _, found in answered])
    for word in ("actionSelectionBehavior", "systemActions", "autolaunchable"):
        assert word not in text


@pytest.mark.requirement("R5")
def test_each_card_says_alone_what_it_is_about_and_whose_word_it_is(cards: list[Json]) -> None:
    for card in cards:
        assert card["summary"]
        assert card["detail"]
        assert card["source"]["label"]
        assert not re.search(r"\b(other|next|previous|first) card|\babove\b", card["detail"])


@pytest.mark.requirement("R2")
@pytest.mark.parametrize("hook", HOOKS)
def test_nothing_to_say_is_an_empty_list(service: Service, hook: str) -> None:
    request = quiet() | {"hook": hook}
    request["context"] = request["context"] | {"selections": [], "draftOrders": bundle()}
    answer = service.post(f"/cds-services/back-numbness-{hook}", request)
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {"cards": []}


WRONG: dict[str, tuple[Json | bytes, HTTPStatus]] = {
    "no JSON": (b"{", HTTPStatus.BAD_REQUEST),
    "a comment": (b"{} // x", HTTPStatus.BAD_REQUEST),
    "nothing": (b"", HTTPStatus.BAD_REQUEST),
    "no object": (b"[]", HTTPStatus.BAD_REQUEST),
    "nothing needed": (without(example(), *example()["prefetch"]), HTTPStatus.PRECONDITION_FAILED),
    "somebody else": (
        example() | {"context": {"userId": "Practitioner/1", "patientId": "another"}},
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
}


@pytest.mark.requirement("R3", "R4")
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_as_an_operation_outcome(service: Service, name: str) -> None:
    request, status = WRONG[name]
    found, body = service.call_at("/cds-services/back-numbness-patient-view", request)
    assert found == status
    assert all(one["severity"] == "error" for one in body["issue"])
    assert all(one["diagnostics"] for one in body["issue"])


@pytest.mark.requirement("R4", "D12")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/cds-services/unknown", HTTPStatus.NOT_FOUND),
        ("POST", "/cds-services/unknown", HTTPStatus.NOT_FOUND),
        ("POST", "/cds-services", HTTPStatus.METHOD_NOT_ALLOWED),
        ("GET", "/cds-services/back-numbness-patient-view", HTTPStatus.METHOD_NOT_ALLOWED),
    ],
)
def test_a_wrong_address_or_method_is_told_so(
    service: Service, method: str, path: str, status: HTTPStatus
) -> None:
    answer = service.http.request(method, path)
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.requirement("R3")
def test_a_body_of_another_content_type_is_415(service: Service) -> None:
    path = "/cds-services/back-numbness-patient-view"
    answer = service.post(path, example(), **{"Content-Type": "text/plain"})
    assert answer.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert answer.json()["resourceType"] == "OperationOutcome"
