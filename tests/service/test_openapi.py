"""The service's own description: complete, and true of what it really answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator
from starlette.routing import Route
from starlette.testclient import TestClient

from knowledge.evaluation import News, NewsKind, Noted, Overridden, State, WorkUp, as_json
from knowledge.failing import Failed
from knowledge.language.facts import Ignored
from knowledge.language.schema import Urgency
from knowledge.reading.reasons import REASONS
from knowledge.site.account import Account
from service.app import create_app
from service.discovery import PREFETCH, SERVICE_IDS
from service.errors import CODES
from service.judging import load_engine
from service.openapi import PATH, openapi_document
from service.settings import read_settings
from tests.cards.builders import CES, SADDLE_FOUND, evaluation, met
from tests.conftest import ROOT
from tests.fuzz.contract import Answer, Broken, Contract

PATIENTS = sorted((ROOT / "knowledge" / "patients").glob("**/*.request.json"))
URL = "http://127.0.0.1:8000"
ALIASES = {"/cds-services/", "/criteria/"}
"""What is answered in case somebody adds a slash."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    database = f"sqlite:///{tmp_path_factory.mktemp('openapi') / 'test.db'}"
    patient = read_settings(_env_file=None, database_url=database, deadline_ms=60_000)
    return create_app(patient, load_engine(URL))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=URL) as found:
        yield found


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get(PATH).json()
    return found


@pytest.fixture(scope="module")
def contract(document: dict[str, Any]) -> Contract:
    return Contract(document)


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    whole = {**schema, "components": document["components"]}
    return Draft202012Validator(whole, validate_formats=True)


def answer_to(client: TestClient, path: str, body: bytes) -> Answer:
    found = client.post(path, content=body, headers={"Content-Type": "application/json"})
    return Answer(found.status_code, found.headers, found.content)


