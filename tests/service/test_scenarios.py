"""The scenarios of the hooks beside patient-view, over HTTP: what each of them gets, and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from service.app import create_app
from service.judging import load_engine
from service.settings import read_settings
from tests.conftest import ROOT

PATIENTS = ROOT / "knowledge" / "patients"
MOST = ("encounter-start", "order-select", "order-sign", "encounter-discharge")
Json = dict[str, Any]


def told(folder: str) -> Json:
    found: Json = yaml.safe_load((PATIENTS / folder / "expected.yaml").read_text())
    return found


def scenarios() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Each file with its moment, the indicators that it gets, and words that they hold."""
    for one in told("encounters")["patients"]:
        yield f"encounters/{one['file']}", one["at"], one["cards"], one.get("says", [])
    orders = told("orders")
    for one in orders["drafts"]:
        card = one.get("card")
        indicators = [card["indicator"]] if card else []
        yield f"orders/{one['file']}", orders["at"], indicators, one.get("says", [])


ALL = list(scenarios())


def request(name: str) -> Json:
    found: Json = json.loads((PATIENTS / name).read_text())
    return found


@pytest.fixture(scope="module")
def at() -> dict[str, datetime]:
    """The moment of judgement, for each test to set."""
    return {}


@pytest.fixture(scope="module")
def client(at: dict[str, datetime]) -> Iterator[TestClient]:
    def clock(zone: tzinfo) -> datetime:
        return at["now"].astimezone(zone)

    settings = read_settings(_env_file=None, database_url="sqlite://")
    with TestClient(create_app(settings, load_engine("http://x"), clock)) as client:
        yield client


@pytest.mark.parametrize(("name", "moment", "indicators", "says"), ALL, ids=[one[0] for one in ALL])
def test_a_scenario_gets_its_cards(
    client: TestClient,
    at: dict[str, datetime],
    name: str,
    moment: str,
    indicators: list[str],
    says: list[str],
) -> None:
    at["now"] = datetime.fromisoformat(moment)
    body = request(name)
    answer = client.post(f"/cds-services/back-numbness-{body['hook']}", json=body)
    assert answer.status_code == 200, answer.text
    cards = answer.json()["cards"]
    assert [card["indicator"] for card in cards] == indicators
    for words in says:
        assert words in cards[0]["summary"] + cards[0]["detail"]


def test_each_hook_has_eight_scenarios_and_more_from_both_sides() -> None:
    sides = Counter((request(name)["hook"], bool(cards)) for name, _, cards, _ in ALL)
    for hook in MOST:
        assert sides[hook, True] + sides[hook, False] >= 8
        assert min(sides[hook, True], sides[hook, False]) >= 4


def test_a_start_is_answered_as_a_view_of_the_chart(
    client: TestClient, at: dict[str, datetime]
) -> None:
    for one in told("encounters")["patients"]:
        body = request(f"encounters/{one['file']}")
        if body["hook"] != "encounter-start":
            continue
        at["now"] = datetime.fromisoformat(one["at"])
        start = client.post("/cds-services/back-numbness-encounter-start", json=body)
        body["hook"] = "patient-view"
        view = client.post("/cds-services/back-numbness-patient-view", json=body)
        assert [without_ids(card) for card in start.json()["cards"]] == [
            without_ids(card) for card in view.json()["cards"]
        ]


def without_ids(card: Json) -> Json:
    suggestions = [one | {"uuid": ""} for one in card.get("suggestions", [])]
    return card | {"uuid": "", "suggestions": suggestions}


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_an_order_of_something_else_needs_no_chart(
    client: TestClient, at: dict[str, datetime], hook: str
) -> None:
    at["now"] = datetime.fromisoformat("2026-11-01T09:00:00Z")
    pill = {"resourceType": "MedicationRequest", "id": "m", "status": "draft"}
    xray = {
        "resourceType": "ServiceRequest",
        "id": "x",
        "status": "draft",
        "subject": {"reference": "Patient/p1"},
        "code": {"text": "X-ray lumbar spine"},
    }
    for drafted, status in ((pill, 200), (xray, 412)):
        context = {
            "userId": "Practitioner/1",
            "patientId": "p1",
            "selections": [f"{drafted['resourceType']}/{drafted['id']}"],
            "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": drafted}]},
        }
        body = {"hook": hook, "hookInstance": "1", "context": context}
        answer = client.post(f"/cds-services/back-numbness-{hook}", json=body)
        assert answer.status_code == status, answer.text
