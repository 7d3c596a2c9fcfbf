"""Charts that hypothesis makes up, and makes smaller where one of them fails."""

from __future__ import annotations

import json
from random import Random

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.discovery import SERVICES
from tests.fuzz.contract import Answer, Contract
from tests.fuzz.corpus import corpus
from tests.fuzz.damage import encode
from tests.fuzz.mutations import mutate
from tests.fuzz.requests import request
from tests.fuzz.server import Server

RANDOMS = st.randoms(use_true_random=False)
LIMITS = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def contract(server: Server) -> Contract:
    return Contract(httpx.get(f"{server.url}/openapi.json", trust_env=False).json())


def post(server: Server, contract: Contract, path: str, body: bytes) -> Answer:
    headers = {"Content-Type": "application/json"}
    found = httpx.post(
        server.url + path, content=body, headers=headers, timeout=60, trust_env=False
    )
    answer = Answer(found.status_code, found.headers, found.content)
    contract.hold("POST", path, answer)
    return answer


@LIMITS
@given(draw=RANDOMS, service=st.sampled_from(sorted(SERVICES)))
def test_no_chart_is_answered_otherwise_than_described(
    draw: Random, service: str, server: Server, contract: Contract
) -> None:
    body = json.dumps(request(draw, SERVICES[service], corpus())).encode()
    post(server, contract, f"/cds-services/{service}", body)


@LIMITS
@given(draw=RANDOMS, service=st.sampled_from(sorted(SERVICES)))
def test_no_mutation_of_a_request_is_answered_otherwise_than_described(
    draw: Random, service: str, server: Server, contract: Contract
) -> None:
    found = request(draw, SERVICES[service], corpus())
    mutate(draw, found)
    post(server, contract, f"/explain/{service}", encode(draw, found))