def test_every_address_is_described_and_every_description_has_an_address(
    app: FastAPI, document: dict[str, Any]
) -> None:
    routes = {
        (route.path, method.lower())
        for route in app.routes
        if isinstance(route, Route) and route.path not in ALIASES
        for method in route.methods or ()
        if method != "HEAD"
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert routes == described


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [one["operationId"] for item in document["paths"].values() for one in item.values()]
    assert len(names) == len(set(names))


def test_the_document_says_where_the_service_is() -> None:
    one, other = openapi_document("https://a.example"), openapi_document("https://b.example")
    assert [one["servers"][0]["url"], other["servers"][0]["url"]] == [
        "https://a.example",
        "https://b.example",
    ]


def test_nothing_that_is_repeated_is_left_in_the_document(document: dict[str, Any]) -> None:
    assert not [name for name in document if name.startswith("x-")]


def test_every_code_of_an_error_is_described(document: dict[str, Any]) -> None:
    issue = document["components"]["schemas"]["OperationOutcome"]["properties"]["issue"]
    assert set(issue["items"]["properties"]["code"]["enum"]) == set(CODES.values())


def test_every_list_of_words_is_that_of_the_code(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert set(schemas["Ignored"]["enum"]) == set(REASONS)
    assert set(schemas["Urgency"]["enum"]) == set(Urgency)
    assert set(schemas["WorkUp"]["properties"]["state"]["enum"]) == set(State)
    news = schemas["Overridden"]["properties"]["since"]["items"]["properties"]
    assert set(news["kind"]["enum"]) == set(get_args(NewsKind))
    assert set(schemas["Service"]["properties"]["hook"]["enum"]) == set(SERVICE_IDS)
    assert set(schemas["Call"]["properties"]["prefetch"]["properties"]) == set(PREFETCH)


def test_the_description_is_not_sent_twice(client: TestClient) -> None:
    first = client.get(PATH)
    again = client.get(PATH, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == HTTPStatus.NOT_MODIFIED
    assert not again.content


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.name)
def test_every_example_patient_is_asked_and_answered_as_described(
    path: Path, client: TestClient, document: dict[str, Any], contract: Contract
) -> None:
    body = path.read_bytes()
    request = json.loads(body)
    address = f"/explain/{SERVICE_IDS[request['hook']]}"
    content = document["paths"][address]["post"]["requestBody"]
    named = content["$ref"].rpartition("/")[2]
    schema = document["components"]["requestBodies"][named]["content"]["application/json"]
    errors = validator(document, schema["schema"]).iter_errors(request)
    assert not [one.message for one in errors]
    answer = answer_to(client, address, body)
    assert answer.status == HTTPStatus.OK
    contract.hold("POST", address, answer)


@pytest.mark.parametrize(
    "path", ["/criteria", "/criteria/cauda-equina-syndrome", "/criteria?format=x", "/criteria/x",
             "/criteria/changelog.txt", "/livez", "/readyz", "/metrics", "/cds-services", "/x",
             PATH],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_what_is_read_is_as_described(
    path: str, accept: str, client: TestClient, contract: Contract
) -> None:
    found = client.get(path, headers={"Accept": accept})
    contract.hold("GET", path, Answer(found.status_code, found.headers, found.content))


def test_all_criteria_are_as_described(client: TestClient, contract: Contract) -> None:
    for one in client.get("/criteria").json()["criteria"]:
        path = f"/criteria/{one['id']}"
        found = client.get(path)
        contract.hold("GET", path, Answer(found.status_code, found.headers, found.content))


def told(**more: Any) -> dict[str, Any]:
    """An evaluation with one criterion, in the public form."""
    judged = met(CES, Urgency.EMERGENCY, SADDLE_FOUND, **more)
    site = Account({"name": "A hospital"}, {CES.id: SITE})
    noted = (Noted("implant", "MRI", "…", (SADDLE_FOUND,)),)
    ignored = (Ignored("Condition/c2", "refuted"),)
    whole = evaluation(judged, cautions=noted, ignored=ignored, incomplete=("Device",))
    whole = replace(whole, confirmed=(CES.id,) if more else ())
    whole = replace(whole, missing_overridden=more.get("overridden"))
    found = as_json(whole, [], site, silent=bool(more))
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


SITE: dict[str, object] = {
    "signedOff": {"who": "Dr Example", "role": "lead", "date": "2026-11-01"},
    "site": {
        "parameters": [
            {"name": "pvr", "value": 300, "unit": "mL", "default": 200, "why": "…",
             "orIn": [{"value": 0.3, "unit": "L"}]}
        ],
        "switchedOff": {"why": "…"},
        "silent": {"why": "…"},
    },
}  # fmt: skip
FULL = {
    "clock": "4 hours",
    "missing": ("post-void-residual",),
    "ask": ("post-void-residual",),
    "held_back_by": ("work-up",),
    "reasons": ("said so",),
    "failed": Failed(CES.id, "ValueError", ("a.py:1 f",)),
    "silent": True,
    "overridden": Overridden(
        datetime(2026, 11, 26, tzinfo=UTC), "under-spinal-team", datetime(2026, 11, 27, tzinfo=UTC),
        None, (News("finding", "saddle-numbness"), News("time")),
    ),
    "work_up": WorkUp(
        State.OVERDUE, Urgency.EMERGENCY, "MRI", "…",
        replace(SADDLE_FOUND, note="…", suspected=True, preliminary=True, contradicted_by="x"),
        why=("not-urgent",), priority="stat", status="active", due=1.0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("more", [{}, FULL], ids=["bare", "full"])
def test_all_that_an_evaluation_can_hold_is_described(
    more: dict[str, Any], document: dict[str, Any]
) -> None:
    schema = document["components"]["schemas"]["Evaluation"]
    errors = validator(document, schema).iter_errors(told(**more))
    assert not [f"{one.instance_path}: {one.message}" for one in errors]


def test_nothing_is_described_that_an_evaluation_never_holds(document: dict[str, Any]) -> None:
    schemas, whole = document["components"]["schemas"], told(**FULL)
    (one,) = whole["criteria"]
    parts = {
        "Evaluation": whole, "Judged": one, "WorkUp": one["workUp"],
        "Evidence": one["workUp"]["order"], "SiteChanges": one["site"],
        "Overridden": one["overridden"],
    }  # fmt: skip
    for name, part in parts.items():
        assert set(schemas[name]["properties"]) == set(part), name


BROKEN = {
    "summary too long": lambda card: card.update(summary="x" * 140),
    "unknown indicator": lambda card: card.update(indicator="hard-stop"),
    "null": lambda card: card.update(links=None),
    "empty list": lambda card: card.update(suggestions=[]),
    "no source": lambda card: card.pop("source"),
    "no uuid": lambda card: card.update(uuid="1"),
    "suggestions without their behaviour": lambda card: card.pop("selectionBehavior"),
    "another member": lambda card: card.update(extra=1),
    "a null deep inside of a draft": lambda card: card["suggestions"][0]["actions"][0][
        "resource"
    ].update(note=[{"text": None}]),
    "relative link": lambda card: card["links"][0].update(type="relative"),
}


@pytest.fixture(scope="module")
def cards(client: TestClient) -> dict[str, Any]:
    body = (ROOT / "knowledge" / "patients" / "us-saddle-numbness.request.json").read_bytes()
    found: dict[str, Any] = json.loads(
        answer_to(client, "/cds-services/back-numbness-patient-view", body).body
    )
    return found


@pytest.mark.parametrize("how", BROKEN)
def test_the_description_would_notice(how: str, cards: dict[str, Any], contract: Contract) -> None:
    broken = copy.deepcopy(cards)
    BROKEN[how](broken["cards"][0])
    headers = {"content-type": "application/json"}
    answer = Answer(HTTPStatus.OK, headers, json.dumps(broken).encode())
    with pytest.raises(Broken):
        contract.hold("POST", "/cds-services/back-numbness-patient-view", answer)


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (500, "application/fhir+json", b"{}"),
        (418, "application/fhir+json", b"{}"),
        (400, "application/json", b"{}"),
        (400, "application/fhir+json", b'{"resourceType":"OperationOutcome","issue":[]}'),
        (200, "application/json", b'{"cards":[],"cards":[]}'),
        (200, "application/json", b'{"cards":[NaN]}'),
        (200, "application/json", b"<html>"),
        (200, "text/html", b"<html>"),
        (404, "application/fhir+json", b"{}"),
    ],
)
def test_no_other_answer_passes(status: int, kind: str, body: bytes, contract: Contract) -> None:
    answer = Answer(status, {"content-type": kind}, body)
    with pytest.raises(Broken):
        contract.hold("POST", "/cds-services/back-numbness-patient-view", answer)
