"""What breaks inside the judgement, as the caller and the operator see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY
from starlette.testclient import TestClient

from knowledge.library import Library, load_library
from service.app import create_app
from service.judging import LibraryEngine
from service.settings import read_settings
from tests.conftest import ROOT
from tests.knowledge.test_apart import broken, overflows
from tests.service.fakes import bundle, hook_request

PATH = "/cds-services/back-numbness-patient-view"
PATIENTS = ROOT / "knowledge" / "patients"
ORIGIN = "http://localhost:8080"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def patient(name: str) -> Any:
    return json.loads((PATIENTS / f"{name}.request.json").read_text())


def asked(library: Library, body: Any, path: str = PATH) -> Any:
    settings = read_settings(_env_file=None, database_url="sqlite://", deadline_ms=60_000)
    with TestClient(create_app(settings, LibraryEngine(library, "http://x"))) as client:
        return client.post(path, json=body, headers={"Origin": ORIGIN})


@pytest.fixture
def told() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def failures(criterion: str) -> float:
    name = "backflag_criterion_failures_total"
    return REGISTRY.get_sample_value(name, {"criterion": criterion}) or 0.0


def test_a_criterion_that_breaks_costs_that_criterion_alone(
    library: Library, told: list[Any]
) -> None:
    before = failures("vitamin-deficiency-neuropathy")
    damaged = broken(library, "vitamin-deficiency-neuropathy")
    answer = asked(damaged, patient("us-saddle-numbness"))
    assert answer.status_code == HTTPStatus.OK, answer.text
    card = answer.json()["cards"][0]
    assert card["indicator"] == "critical"
    assert "**Incomplete" in card["detail"]
    (loud,) = [one for one in told if one["event"] == "criterion failed"]
    assert (loud["criterion"], loud["log_level"]) == ("vitamin-deficiency-neuropathy", "error")
    assert failures("vitamin-deficiency-neuropathy") == before + 1
    assert "MARKER" not in str(told)


@pytest.mark.parametrize("name", ["mechanical-strain", "us-saddle-numbness"])
@pytest.mark.parametrize("path", [PATH, PATH.replace("cds-services", "explain")])
def test_where_nothing_could_be_evaluated_it_is_500_with_cors(
    library: Library, name: str, path: str
) -> None:
    answer = asked(broken(library, *library.criteria, check=overflows), patient(name), path)
    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.headers["access-control-allow-origin"] == ORIGIN


def test_no_card_because_a_criterion_broke_is_never_an_empty_list(library: Library) -> None:
    empty = hook_request({"conditions": bundle(), "observations": bundle()})
    assert asked(library, empty).json() == {"cards": []}
    answer = asked(broken(library, "cauda-equina-syndrome"), empty)
    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "nothing can be said" in answer.json()["issue"][0]["diagnostics"]
