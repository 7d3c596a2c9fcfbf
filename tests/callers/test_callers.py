"""Each caller as it really behaves, against the running service and a FHIR server of others."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
import yaml

from tests.callers.ehr import FhirServer, Keys, Published, lacks, resources_of
from tests.service.test_serving import Server

PATIENTS = Path(__file__).parents[2] / "knowledge" / "patients"
SERVICE = "/cds-services/back-numbness-patient-view"
SANDBOX = "https://sandbox.cds-hooks.org"
ACCESS = "access-token-of-this-call"
Json = dict[str, Any]


def patient(name: str = "us-saddle-numbness") -> Json:
    found: Json = json.loads((PATIENTS / f"{name}.request.json").read_text())
    return found


@pytest.fixture(scope="module", autouse=True)
def _node() -> None:
    if why := lacks():
        assert "CI" not in os.environ, why
        pytest.skip(why)


@pytest.fixture
def fhir_server(tmp_path: Path) -> Iterator[Callable[..., FhirServer]]:
    running: list[FhirServer] = []

    def start(resources: list[Json], token: str = ACCESS, page: int = 100) -> FhirServer:
        one = FhirServer(resources, tmp_path, token, page)
        one.start()
        running.append(one)
        return one

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    running: list[Server] = []

    def start(*clients: Json, **settings: str) -> Server:
        path = tmp_path / "clients.yaml"
        path.write_text(yaml.safe_dump({"clients": list(clients)}))
        given = {
            "BACKFLAG_AUTH": "required",
            "BACKFLAG_CLIENTS_FILE": str(path),
            "BACKFLAG_DATABASE_URL": f"sqlite:///{tmp_path / 'backflag.db'}",
            "BACKFLAG_DEADLINE_MS": "10000",
        }
        server = Server(1, given | settings)
        server.start()
        running.append(server)
        return server

    yield start
    for one in running:
        if one.process.returncode is None:
            one.stop()


def url(server: Server, path: str) -> str:
    return f"http://127.0.0.1:{server.port}{path}"


def critical(body: Json) -> Json:
    found: Json = next(card for card in body["cards"] if card["indicator"] == "critical")
    return found


def preflight(server: Server, path: str) -> Any:
    headers = {
        "Origin": SANDBOX,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return urlopen(Request(url(server, path), headers=headers, method="OPTIONS"), timeout=60)


def test_the_sandbox(
    service: Callable[..., Server], fhir_server: Callable[..., FhirServer]
) -> None:
    keys = Keys("ES384", str(uuid4()))
    jwks = Published({"/.well-known/jwks.json": keys.public})
    jku = f"{jwks.url}/.well-known/jwks.json"
    sent = patient()
    fhir = fhir_server(resources_of(sent), token="")
    client = {"name": "sandbox", "iss": SANDBOX, "jku": jku, "fhir_servers": [fhir.url]}
    server = service(client, BACKFLAG_CORS_ORIGINS=SANDBOX, BACKFLAG_DISCOVERY="closed")

    def headers(path: str) -> dict[str, str]:
        now = round(time.time() + 0.5)  # its clock is rounded, up to half a second ahead
        claims = {"iss": SANDBOX, "aud": url(server, path), "iat": now, "exp": now + 300}
        return {"Authorization": keys.token(claims, jku=jku), "Origin": SANDBOX}

    for path in ("/cds-services", SERVICE, f"{SERVICE}/feedback"):
        with preflight(server, path) as answer:
            assert answer.status == HTTPStatus.OK
            assert answer.headers["access-control-allow-origin"] == SANDBOX
            allowed = answer.headers["access-control-allow-headers"].lower()
            assert "authorization" in allowed
            assert "content-type" in allowed
    status, found = server.call("/cds-services", **headers("/cds-services"))
    assert status == HTTPStatus.OK
    (view,) = (one for one in found["services"] if one["hook"] == "patient-view")
    assert len({one["id"] for one in found["services"]}) == len(found["services"])

    body = {
        "hookInstance": str(uuid4()),
        "hook": "patient-view",
        "fhirServer": fhir.url,
        "context": {"patientId": sent["context"]["patientId"], "userId": "Practitioner/x"},
        "prefetch": {
            key: sent["prefetch"][key] for key in ("patient", "conditions", "observations")
        },
    }
    path = f"/cds-services/{view['id']}"
    status, answer = server.call(path, json.dumps(body).encode(), **headers(path))
    assert status == HTTPStatus.OK, answer
    card = critical(answer)
    told = [
        {
            "card": card["uuid"],
            "outcome": "accepted",
            "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}],
            "outcomeTimestamp": "2026-11-26T20:00:00.000Z",
        },
        {
            "card": card["uuid"],
            "outcome": "overridden",
            "outcomeTimestamp": "2026-11-26T20:00:01.000Z",
            "overrideReason": {
                "reason": {key: card["overrideReasons"][0][key] for key in ("code", "system")}
            },
        },
    ]
    for one in told:
        feedback = json.dumps({"feedback": [one]}).encode()
        status, _ = server.call(f"{path}/feedback", feedback, **headers(f"{path}/feedback"))
        assert status == HTTPStatus.OK
    jwks.close()
    # it passed no token, so nothing was asked for with one
    assert fhir.paths() == []


NO_RESULTS = {
    "resourceType": "Bundle",
    "type": "searchset",
    "total": 0,
    "entry": [
        {
            "fullUrl": "urn:uuid:3f0a0000-0000-0000-0000-000000000000",
            "resource": {
                "resourceType": "OperationOutcome",
                "issue": [
                    {
                        "severity": "warning",
                        "code": "processing",
                        "details": {"text": "Resource request returns no results."},
                    }
                ],
            },
            "search": {"mode": "outcome"},
        }
    ],
}


def epic(keys: Keys, server: Server, audience: str, iss: str) -> dict[str, str]:
    now = int(time.time())
    claims = {
        "iss": iss, "sub": "eClientId", "aud": audience,
        "nbf": now - 300, "iat": now, "exp": now + 900,
    }  # fmt: skip
    return {"Authorization": keys.token(claims)}


def test_epic(service: Callable[..., Server], fhir_server: Callable[..., FhirServer]) -> None:
    keys = Keys("RS384", "ab+/Zm9v5Jl+q/2Lx0w1yQ==")
    sent = patient("epic-oid-analyst-keys")
    observations = [
        {
            "resourceType": "Observation",
            "id": "pvr",
            "status": "final",
            "category": [
                {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                            "code": "exam",
                        }
                    ]
                }
            ],
            "code": {"text": "Post-void residual urine volume"},
            "subject": {"reference": f"Patient/{sent['context']['patientId']}"},
            "effectiveDateTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "valueQuantity": {"value": 640, "unit": "mL", "code": "mL",
                              "system": "http://unitsofmeasure.org"},
        }
    ]  # fmt: skip
    fhir = fhir_server(observations)
    audience = "https://cds.hospital.example/cds-services"
    client = {
        "name": "epic", "iss": fhir.url, "jwks": keys.public, "audience": [audience],
        "algorithms": ["RS384"], "fhir_servers": [fhir.url],
    }  # fmt: skip
    server = service(client)
    body = sent | {
        "hookInstance": str(uuid4()),
        "fhirServer": fhir.url,
        "fhirAuthorization": {
            "access_token": ACCESS,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "Condition.Read (Problems) (R4) Observation.Read (Labs) (R4) launch",
            "subject": "eClientId",
        },
        "extension": {"com.epic.cdshooks.request.cds-hooks-implementation-version": "1.0"},
    }
    kept = {
        key: value
        for key, value in sent["prefetch"].items()
        if not any(
            one["resource"]["resourceType"] == "Observation"
            for one in (value or {}).get("entry", [])
        )
    }
    body["prefetch"] = kept | {"ANALYSTSKEY": NO_RESULTS}
    call = json.dumps(body).encode()
    status, answer = server.call(SERVICE, call, **epic(keys, server, audience, fhir.url))
    assert status == HTTPStatus.OK, answer
    card = critical(answer)
    assert "640" in card["detail"]  # what nobody sent was fetched
    assert card["selectionBehavior"] == "any"
    assert all(len(one["actions"]) == 1 for one in card["suggestions"])
    assert card["source"]["topic"]["code"].isalnum()
    stripped = {key: body[key] for key in ("hook", "hookInstance", "context")}
    status, answer = server.call(
        SERVICE, json.dumps(stripped).encode(), **epic(keys, server, audience, fhir.url)
    )
    assert status == HTTPStatus.PRECONDITION_FAILED
    assert {one["details"]["text"] for one in answer["issue"]} == {"not-supplied"}
    feedback = {
        "feedback": [
            {
                "card": "not-a-uuid",
                "outcome": "overridden",
                "overrideReasons": [{"reason": {"code": "x", "display": "Other"}}],
                "outcomeTimestamp": "2026-11-26T20:00:01Z",
                "extension": {"com.epic.x": {}},
            }
        ]
    }
    told = json.dumps(feedback).encode()
    path = f"{SERVICE}/feedback"
    assert server.call(path, told, **epic(keys, server, audience, fhir.url))[0] == HTTPStatus.OK
    asked = fhir.paths()
    assert "Observation" in asked
    assert "Condition" not in asked  # it was sent, under the analysts' own key
    assert all(one["allowed"] for one in fhir.seen)
    log = server.stop().decode()
    assert "incomplete:not-supplied" in log
    assert ACCESS not in log
    assert "eyJ" not in log


@pytest.mark.parametrize("page", [100, 1])
def test_oracle(
    service: Callable[..., Server], fhir_server: Callable[..., FhirServer], page: int
) -> None:
    iss = "https://cds-hooks.cerner.com"
    keys = Keys("RS384", str(uuid4()))
    sent = patient()
    resources = resources_of(sent)
    fhir = fhir_server(resources, page=page)
    server = service(
        {"name": "oracle", "iss": iss, "jwks": keys.public, "fhir_servers": [fhir.url]}
    )
    body = {
        "hook": "patient-view",
        "hookInstance": str(uuid4()),
        "user": "Practitioner/1",
        "context": {"userId": "Practitioner/1", "patientId": sent["context"]["patientId"]},
        "fhirServer": fhir.url,
        "fhirAuthorization": {
            "access_token": ACCESS,
            "token_type": "Bearer",
            "expires_in": 600,
            "scope": "patient/*.read",
            "subject": "cds-service",
        },
    }
    token = keys.token({"iss": iss, "aud": url(server, SERVICE)})
    status, answer = server.call(SERVICE, json.dumps(body).encode(), Authorization=token)
    assert status == HTTPStatus.OK, answer
    by_prefetch = Server(1)
    by_prefetch.start()
    _, same = by_prefetch.call(SERVICE, json.dumps(sent).encode())
    by_prefetch.stop()
    assert critical(answer)["summary"] == critical(same)["summary"]
    asked = fhir.paths()
    number = {kind: sum(one["resourceType"] == kind for one in resources) for kind in asked}
    for kind in ("Condition", "Observation"):
        assert asked.count(kind) == (max(1, number[kind]) if page == 1 else 1)
    assert all(one["allowed"] and one["method"] == "GET" for one in fhir.seen)


def test_a_token_that_the_fhir_server_refuses_is_412_and_names_why(
    service: Callable[..., Server], fhir_server: Callable[..., FhirServer]
) -> None:
    keys = Keys("ES384", "k1")
    fhir = fhir_server([], token="another")
    iss = "https://ehr.example"
    server = service({"name": "ehr", "iss": iss, "jwks": keys.public, "fhir_servers": [fhir.url]})
    body = {
        "hook": "patient-view",
        "hookInstance": str(uuid4()),
        "context": {"userId": "Practitioner/1", "patientId": "p1"},
        "fhirServer": fhir.url,
        "fhirAuthorization": {"access_token": ACCESS, "token_type": "Bearer"},
    }
    token = keys.token({"iss": iss, "aud": url(server, SERVICE)})
    status, answer = server.call(SERVICE, json.dumps(body).encode(), Authorization=token)
    assert status == HTTPStatus.PRECONDITION_FAILED
    assert [one["details"]["text"] for one in answer["issue"]] == ["refused", "refused"]
    assert [one["expression"] for one in answer["issue"]] == [
        ["prefetch.conditions"],
        ["prefetch.observations"],
    ]
    assert all("patient={{context.patientId}}" in one["diagnostics"] for one in answer["issue"])
