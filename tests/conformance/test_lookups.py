"""What a call did not bring is asked for at the EHR: only that, with its token, and in time."""

from __future__ import annotations

from http import HTTPStatus
from time import perf_counter
from typing import Any

import pytest

from service.judging import LibraryEngine
from tests.conformance.requests import TOKEN, access, bundle, example, without
from tests.conformance.running import KINDS, Ehr, Service, an_ehr, serving

Json = dict[str, Any]
SECONDS = 1


def calling(ehr: Ehr, request: Json) -> Json:
    return request | access(ehr.url)


def needed(body: Json) -> list[str]:
    return [place for issue in body["issue"] for place in issue["expression"]]


def whole() -> Json:
    """A request with a list, be it empty, under each key."""
    request = example()
    empty = {key: bundle() for key in KINDS if key != "patient"}
    return request | {"prefetch": empty | request["prefetch"]}


@pytest.mark.requirement("Q9", "Q11", "Q6")
@pytest.mark.parametrize("key", [*KINDS])
def test_only_what_was_left_out_is_asked_for_and_with_the_token(service: Service, key: str) -> None:
    request = whole()
    with an_ehr(request["prefetch"], TOKEN) as ehr:
        found = service.cards(calling(ehr, without(request, key)))
    assert {asked.what.partition("/")[0] for asked in ehr.asked} == {KINDS[key]}
    assert {asked.authorization for asked in ehr.asked} == {f"Bearer {TOKEN}"}
    assert {asked.method for asked in ehr.asked} == {"GET"}
    (card, *_) = service.cards(request)
    assert found[0]["summary"] == card["summary"]


@pytest.mark.requirement("Q9")
def test_what_is_asked_for_is_this_patients(service: Service) -> None:
    request = whole()
    patient = request["context"]["patientId"]
    with an_ehr(request["prefetch"], TOKEN) as ehr:
        service.cards(calling(ehr, request | {"prefetch": {}}))
    for asked in ehr.asked:
        named = asked.what.partition("/")[2] or asked.query["patient"][0]
        assert named == patient
    assert len(ehr.asked) == len(KINDS)


@pytest.mark.requirement("Q9", "Q4", "P7")
def test_nothing_is_asked_for_where_all_was_sent(service: Service) -> None:
    request = whole()
    with an_ehr({}, TOKEN) as ehr:
        assert service.cards(calling(ehr, request))
    assert ehr.asked == []


@pytest.mark.requirement("Q8")
def test_a_page_that_was_cut_off_is_read_to_its_end(service: Service) -> None:
    request = whole()
    entries = request["prefetch"]["conditions"]["entry"]
    with an_ehr(request["prefetch"], TOKEN) as ehr:
        ehr.then = {"page2": request["prefetch"]["conditions"] | {"entry": entries}}
        link = [{"relation": "next", "url": f"{ehr.url}/Condition/page2"}]
        first = bundle(link=link)
        cut = request | {"prefetch": request["prefetch"] | {"conditions": first}}
        card = service.cards(calling(ehr, cut))[0]
    assert card["indicator"] == "critical"
    assert [asked.what for asked in ehr.asked] == ["Condition/page2"]


@pytest.mark.requirement("Q10", "R3")
@pytest.mark.parametrize("status", [401, 403, 404, 500, 302])
def test_data_that_the_server_does_not_give_are_412(service: Service, status: int) -> None:
    with an_ehr({}, TOKEN, status=HTTPStatus(status)) as ehr:
        found, body = service.call(calling(ehr, example() | {"prefetch": {}}))
    assert found == HTTPStatus.PRECONDITION_FAILED
    assert needed(body) == ["prefetch.conditions", "prefetch.observations"]


@pytest.mark.requirement("Q10", "Q11")
def test_a_token_that_the_server_does_not_know_is_412(service: Service) -> None:
    with an_ehr({}, "another") as ehr:
        found, body = service.call(calling(ehr, example() | {"prefetch": {}}))
    assert found == HTTPStatus.PRECONDITION_FAILED
    assert {issue["details"]["text"] for issue in body["issue"]} == {"refused"}


@pytest.mark.requirement("Q10", "Q13")
def test_a_server_that_hangs_is_given_up_in_time(engine: LibraryEngine) -> None:
    with serving(engine, deadline_ms=1000 * SECONDS) as hasty, an_ehr({}, TOKEN, hangs=True) as ehr:
        started = perf_counter()
        found, body = hasty.call(calling(ehr, example() | {"prefetch": {}}))
        took = perf_counter() - started
    assert found == HTTPStatus.PRECONDITION_FAILED
    assert {issue["details"]["text"] for issue in body["issue"]} == {"timeout"}
    assert took < SECONDS + SECONDS


@pytest.mark.requirement("Q10")
def test_an_emergency_is_told_though_the_rest_cannot_be_had(service: Service) -> None:
    request = without(example(), "observations")
    with an_ehr({}, TOKEN, status=HTTPStatus.INTERNAL_SERVER_ERROR) as ehr:
        card = service.cards(calling(ehr, request))[0]
    assert card["indicator"] == "critical"
    assert "observations" in card["detail"].lower()


@pytest.mark.requirement("Q2")
def test_a_server_that_is_not_listed_is_never_asked(engine: LibraryEngine) -> None:
    listed = "https://ehr.example.org/fhir"
    with serving(engine, fhir_servers=listed) as strict, an_ehr({}, TOKEN) as ehr:
        found, body = strict.call(calling(ehr, example() | {"prefetch": {}}))
    assert found == HTTPStatus.PRECONDITION_FAILED
    assert {issue["details"]["text"] for issue in body["issue"]} == {"not-allowed"}
    assert ehr.asked == []
