from __future__ import annotations

from typing import Any

import pytest

from knowledge.chart.decode import read_values
from service.supplied import open_links, types_supplied
from tests.service.fakes import bundle, condition, raw

ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
NONE_FOUND = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "warning", "code": "not-found"}],
}


def supplied(**prefetch: Any) -> set[str]:
    return set(types_supplied(read_values({key: raw(value) for key, value in prefetch.items()})))


def linked(url: str) -> dict[str, Any]:
    return bundle(link=[{"relation": "self", "url": url}])


def test_an_empty_bundle_under_the_standard_key_is_an_empty_list() -> None:
    assert supplied(conditions=bundle(), medications=bundle()) == {
        "Condition",
        "MedicationRequest",
    }


def test_a_bundle_without_entry_is_empty_too() -> None:
    assert supplied(observations={"resourceType": "Bundle", "total": 0}) == {"Observation"}


def test_null_under_the_standard_key_is_an_empty_list() -> None:
    assert supplied(observations=None) == {"Observation"}


def test_a_key_of_the_site_s_own_tells_nothing_when_empty() -> None:
    assert supplied(problemList=bundle(), theirs=None) == set()


@pytest.mark.parametrize(
    "url",
    [
        "https://ehr.example.org/fhir/R4/Condition?patient=1&category=problem-list-item",
        "https://ehr.example.org/fhir/Condition/_search?patient=1",
        "Condition?patient=1",
    ],
)
def test_the_self_link_of_an_empty_bundle_tells_its_type(url: str) -> None:
    assert supplied(problemList=linked(url)) == {"Condition"}


def test_resources_count_under_any_key() -> None:
    assert supplied(problemList=bundle(condition())) == {"Condition"}
    assert supplied(p=condition()) == {"Condition"}


def test_an_error_is_not_an_empty_list() -> None:
    assert supplied(conditions=ERROR) == set()
    assert supplied(conditions=bundle(ERROR)) == set()
    assert supplied(conditions=bundle(condition(), ERROR)) == set()


def test_an_error_under_one_key_leaves_what_another_supplied() -> None:
    assert supplied(conditions=ERROR, problemList=bundle(condition())) == {"Condition"}


def test_epic_s_empty_search_is_an_empty_list() -> None:
    assert supplied(conditions=bundle(NONE_FOUND, total=0)) == {"Condition"}


def test_an_outcome_alone_under_the_standard_key_supplies_nothing() -> None:
    assert supplied(conditions=NONE_FOUND) == set()


@pytest.mark.parametrize("value", [5, "x", [], {}, {"resourceType": 5}, {"a": 1}])
def test_what_is_not_fhir_supplies_nothing(value: Any) -> None:
    assert supplied(conditions=value) == set()


def test_a_list_of_which_nothing_can_be_read_is_not_supplied() -> None:
    assert supplied(conditions=bundle(condition(code=[1], subject=5))) == set()
    assert supplied(conditions=bundle({"no": "type"})) == set()


def test_a_list_with_one_broken_resource_is_supplied() -> None:
    broken = condition(id="c2", code=[1], subject=5)
    assert supplied(conditions=bundle(broken, condition())) == {"Condition"}


def test_a_bundle_under_the_wrong_key_supplies_what_it_holds() -> None:
    assert supplied(observations=bundle(condition())) == {"Condition"}


SELF = [{"relation": "self", "url": "https://ehr.example.org/fhir/Condition?patient=p1"}]


@pytest.mark.parametrize(
    "entries",
    [
        {"entry": [{"resource": {"id": "x", "code": {"text": "saddle numbness"}}}]},
        {"entry": ["x", 3]},
        {"entry": "x"},
        {"entry": [{"resource": {"resourceType": "Conditon", "id": "c"}}]},
        {"entry": [{"fullUrl": "https://ehr.example.org/fhir/Condition/1"}]},
        {"entry": [{"resource": None}]},
        {"total": 7},
    ],
    ids=["no type", "no objects", "no list", "misspelt", "links only", "null", "total"],
)
@pytest.mark.parametrize("link", [SELF, []], ids=["self link", "no link"])
def test_what_could_not_be_read_is_no_empty_list(
    entries: dict[str, Any], link: list[dict[str, str]]
) -> None:
    value = {"resourceType": "Bundle", "type": "searchset", "link": link, **entries}
    assert "Condition" not in types_supplied(read_values({"conditions": value}))


NEXT = "https://ehr.example.org/fhir/Condition?patient=p1&page=2"


def cut(*resources: dict[str, Any], link: str = NEXT, **more: Any) -> dict[str, Any]:
    return bundle(*resources, link=[{"relation": "next", "url": link}], **more)


def test_a_page_that_has_a_next_one_is_no_list() -> None:
    assert supplied(conditions=cut(condition()), observations=bundle()) == {"Observation"}
    assert supplied(conditions=cut()) == set()
    assert supplied(problemList=cut()) == set()


def test_a_page_that_has_a_next_one_is_no_list_beside_another_of_its_type() -> None:
    assert supplied(conditions=cut(condition()), problemList=bundle(condition())) == set()
    assert supplied(conditions=cut(), problemList=bundle(condition())) == set()


def test_what_a_cut_page_includes_is_no_list_either() -> None:
    encounter = {"resourceType": "Encounter", "id": "e1"}
    assert supplied(conditions=cut(condition(), encounter)) == set()


def test_a_page_whose_next_one_was_followed_is_a_list() -> None:
    decoded = read_values({"conditions": raw(cut(condition()))})
    assert types_supplied(decoded, frozenset({NEXT})) == {"Condition"}
    assert types_supplied(decoded, frozenset({NEXT + "0"})) == set()


@pytest.mark.parametrize(
    ("prefetch", "kinds"),
    [
        ({"conditions": cut(condition())}, {"Condition"}),
        ({"theirs": cut()}, {"Condition"}),
        ({"conditions": cut(link="https://ehr.example.org/FHIR?_getpages=1")}, {"Condition"}),
        ({"theirs": cut(condition(), link="?page=2")}, {"Condition"}),
        ({"observations": cut(condition(), link="?page=2")}, {"Observation"}),
        ({"theirs": cut(link="?page=2")}, set()),
        ({"a": cut(), "b": cut(condition())}, {"Condition"}),
    ],
    ids=["all", "by its link", "by its key", "by what it holds", "key first", "unknown", "twice"],
)
def test_where_a_page_goes_on_is_known_with_what_it_is_about(
    prefetch: dict[str, Any], kinds: set[str]
) -> None:
    decoded = read_values({key: raw(value) for key, value in prefetch.items()})
    assert set().union(*open_links(decoded).values()) == kinds
    assert len(open_links(decoded)) == 1


def test_a_page_without_a_next_one_goes_nowhere() -> None:
    assert open_links(read_values({"conditions": raw(bundle(condition()))})) == {}


def test_what_a_key_is_about_can_be_said() -> None:
    decoded = read_values({"conditions+2": raw(bundle())})
    assert types_supplied(decoded) == set()
    assert types_supplied(decoded, keys={"conditions+2": ("Condition",)}) == {"Condition"}
