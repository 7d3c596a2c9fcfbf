"""Servers that want to be asked by category, as Epic's do."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from service.ehr.gaps import BUSY, CUT_OFF, FAILED, REFUSED, TIMEOUT, UNREADABLE
from service.ehr.lookups import CATEGORIES, REQUIRED
from tests.service.ehr.asking import all_but, complete, ids, whys
from tests.service.ehr.fhir_server import (
    Answer,
    Asked,
    FhirServer,
    outcome,
    page,
    resource,
    says,
)

pytestmark = pytest.mark.anyio
Client = httpx.AsyncClient
REFUSALS = [
    says(outcome(), 400),
    says(outcome(), 403),
    says(outcome(), 422),
    says(outcome()),
    says(page(outcome())),
    says(page(outcome("fatal"))),
]
NAMES = ["400", "403", "422", "outcome", "outcome in a bundle", "fatal"]
LAB, VITAL = (says(page(resource("Observation", name))) for name in ("lab", "vital"))


async def late(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(10)


def by_category(fhir: FhirServer, kind: str, refusal: Answer, **answers: Answer) -> None:
    """Only these categories are answered, and the rest is refused like the plain search."""
    fhir.answers[kind] = refusal
    for category, answer in answers.items():
        fhir.answers[f"{kind}?category={category.replace('_', '-')}"] = answer


def categories_of(fhir: FhirServer) -> list[str]:
    asked = [one.query.get("category", [""])[0] for one in fhir.asked]
    return [one for one in asked if one]


@pytest.mark.parametrize("refusal", REFUSALS, ids=NAMES)
async def test_observations_are_asked_for_by_category_where_the_plain_search_is_refused(
    fhir: FhirServer, client: Client, refusal: Answer
) -> None:
    by_category(fhir, "Observation", refusal, laboratory=LAB, vital_signs=VITAL)
    found = await complete(client, fhir.base, all_but("observations"))
    assert not found.gaps
    assert "Observation" in found.supplied
    assert sorted(ids(found)) == ["lab", "vital"]
    assert sorted(categories_of(fhir)) == sorted(CATEGORIES["observations"])
    assert "Observation?patient=p1&_count=1000&category=exam" in fhir.targets
    assert len(set(found.prefetch)) == len(found.prefetch)


async def test_conditions_are_asked_for_by_category_too(fhir: FhirServer, client: Client) -> None:
    listed = says(page(resource("Condition", "c1"), resource("Condition", "c2")))
    today = says(page(resource("Condition", "c2"), resource("Condition", "c3")))
    by_category(fhir, "Condition", REFUSALS[0], problem_list_item=listed, encounter_diagnosis=today)
    found = await complete(client, fhir.base, all_but("conditions"))
    assert not found.gaps
    assert sorted(ids(found)) == ["c1", "c2", "c3"]
    assert sorted(categories_of(fhir)) == sorted(CATEGORIES["conditions"])


async def test_categories_without_results_make_an_empty_list(
    fhir: FhirServer, client: Client
) -> None:
    none = says(page(outcome("warning"), total=0))
    by_category(fhir, "Observation", REFUSALS[0], laboratory=none, vital_signs=none)
    found = await complete(client, fhir.base, all_but("observations"))
    assert not found.gaps
    assert "Observation" in found.supplied


@pytest.mark.parametrize("category", sorted(REQUIRED))
async def test_without_a_category_that_every_server_has_there_is_no_list(
    fhir: FhirServer, client: Client, category: str
) -> None:
    key = "conditions" if category in CATEGORIES["conditions"] else "observations"
    kind = key.removesuffix("s").capitalize()
    fhir.answers[kind] = says(outcome(), 403)
    for one in set(CATEGORIES[key]) - {category}:
        fhir.answers[f"{kind}?category={one}"] = says(page(resource(kind, one)))
    found = await complete(client, fhir.base, all_but(key))
    assert whys(found) == {key: REFUSED}
    assert kind not in found.supplied
    assert set(ids(found)) == set(CATEGORIES[key]) - {category}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (late, TIMEOUT),
        (says(outcome(), 500), FAILED),
        (says(outcome(), 401), REFUSED),
        (says(b"", 429), BUSY),
        (says(b"{"), UNREADABLE),
        (says(page(resource("Observation", "e1"), next_link="https://x.example/")), CUT_OFF),
    ],
    ids=["late", "500", "401", "429", "broken", "cut off"],
)
async def test_a_category_that_may_hold_something_is_not_done_without(
    fhir: FhirServer, client: Client, answer: Answer, why: str
) -> None:
    by_category(fhir, "Observation", REFUSALS[0], laboratory=LAB, vital_signs=VITAL, exam=answer)
    found = await complete(client, fhir.base, all_but("observations"), seconds=0.4)
    assert whys(found) == {"observations": why}
    assert "Observation" not in found.supplied
    assert {"lab", "vital"} <= set(ids(found))


async def test_other_lists_have_no_categories(fhir: FhirServer, client: Client) -> None:
    fhir.answers["Procedure"] = says(outcome(), 400)
    found = await complete(client, fhir.base, all_but("procedures"))
    assert whys(found) == {"procedures": FAILED}
    assert len(fhir.asked) == 1


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_other_errors_are_no_wish_for_categories(
    fhir: FhirServer, client: Client, status: int
) -> None:
    fhir.answers["Observation"] = says(outcome(), status)
    await complete(client, fhir.base, all_but("observations"))
    assert len(fhir.asked) == 1


async def test_an_error_on_a_later_page_is_no_wish_for_categories(
    fhir: FhirServer, client: Client
) -> None:
    fhir.answers["Observation"] = says(
        page(resource("Observation", "o1"), next_link=f"{fhir.base}/More?page=2")
    )
    fhir.answers["More"] = says(outcome(), 400)
    found = await complete(client, fhir.base, all_but("observations"))
    assert whys(found) == {"observations": FAILED}
    assert len(fhir.asked) == 2
    assert ids(found) == ["o1"]
