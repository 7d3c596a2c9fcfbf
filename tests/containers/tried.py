"""`docker compose up try`: what the CDS Hooks sandbox does there, step by step."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.containers.caller import SERVICE, call
from tests.containers.engine import Stack, expect, run

SANDBOX = "https://sandbox.cds-hooks.org"
PATIENT = "us-saddle"
NODE_IMAGE = "backflag-try"


def build() -> str:
    """The FHIR server's image builds."""
    made = ("--file", "deploy/try/Dockerfile", "--tag", NODE_IMAGE, ".")
    run("docker", "build", "--network", "host", *made)
    return NODE_IMAGE


def up(stack: Stack) -> str:
    """A patient opened in the sandbox gets a critical card, with and without prefetch."""
    stack.up("try")
    service = f"http://127.0.0.1:{stack.variables['TRY_PORT']}"
    fhir = f"http://127.0.0.1:{stack.variables['FHIR_PORT']}/fhir/R4"
    _ensure_known(fhir)
    templates = _templates(service)
    prefetch = {key: _asked(fhir, one) for key, one in templates.items()}
    sent, fetched = (_view(service, fhir, one) for one in (prefetch, {}))
    expect(sent[:1] == ["critical"], f"with prefetch: {sent}")
    expect(fetched == sent, f"fetched by the service itself: {fetched}")
    return f"{PATIENT}: {sent}, the same where the service fetches"


def _ensure_known(fhir: str) -> None:
    """What the sandbox asks when it is given a FHIR server."""
    for path in ("metadata", f"Patient/{PATIENT}"):
        answer = call(f"{fhir}/{path}", Origin=SANDBOX)
        expect(answer.status == 200, f"{path}: {answer.status}")
        expect(answer.headers["access-control-allow-origin"] == "*", f"{path}: no CORS")
    listed = call(f"{fhir}/Patient").body["entry"]
    nameless = [one for one in listed if not one["resource"]["name"][0].get("given")]
    expect(len(listed) > 50 and not nameless, f"{len(listed)} patients, {nameless}")


def _templates(service: str) -> dict[str, str]:
    answer = call(f"{service}/cds-services", Origin=SANDBOX)
    allowed = answer.headers["access-control-allow-origin"]
    expect(allowed == SANDBOX, f"the sandbox may not call: {allowed}")
    (view,) = (one for one in answer.body["services"] if one["hook"] == "patient-view")
    found: dict[str, str] = view["prefetch"]
    return found


def _asked(fhir: str, template: str) -> Any:
    query = template.replace("{{context.patientId}}", PATIENT)
    return call(f"{fhir}/{query}", Origin=SANDBOX).body


def _view(service: str, fhir: str, prefetch: dict[str, Any]) -> list[str]:
    body = {
        "hook": "patient-view",
        "hookInstance": str(uuid4()),
        "fhirServer": fhir,
        "context": {"userId": "Practitioner/COREPRACTITIONER1", "patientId": PATIENT},
        "prefetch": prefetch,
    }
    return call(service + SERVICE, body, Origin=SANDBOX).indicators
