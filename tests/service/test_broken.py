"""Charts with half of their resources broken: an answer all the same, and no emergency lost."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from http import HTTPStatus
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from service.app import create_app
from service.judging import load_engine
from service.settings import read_settings
from tests.service.fakes import bundle, condition, hook_request

SERVICE = "/cds-services/back-numbness-patient-view"
Json = dict[str, Any]
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DROPPED = 0.2
JUNK: list[Any] = [
    None, 0, -1, 1e300, -1e300, 2**70, True, "", "x", "y" * 1_000_000, "2026-13-45", "\ud800",
    [], {}, [[]], [{}], {"a": {"b": []}}, [None], ["x"], {"reference": 5}, {"coding": "x"},
    {"coding": [{"code": 1e300}]}, {"value": 1e300, "unit": []}, "9999-12-31T23:59:59Z",
]  # fmt: skip


def emergency() -> Json:
    """New saddle numbness, as a US problem list has it; it must survive whatever is beside it."""
    return condition(
        id="emergency",
        clinicalStatus={"coding": [{"code": "active"}]},
        code={"text": "Saddle numbness"},
        onsetDateTime="2026-11-20",
        subject={"reference": "Patient/p1"},
    )


def ordinary(number: int) -> Json:
    subject = {"reference": "Patient/p1"}
    quantity = {"value": 37.2, "unit": "Cel", "system": "http://unitsofmeasure.org", "code": "Cel"}
    temperature = {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]}
    residual = {"coding": [{"system": "http://loinc.org", "code": "9187-6"}], "text": "residual"}
    choices: list[Json] = [
        condition(id=f"c{number}", onsetDateTime="2020", note=[{"text": "low back pain"}]),
        {"resourceType": "Observation", "id": f"o{number}", "status": "final", "subject": subject,
         "code": temperature, "valueQuantity": quantity, "effectiveDateTime": "2026-11-21"},
        {"resourceType": "Observation", "id": f"p{number}", "status": "final", "subject": subject,
         "code": residual, "component": [{"code": temperature, "valueQuantity": quantity}],
         "effectivePeriod": {"start": "2026-11-20"}},
        {"resourceType": "Procedure", "id": f"q{number}", "status": "completed",
         "subject": subject, "code": {"text": "MRI of lumbar spine"},
         "performedDateTime": "2026-10-01"},
        {"resourceType": "MedicationRequest", "id": f"m{number}", "status": "active",
         "intent": "order", "subject": subject, "authoredOn": "2026-01-01",
         "medicationCodeableConcept": {"text": "warfarin"}, "dosageInstruction": [{"text": "x"}]},
        {"resourceType": "Encounter", "id": f"e{number}", "status": "finished",
         "class": {"code": "AMB"}, "subject": subject, "period": {"start": "2026-01-01"}},
        {"resourceType": "DiagnosticReport", "id": f"d{number}", "status": "final",
         "subject": subject, "code": {"text": "MRI"}, "conclusion": "disc bulge"},
    ]  # fmt: skip
    return choices[number % len(choices)]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a document with a key in it."""
    if isinstance(value, dict):
        own: list[tuple[Any, Any]] = [(value, key) for key in value]
        return own + [place for one in value.values() for place in places(one)]
    if isinstance(value, list):
        own = [(value, key) for key in range(len(value))]
        return own + [place for one in value for place in places(one)]
    return []


def changed(value: Any, random: Random) -> Any:
    """Something else in the place of a value: junk, or the value turned inside out."""
    return random.choice([random.choice(JUNK), [value], {"x": value}, str(value)])


def break_at(place: tuple[Any, Any], random: Random) -> None:
    container, key = place
    if random.random() < DROPPED:
        container.pop(key)
    else:
        container[key] = copy.deepcopy(changed(container[key], random))


def break_(resource: Json, random: Random) -> Json:
    """The resource with one to four of its places broken."""
    broken = copy.deepcopy(resource)
    for _ in range(random.randint(1, 4)):
        if left := places(broken):
            break_at(random.choice(left), random)
    return broken


@pytest.fixture(scope="module")
def client() -> TestClient:
    given_settings = read_settings(_env_file=None)
    engine = load_engine(given_settings.public_url)
    return TestClient(create_app(given_settings, engine, clock=lambda _zone: NOW))


def encode(body: Json) -> bytes:
    """JSON, even of what is no Unicode (a lone surrogate)."""
    try:
        return msgspec.json.encode(body)
    except (UnicodeEncodeError, OverflowError):
        return json.dumps(body).encode()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
@example(seed=0)
def test_half_a_chart_broken_is_no_5xx_and_loses_no_emergency(
    client: TestClient, seed: int
) -> None:
    random = Random(seed)
    whole = [ordinary(number) for number in range(12)]
    broken = [break_(one, random) for one in whole]
    mixed = [*whole, *broken, emergency()]
    random.shuffle(mixed)
    prefetch = {"conditions": bundle(*mixed), "observations": bundle()}
    body = encode(hook_request(prefetch))
    response = client.post(SERVICE, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == HTTPStatus.OK, response.text
    assert response.json()["cards"][0]["indicator"] == "critical"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_request_broken_anywhere_is_never_a_5xx(client: TestClient, seed: int) -> None:
    random = Random(seed)
    prefetch = {"conditions": bundle(emergency()), "observations": bundle(ordinary(1))}
    request = hook_request(prefetch)
    break_at(random.choice(places(request)), random)
    response = client.post(
        SERVICE, content=encode(request), headers={"Content-Type": "application/json"}
    )
    assert response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, response.text
