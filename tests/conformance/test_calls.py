"""Calls as clients of each version make them, with what may be there and what may be missing."""

from __future__ import annotations

from http import HTTPStatus
from statistics import median
from time import perf_counter
from typing import Any

import pytest

from tests.conformance.requests import (
    HOOKS,
    NO_RESULTS,
    VERSIONS,
    access,
    bundle,
    example,
    quiet,
    without,
)
from tests.conformance.running import Service

Json = dict[str, Any]
NEEDED = ("conditions", "observations")
HALF_A_SECOND = 0.5


def where(body: Json) -> list[str]:
    """The places that an OperationOutcome names."""
    return [place for issue in body["issue"] for place in issue.get("expression", [])]


def shown(cards: list[Json]) -> list[tuple[str, str]]:
    return [(card["indicator"], card["summary"]) for card in cards]


@pytest.mark.requirement("Q3", "Q4", "Q5", "Q7", "Q15", "X1")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("hook", HOOKS)
def test_a_client_of_any_version_gets_the_same_cards(
    service: Service, hook: str, version: str
) -> None:
    plain = example(hook)
    found = service.cards(VERSIONS[version](plain))
    assert found[0]["indicator"] == "critical"
    assert shown(found) == shown(service.cards(plain))


@pytest.mark.requirement("Q1")
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("key", ["hook", "hookInstance", "context"])
def test_what_a_request_has_to_have_is_missed_by_name(
    service: Service, hook: str, key: str
) -> None:
    request = example(hook)
    del request[key]
    status, body = service.call_at(f"/cds-services/back-numbness-{hook}", request)
    assert status == HTTPStatus.BAD_REQUEST
    assert where(body) == [key]


@pytest.mark.requirement("Q1")
def test_a_context_without_a_patient_is_missed_by_name(service: Service) -> None:
    status, body = service.call(example() | {"context": {"userId": "Practitioner/1"}})
    assert status == HTTPStatus.BAD_REQUEST
    assert where(body) == ["context.patientId"]


@pytest.mark.requirement("Q2")
def test_a_token_without_a_server_is_refused_and_a_server_without_a_token_is_not(
    service: Service,
) -> None:
    request = example() | access("https://ehr.example.org/fhir")
    alone = {key: one for key, one in request.items() if key != "fhirServer"}
    status, body = service.call(alone)
    assert status == HTTPStatus.BAD_REQUEST
    assert where(body) == ["fhirServer"]
    del request["fhirAuthorization"]
    assert service.cards(request | {"fhirServer": "http://localhost:8080/fhir"})


@pytest.mark.requirement("Q3", "Q15")
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"patient": "us-saddle"},
        {"scope": "Condition.Read (Problems) (R4) launch"},
        {"scope": "patient/Observation.rs?category=http://x|laboratory user/*.cruds"},
        {"expires_in": 3600, "somethingOfTheirs": {"a": [1]}},
    ],
)
def test_an_authorization_of_any_shape_is_taken(service: Service, more: Json) -> None:
    assert service.cards(example() | access("https://ehr.example.org/fhir", **more))


@pytest.mark.requirement("Q4", "P7")
def test_the_rest_of_the_prefetch_may_be_missing(service: Service) -> None:
    request = example()
    others = [key for key in request["prefetch"] if key not in NEEDED]
    assert others
    assert service.cards(without(request, *others))[0]["indicator"] == "critical"


@pytest.mark.requirement("Q4")
def test_resources_count_under_keys_that_the_site_made_up(service: Service) -> None:
    request = example()
    theirs = {f"site {key}": one for key, one in request["prefetch"].items()}
    found = service.cards(request | {"prefetch": theirs})
    assert shown(found) == shown(service.cards(request))


@pytest.mark.requirement("Q5", "P7")
@pytest.mark.parametrize("none", [None, bundle(), NO_RESULTS])
def test_no_data_is_told_by_null_an_empty_list_or_epics_outcome(
    service: Service, none: Json | None
) -> None:
    request = quiet() | {"prefetch": {"patient": None, "conditions": none, "observations": none}}
    assert service.cards(request) == []


@pytest.mark.requirement("Q6", "Q10", "P7", "R3")
@pytest.mark.parametrize("key", NEEDED)
def test_a_needed_key_that_was_left_out_is_412_by_name(service: Service, key: str) -> None:
    status, body = service.call(without(quiet(), key))
    assert status == HTTPStatus.PRECONDITION_FAILED
    assert where(body) == [f"prefetch.{key}"]


