"""What CDS clients send: the example patients, as clients of each version would send them."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.conftest import ROOT

Json = dict[str, Any]

PATIENTS = ROOT / "knowledge" / "patients"
HOOKS = ("patient-view", "encounter-start", "order-select", "order-sign", "encounter-discharge")
EXAMPLES = {
    "patient-view": "us-saddle-numbness",
    "encounter-start": "encounters/start-saddle-numbness",
    "order-select": "orders/select-xray-for-saddle-numbness",
    "order-sign": "orders/sign-routine-mri-for-guillain-barre",
    "encounter-discharge": "encounters/discharge-no-mri",
}
"""Hook -> a patient who gets a critical card then."""

TOKEN = "access-token-of-this-call"
NO_RESULTS: Json = {
    "resourceType": "Bundle",
    "type": "searchset",
    "total": 0,
    "entry": [
        {
            "resource": {
                "resourceType": "OperationOutcome",
                "issue": [{"severity": "warning", "code": "processing"}],
            },
            "search": {"mode": "outcome"},
        }
    ],
}
"""How Epic says that a search found nothing."""


def every_request() -> list[Path]:
    """The requests of all example patients."""
    found = sorted(PATIENTS.rglob("*.request.json"))
    assert found
    return found


def read(path: Path) -> Json:
    """A request, as a client calls with it: never twice with one name."""
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found | {"hookInstance": str(uuid4())}


def example(hook: str = "patient-view") -> Json:
    """A request of a hook that gets a critical card."""
    return read(PATIENTS / f"{EXAMPLES[hook]}.request.json")


def quiet() -> Json:
    """A patient whose whole chart is there, and empty."""
    empty = bundle()
    return example() | {"prefetch": {"conditions": empty, "observations": empty}}


def without(request: Json, *keys: str) -> Json:
    """The same without some keys of the prefetch."""
    kept = {key: one for key, one in request["prefetch"].items() if key not in keys}
    return request | {"prefetch": kept}


def bundle(*resources: Json, **more: Any) -> Json:
    """What a search found."""
    found: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(resources)}
    if resources:
        found["entry"] = [{"resource": one} for one in resources]
    return found | more


def access(server: str, **more: Any) -> Json:
    """The members that open a FHIR server."""
    grant = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/Condition.read patient/Observation.read",
        "subject": "cds-service",
    }
    return {"fhirServer": server, "fhirAuthorization": grant | more}


def of_1_0(request: Json) -> Json:
    """Of 1.0: null for what was not found, no token, and `user` from its drafts."""
    found = _with_nulls(request)
    found.pop("fhirServer", None)
    return found | {"user": "Practitioner/example"}


def of_1_1(request: Json) -> Json:
    """Of the ballot that became 2.0: null, and a token."""
    return _with_nulls(request) | access("https://ehr.example.org/fhir", scope="user/*.read")


def of_2_0(request: Json) -> Json:
    """Of 2.0.1: an OperationOutcome for what failed, Epic's empty list, the token's patient."""
    found = deepcopy(request)
    failed = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "forbidden"}],
    }
    found["prefetch"] |= {"devices": failed}
    found["prefetch"].setdefault("observations", NO_RESULTS)
    return found | access("https://ehr.example.org/fhir", patient=found["context"]["patientId"])


def of_3_0(request: Json) -> Json:
    """Of the ballot of 3.0: scopes of SMART 2, empty Bundles, extensions."""
    found = deepcopy(request)
    found["prefetch"].setdefault("observations", bundle())
    found["prefetch"].setdefault("devices", bundle())
    extension = {"org.example.reason": {"value": [1, None]}}
    found["context"] |= {"extension": extension}
    mine = {
        "scope": "patient/Observation.rs?category=exam",
        "patient": found["context"]["patientId"],
    }
    grant = access("https://ehr.example.org/fhir", **mine)
    grant["fhirAuthorization"]["extension"] = extension
    return found | grant | {"extension": extension}


VERSIONS: dict[str, Callable[[Json], Json]] = {
    "1.0": of_1_0,
    "1.1": of_1_1,
    "2.0": of_2_0,
    "3.0-ballot": of_3_0,
}


def _with_nulls(request: Json) -> Json:
    found = deepcopy(request)
    for key in ("conditions", "observations", "devices"):
        one = found["prefetch"].get(key)
        if one is None or (one["resourceType"] == "Bundle" and not one.get("entry")):
            found["prefetch"][key] = None
    return found
