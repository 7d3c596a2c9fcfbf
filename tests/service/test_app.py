from __future__ import annotations

import gc
import gzip
import json
import tracemalloc
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome
from starlette.testclient import TestClient

from service.app import create_app
from service.body import Expansion, Limits
from service.errors import Problem
from service.hooks import HOOKS
from service.settings import Settings, read_settings
from tests.service.fakes import FailingEngine, FakeEngine, bundle, condition, hook_request

SERVICE = "/cds-services/back-numbness-patient-view"
EXPLAIN = "/explain/back-numbness-patient-view"
SANDBOX = "https://sandbox.cds-hooks.org"


def settings(**given: Any) -> Settings:
    return read_settings(_env_file=None, **given)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def client(engine: FakeEngine) -> Iterator[TestClient]:
    with TestClient(create_app(settings(), engine)) as client:
        yield client


def outcome(response: Any, status: HTTPStatus) -> Any:
    """The body of a refusal, checked to be a FHIR OperationOutcome."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/fhir+json"
    OperationOutcome.model_validate(response.json())
    return response.json()["issue"]


def test_discovery_offers_a_service_for_each_hook(client: TestClient) -> None:
    response = client.get("/cds-services")
    assert response.status_code == HTTPStatus.OK
    assert response.headers["content-type"] == "application/json"
    services = response.json()["services"]
    assert {one["id"]: one["hook"] for one in services} == {
        f"back-numbness-{hook}": hook for hook in HOOKS
    }
    for service in services:
        assert set(service) == {
            "hook", "id", "title", "description", "usageRequirements", "prefetch",
        }  # fmt: skip


@pytest.mark.parametrize("hook", HOOKS)
def test_each_service_answers_its_own_hook_and_no_other(client: TestClient, hook: str) -> None:
    context = {"userId": "Practitioner/u1", "patientId": "p1", "draftOrders": bundle()}
    body = hook_request(hook=hook, context=context)
    for way in ("/cds-services", "/explain"):
        right = client.post(f"{way}/back-numbness-{hook}", json=body)
        assert right.status_code == HTTPStatus.OK, right.text
        other = "patient-view" if hook != "patient-view" else "order-sign"
        wrong = client.post(f"{way}/back-numbness-{other}", json=body)
        assert outcome(wrong, HTTPStatus.BAD_REQUEST)[0]["expression"] == ["hook"]


def test_discovery_tolerates_a_trailing_slash_without_redirect(client: TestClient) -> None:
    response = client.get("/cds-services/", follow_redirects=False)
    assert response.content == client.get("/cds-services").content


def test_discovery_is_cached_by_its_tag(client: TestClient) -> None:
    first = client.get("/cds-services")
    assert "max-age" in first.headers["cache-control"]
    again = client.get("/cds-services", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == HTTPStatus.NOT_MODIFIED
    assert again.content == b""


def test_the_hook_answers_with_cards(client: TestClient) -> None:
    response = client.post(SERVICE, json=hook_request())
    assert response.status_code == HTTPStatus.OK
    assert response.headers["content-type"] == "application/json"
    assert response.json()["cards"][0]["indicator"] == "critical"


def test_nothing_to_say_is_an_empty_list(client: TestClient) -> None:
    nothing = {"conditions": None, "observations": bundle()}
    assert client.post(SERVICE, json=hook_request(nothing)).json() == {"cards": []}


def test_the_explanation_holds_the_evaluation_and_the_cards(client: TestClient) -> None:
    body = client.post(EXPLAIN, json=hook_request()).json()
    assert body["knowledgeVersion"] == "2026.11.0"
    assert {"asOf", "criteria", "ignored", "cards"} <= set(body)
    assert body["cards"]


def test_the_engine_is_told_who_and_when(client: TestClient, engine: FakeEngine) -> None:
    context = {"userId": "Practitioner/u1", "patientId": "Patient/p1", "encounterId": "e1"}
    client.post(SERVICE, json=hook_request(context=context))
    assert engine.asked[0].patient_id == "p1"
    assert engine.asked[0].encounter_id == "e1"
    assert engine.now is not None
    assert engine.now.tzinfo is not None


def test_the_site_s_time_zone_reaches_the_engine(engine: FakeEngine) -> None:
    with TestClient(create_app(settings(timezone="Europe/Berlin"), engine)) as client:
        client.post(SERVICE, json=hook_request())
    assert str(engine.now.tzinfo if engine.now else None) == "Europe/Berlin"


def test_health_says_nothing_of_patients(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "alive"}
    ready = {"status": "ready", "knowledgeVersion": "2026.11.0", "mode": "live", "degraded": []}
    assert client.get("/readyz").json() == ready


@pytest.mark.parametrize("path", ["/cds-services/other", "/explain/other", "/docs", "/"])
def test_an_unknown_address_is_404(client: TestClient, path: str) -> None:
    outcome(client.post(path, json={}), HTTPStatus.NOT_FOUND)


def test_the_wrong_method_is_405_and_names_the_right_one(client: TestClient) -> None:
    response = client.get(SERVICE)
    outcome(response, HTTPStatus.METHOD_NOT_ALLOWED)
    assert response.headers["allow"] == "POST"


def test_a_body_that_is_not_json_by_its_type_is_415(client: TestClient) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = client.post(SERVICE, content=json.dumps(hook_request()), headers=headers)
    outcome(response, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/fhir+json"])
def test_json_by_another_name_is_taken(client: TestClient, kind: str) -> None:
    body = json.dumps(hook_request())
    response = client.post(SERVICE, content=body, headers={"Content-Type": kind})
    assert response.status_code == HTTPStatus.OK


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip"])
def test_a_body_that_is_compressed_otherwise_than_by_gzip_is_415(
    client: TestClient, coding: str
) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    response = client.post(SERVICE, content=b"x", headers=headers)
    outcome(response, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    assert response.headers["accept-encoding"] == "gzip"


def packed(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


@pytest.mark.parametrize("split", [0, 40], ids=["one member", "two members"])
def test_a_gzip_body_is_expanded(client: TestClient, engine: FakeEngine, split: int) -> None:
    body = json.dumps(hook_request()).encode()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    content = packed(body[:split]) + packed(body[split:])
    response = client.post(SERVICE, content=content, headers=headers)
    assert response.status_code == HTTPStatus.OK, response.text
    assert engine.asked[0].patient_id == "p1"


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"{}", packed(b"{}")[:-1], packed(b"{}" * 100)[:12], packed(b"{}") + b"x"],
)
def test_what_is_not_wholly_gzip_is_400(client: TestClient, content: bytes) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    outcome(client.post(SERVICE, content=content, headers=headers), HTTPStatus.BAD_REQUEST)


def test_a_gzip_bomb_is_413_and_never_expanded(engine: FakeEngine) -> None:
    bomb = packed(b" " * 50_000_000)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    with TestClient(create_app(settings(max_body_mb=0.1), engine)) as client:
        client.post(SERVICE, content=bomb, headers=headers)
        tracemalloc.start()
        response = client.post(SERVICE, content=bomb, headers=headers)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    outcome(response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    assert peak < 2_000_000


def test_a_gzip_body_that_grows_too_large_late_is_told_the_whole_limit() -> None:
    expand = Expansion(Limits(size=1000, seconds=1))
    packed_body = packed(b" " * 2000)
    expand(packed(b" " * 900) + packed_body[:10])
    with pytest.raises(Problem, match=r"1000 bytes that are allowed \(BACKFLAG_MAX_BODY_MB\)"):
        expand(packed_body[10:])


def test_a_report_over_its_own_limit_is_not_sent_to_a_setting(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post(f"{SERVICE}/feedback", content=b" " * 1_000_001, headers=headers)
    (issue,) = outcome(response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    assert issue["diagnostics"] == "The body is larger than the 1000000 bytes that are allowed."


def test_a_body_over_the_limit_is_413_with_and_without_its_length(engine: FakeEngine) -> None:
    def chunks() -> Iterator[bytes]:
        yield b" " * 600
        yield b" " * 600

    headers = {"Content-Type": "application/json"}
    with TestClient(create_app(settings(max_body_mb=0.001), engine)) as client:
        whole = client.post(SERVICE, content=b" " * 1001, headers=headers)
        streamed = client.post(SERVICE, content=chunks(), headers=headers)
        at_limit = client.post(SERVICE, content=b" " * 1000, headers=headers)
    outcome(whole, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    outcome(streamed, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    outcome(at_limit, HTTPStatus.BAD_REQUEST)


def test_too_little_is_412_and_says_what_to_send(client: TestClient) -> None:
    issues = outcome(client.post(SERVICE, json=hook_request({})), HTTPStatus.PRECONDITION_FAILED)
    assert [issue["expression"] for issue in issues] == [
        ["prefetch.conditions"],
        ["prefetch.observations"],
    ]
    assert "Condition?patient={{context.patientId}}" in issues[0]["diagnostics"]


def test_a_request_stripped_of_its_data_is_412(client: TestClient) -> None:
    stripped = hook_request()
    del stripped["prefetch"]
    outcome(client.post(SERVICE, json=stripped), HTTPStatus.PRECONDITION_FAILED)


def test_a_failure_is_a_500_that_browsers_may_read_and_that_tells_nothing() -> None:
    app = create_app(settings(), FailingEngine())
    with TestClient(app, raise_server_exceptions=True) as client:
        response = client.post(SERVICE, json=hook_request(), headers={"Origin": SANDBOX})
    (issue,) = outcome(response, HTTPStatus.INTERNAL_SERVER_ERROR)
    assert issue["severity"] == "fatal"
    assert response.headers["access-control-allow-origin"] == SANDBOX
    assert "MARKER" not in response.text
    assert "p1" not in response.text


@pytest.mark.parametrize("path", ["/cds-services", SERVICE, EXPLAIN])
@pytest.mark.parametrize("origin", [SANDBOX, "http://localhost:8080", "http://127.0.0.1:3000"])
def test_the_preflight_is_answered_without_a_token(
    client: TestClient, path: str, origin: str
) -> None:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    response = client.options(path, headers=headers)
    assert response.status_code == HTTPStatus.OK
    assert response.headers["access-control-allow-origin"] == origin
    assert response.headers["access-control-allow-private-network"] == "true"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example"])
def test_other_origins_are_not_let_in(client: TestClient, origin: str) -> None:
    response = client.post(SERVICE, json=hook_request(), headers={"Origin": origin})
    assert "access-control-allow-origin" not in response.headers


def test_refusals_carry_cors_headers_too(client: TestClient) -> None:
    for response in (
        client.post(SERVICE, json={}, headers={"Origin": SANDBOX}),
        client.post("/cds-services/other", json={}, headers={"Origin": SANDBOX}),
    ):
        assert response.headers["access-control-allow-origin"] == SANDBOX


def test_a_site_s_own_origins_replace_the_default(engine: FakeEngine) -> None:
    app = create_app(settings(cors_origins="https://ehr.example.org, https://x.example:*"), engine)
    with TestClient(app) as client:
        allowed = [
            client.get("/livez", headers={"Origin": origin}).headers.get(
                "access-control-allow-origin"
            )
            for origin in ("https://ehr.example.org", "https://x.example:444", SANDBOX)
        ]
    assert allowed == ["https://ehr.example.org", "https://x.example:444", None]


@pytest.mark.parametrize("prefix", ["", "/cds"])
def test_a_path_prefix_behind_a_proxy_stripped_or_not(engine: FakeEngine, prefix: str) -> None:
    with TestClient(create_app(settings(root_path="/cds"), engine)) as client:
        assert client.get(f"{prefix}/cds-services").status_code == HTTPStatus.OK
        assert client.post(prefix + SERVICE, json=hook_request()).status_code == HTTPStatus.OK


def test_an_error_in_the_prefetch_is_no_empty_list(client: TestClient) -> None:
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x"}]}
    prefetch = {"conditions": failed, "observations": bundle(failed)}
    issues = outcome(
        client.post(SERVICE, json=hook_request(prefetch)), HTTPStatus.PRECONDITION_FAILED
    )
    assert len(issues) == 2


def test_nothing_readable_is_an_error_and_no_empty_answer(client: TestClient) -> None:
    broken = {"conditions": bundle(condition(code=[1], subject=5)), "observations": bundle()}
    outcome(client.post(SERVICE, json=hook_request(broken)), HTTPStatus.UNPROCESSABLE_ENTITY)


@pytest.mark.parametrize("engine", [FakeEngine(), FailingEngine()])
def test_a_refused_body_is_let_go_without_the_collector(engine: FakeEngine) -> None:
    size = 1_000_000
    bodies = [
        json.dumps(hook_request({}, extension="x" * size)).encode(),
        b'{"hook": 1, "x": "' + b"x" * size + b'"}',
        b"x" * size,
    ]
    headers = {"Content-Type": "application/json"}
    with TestClient(create_app(settings(), engine)) as client:
        client.post(SERVICE, content=bodies[0], headers=headers)
        gc.collect()
        gc.disable()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            for body in bodies * 5:
                client.post(SERVICE, content=body, headers=headers)
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            gc.enable()
    assert after - before < 3 * size