@pytest.mark.requirement("Q6", "Q10", "P7")
@pytest.mark.parametrize("prefetch", [{}, None])
@pytest.mark.parametrize("hook", ["patient-view", "encounter-start", "encounter-discharge"])
def test_no_prefetch_and_no_server_is_412(service: Service, hook: str, prefetch: Any) -> None:
    request = example(hook) | {"prefetch": prefetch}
    if prefetch is None:
        del request["prefetch"]
    status, body = service.call(request)
    assert status == HTTPStatus.PRECONDITION_FAILED
    assert where(body) == ["prefetch.conditions", "prefetch.observations"]


@pytest.mark.requirement("Q10")
@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_an_order_that_cannot_be_judged_for_want_of_data_is_412(
    service: Service, hook: str
) -> None:
    status, body = service.call(example(hook) | {"prefetch": {}})
    assert status == HTTPStatus.PRECONDITION_FAILED
    assert where(body) == ["prefetch.conditions", "prefetch.observations"]


@pytest.mark.requirement("Q7")
@pytest.mark.parametrize("inside", [False, True])
def test_a_list_that_failed_is_not_an_empty_list(service: Service, inside: bool) -> None:
    failed: Json = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "forbidden"}],
    }
    if inside:
        failed = bundle() | {"entry": [{"resource": failed, "search": {"mode": "outcome"}}]}
    request = quiet()
    request["prefetch"] = request["prefetch"] | {"observations": failed}
    status, body = service.call(request)
    assert status == HTTPStatus.PRECONDITION_FAILED
    assert where(body) == ["prefetch.observations"]


@pytest.mark.requirement("Q8")
def test_the_first_page_alone_is_no_whole_list(service: Service) -> None:
    more = [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]
    request = quiet()
    request["prefetch"] = request["prefetch"] | {"conditions": bundle(link=more)}
    status, body = service.call(request)
    assert status == HTTPStatus.PRECONDITION_FAILED
    assert where(body) == ["prefetch.conditions"]
    urgent = example()
    urgent["prefetch"]["observations"]["link"] = more
    card = service.cards(urgent)[0]
    assert card["indicator"] == "critical"
    assert "observations" in card["detail"].lower()


@pytest.mark.requirement("Q13")
def test_a_long_chart_is_answered_within_half_a_second(service: Service) -> None:
    request = example()
    entries = request["prefetch"]["observations"]["entry"]
    pressure = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
        "subject": {"reference": f"Patient/{request['context']['patientId']}"},
        "effectiveDateTime": "2026-10-30T08:00:00Z",
        "valueQuantity": {"value": 120, "unit": "mm[Hg]", "code": "mm[Hg]"},
    }
    entries += [{"resource": pressure | {"id": f"bp{number}"}} for number in range(300)]
    took = []
    for _ in range(11):
        started = perf_counter()
        assert service.cards(request)
        took.append(perf_counter() - started)
    assert median(took) < HALF_A_SECOND


@pytest.mark.requirement("Q14")
@pytest.mark.parametrize("name", ["d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "not a UUID"])
def test_any_name_of_a_call_is_taken(service: Service, name: str) -> None:
    assert service.cards(example() | {"hookInstance": name})


@pytest.mark.requirement("Q14")
def test_an_empty_name_of_a_call_is_refused(service: Service) -> None:
    status, body = service.call(example() | {"hookInstance": ""})
    assert status == HTTPStatus.BAD_REQUEST
    assert where(body) == ["hookInstance"]


@pytest.mark.requirement("Q15", "X1")
def test_extensions_and_members_of_others_change_nothing(service: Service) -> None:
    plain = example()
    extension = {
        "com.epic.cdshooks.request.bpa-trigger-action": "21",
        "com.epic.cdshooks.request.criteria": [{"a": None}],
    }
    request = plain | {"extension": extension, "newMember": {"deep": [[]]}}
    request["context"] = request["context"] | {"extension": extension, "newField": 1}
    assert shown(service.cards(request)) == shown(service.cards(plain))


@pytest.mark.requirement("X1")
def test_the_service_sends_no_extension_that_is_not_an_object(service: Service) -> None:
    def every(value: Any) -> list[Any]:
        inner = value.values() if isinstance(value, dict) else value
        if not isinstance(value, dict | list):
            return []
        return [value, *(one for part in inner for one in every(part))]

    for one in every([service.discovery(), service.cards(example())]):
        if isinstance(one, dict) and "resourceType" not in one:
            assert isinstance(one.get("extension", {}), dict)


@pytest.mark.requirement("Q16")
@pytest.mark.parametrize("hook", HOOKS)
def test_the_hook_of_another_service_is_refused(service: Service, hook: str) -> None:
    other = HOOKS[HOOKS.index(hook) - 1]
    status, body = service.call_at(f"/cds-services/back-numbness-{hook}", example(other))
    assert status == HTTPStatus.BAD_REQUEST
    assert where(body) == ["hook"]
