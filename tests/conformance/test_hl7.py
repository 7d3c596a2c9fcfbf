"""HL7's own models and test cases (of 3.0-ballot), where they are at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from service.judging import LibraryEngine
from tests.conformance.requests import VERSIONS, every_request, example, read
from tests.conformance.running import Service, serving
from tests.conftest import NO_SHARED

CASES = {
    "order-select-good": HTTPStatus.OK,
    "order-sign-good": HTTPStatus.OK,
    "patient-view-good": HTTPStatus.PRECONDITION_FAILED,
    "pv-good": HTTPStatus.PRECONDITION_FAILED,
    "order-select-extensions": HTTPStatus.BAD_REQUEST,
}
"""HL7's requests: of orders that are no scans, of patients of whom no Condition is sent, and one
without the draft orders that its hook has to have."""


@pytest.fixture
def models(shared: Path) -> Path:
    """The program that checks a document by HL7's models."""
    found = shared / "tools" / "logical-check" / "logical_check.py"
    if not found.is_file():
        pytest.skip(NO_SHARED)
    return found


def judged(models: Path, kind: str, document: Any, folder: Path) -> str:
    """What the models say of a document."""
    path = folder / "document.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(models), kind, str(path)], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.shared
def test_hl7s_models_accept_discovery(service: Service, models: Path, tmp_path: Path) -> None:
    found = judged(models, "services", service.discovery(), tmp_path)
    assert found == "0 errors, 0 warnings\n"


@pytest.mark.shared
def test_hl7s_models_accept_the_cards_of_all_example_patients(
    service: Service, models: Path, tmp_path: Path
) -> None:
    bodies = (service.call(read(path))[1] for path in every_request())
    cards = [card for body in bodies for card in body.get("cards", [])]
    assert cards
    assert judged(models, "response", {"cards": cards}, tmp_path) == "0 errors, 0 warnings\n"


@pytest.mark.shared
@pytest.mark.parametrize("hook", ["patient-view", "order-select"])
@pytest.mark.parametrize("version", ["1.1", "2.0", "3.0-ballot"])
def test_hl7s_models_accept_what_the_clients_of_these_tests_send(
    models: Path, tmp_path: Path, version: str, hook: str
) -> None:
    request = VERSIONS[version](example(hook))
    assert "0 errors" in judged(models, "request", request, tmp_path)


@pytest.mark.shared
def test_hl7s_own_requests_are_answered(engine: LibraryEngine, shared: Path) -> None:
    folder = shared / "cds-hooks" / "fhir-test-cases"
    if not folder.is_dir():
        pytest.skip(NO_SHARED)
    with serving(engine, fhir_servers="https://ehr.example.org/fhir") as running:
        for name, expected in CASES.items():
            path = folder / f"cdshooks-request-{name}.json"
            status, _ = running.call(json.loads(path.read_text(encoding="utf-8")))
            assert status == expected, name
