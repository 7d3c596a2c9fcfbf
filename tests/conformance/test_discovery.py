"""Discovery, and what its prefetch templates ask for."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import pytest

from service.judging import LibraryEngine
from tests.conformance.requests import HOOKS, example
from tests.conformance.running import KINDS, Service, serving
from tests.conftest import ROOT

TOKEN = re.compile(
    r"\{\{(context\.\w+|user(PractitionerId|PractitionerRoleId|PatientId|RelatedPersonId))\}\}"
)
TOKENS_OF_ALL_HOOKS = {"context.patientId", "context.userId"}
DATES = ("eq", "lt", "gt", "ge", "le")


def offered(service: Service) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.discovery()["services"]
    return found


def templates(service: Service) -> dict[str, str]:
    """Key -> template, of all services."""
    return {key: one for each in offered(service) for key, one in each["prefetch"].items()}


@pytest.mark.requirement("D1")
def test_discovery_is_where_it_has_to_be(service: Service) -> None:
    assert service.http.get("/cds-services").status_code == HTTPStatus.OK


@pytest.mark.requirement("D1")
@pytest.mark.parametrize("path", ["/clinical/backflag/cds-services", "/cds-services"])
def test_a_proxy_may_strip_its_prefix_or_leave_it(engine: LibraryEngine, path: str) -> None:
    with serving(engine, root_path="/clinical/backflag") as below:
        assert below.http.get(path).json() == below.discovery()
        request = example()
        answer = below.post(f"{path}/back-numbness-patient-view", request)
        assert answer.status_code == HTTPStatus.OK
        assert answer.json()["cards"]


@pytest.mark.requirement("D2", "D3", "D12")
def test_discovery_is_200_and_an_object_with_an_array_of_services(service: Service) -> None:
    answer = service.http.get("/cds-services")
    assert answer.status_code == HTTPStatus.OK
    assert list(answer.json()) == ["services"]
    assert isinstance(answer.json()["services"], list)


@pytest.mark.requirement("D4", "D5", "D6", "D9")
def test_each_service_names_its_hook_and_says_what_it_is_for(service: Service) -> None:
    assert [one["hook"] for one in offered(service)] == list(HOOKS)
    for one in offered(service):
        assert all(one[key].strip() for key in ("title", "description", "usageRequirements"))


@pytest.mark.requirement("D7", "D13")
def test_each_id_is_of_one_service_which_is_called_under_it(service: Service) -> None:
    names = [one["id"] for one in offered(service)]
    assert len(set(names)) == len(names)
    for one in offered(service):
        status, body = service.call_at(f"/cds-services/{one['id']}", example(one["hook"]))
        assert status == HTTPStatus.OK
        assert body["cards"][0]["indicator"] == "critical"


@pytest.mark.requirement("D10", "D11")
def test_versions_are_not_told_wrong(service: Service) -> None:
    for one in offered(service):
        assert re.fullmatch(r"\d+\.\d+\.\d+\S*", one.get("version", "3.0.0"))
        assert one.get("hookVersion", "1.0") == "1.0"


@pytest.mark.requirement("D8")
def test_the_prefetch_asks_for_each_type_under_its_key(service: Service) -> None:
    for one in offered(service):
        asked = {key: re.split(r"[/?]", query)[0] for key, query in one["prefetch"].items()}
        assert asked == KINDS


@pytest.mark.requirement("D16")
def test_discovery_tells_of_nothing_that_has_to_be_agreed(service: Service) -> None:
    assert "actionSelectionBehavior" not in service.http.get("/cds-services").text


@pytest.mark.requirement("D15")
def test_the_documentation_names_each_hook_and_each_template(service: Service) -> None:
    text = (ROOT / "docs" / "connecting.md").read_text(encoding="utf-8")
    for one in offered(service):
        assert f"`{one['hook']}`" in text
        assert f"`{one['id']}`" in text
    for key, query in templates(service).items():
        assert f"| `{key}` | `{query}` |" in text
    assert "connecting.md" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.requirement("P1", "P3", "P5", "P6")
def test_tokens_are_plain_paths_into_the_context(service: Service) -> None:
    for query in templates(service).values():
        plain = TOKEN.sub("", query)
        assert TOKEN.search(query)
        assert not re.search(r"[{}%|]|today|resolve|ofType", plain)


@pytest.mark.requirement("P2")
def test_only_fields_are_used_that_every_hook_has_and_marks_for_it(service: Service) -> None:
    used = {token for query in templates(service).values() for token, _ in TOKEN.findall(query)}
    assert used <= TOKENS_OF_ALL_HOOKS


@pytest.mark.requirement("P4")
def test_only_parameters_are_used_that_every_server_knows(service: Service) -> None:
    for query in templates(service).values():
        what, _, parameters = query.partition("?")
        if not parameters:
            assert re.fullmatch(r"Patient/\{\{context\.patientId\}\}", what)
            continue
        assert re.fullmatch(r"[A-Z][A-Za-z]+", what)
        given = dict(parse_qsl(parameters, strict_parsing=True))
        assert given.pop("patient") == "{{context.patientId}}"
        assert int(given.pop("_count")) > 0
        assert given.pop("_sort", "-date") == "-date"
        assert not given, "a parameter that is not on the list"
