"""What the service offers and asks for: its discovery document and prefetch templates."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

_ALL = "patient={{context.patientId}}&_count=1000"

PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": f"Condition?{_ALL}",
    "observations": f"Observation?{_ALL}&_sort=-date",
    "serviceRequests": f"ServiceRequest?{_ALL}",
    "procedures": f"Procedure?{_ALL}",
    "diagnosticReports": f"DiagnosticReport?{_ALL}",
    "medications": f"MedicationRequest?{_ALL}",
    "encounters": f"Encounter?{_ALL}",
    "devices": f"Device?{_ALL}",
}
"""Key -> query: a type and its patient, which every 2.0 client and FHIR server understands.
A server that knows `_count` and `_sort` does not cut a long chart after its first twenty entries,
and where it cuts, keeps the newest; one that does not ignores them. Keys never change: clients
cache discovery for long."""

KEYS = {key: (query.partition("?")[0].partition("/")[0],) for key, query in PREFETCH.items()}
"""Key -> the resource types that an empty answer under it is empty of."""

NEEDED = ("conditions", "observations")
"""Without these there is no answer, unless what is there already meets an emergency."""

SERVICES = {
    "back-numbness-patient-view": "patient-view",
    "back-numbness-encounter-start": "encounter-start",
    "back-numbness-order-select": "order-select",
    "back-numbness-order-sign": "order-sign",
    "back-numbness-encounter-discharge": "encounter-discharge",
}
"""Service -> its hook. Ids differ, for a client may keep only the last service of one id."""

SERVICE_IDS = {hook: name for name, hook in SERVICES.items()}

_READS = (
    "Reads the chart of a patient with numbness of or from the back, and tells the clinician "
    "what needs the ER or emergency imaging now, what needs urgent assessment, what else may "
    "be the cause, and what has not been documented yet."
)
_JUDGES = (
    "Compares draft orders of spinal imaging with what the chart of a patient with back pain or "
    "numbness calls for, and offers the right order where another one was drafted. Silent where "
    "the order is right, and about every other order."
)
_TEXTS = {
    "patient-view": ("Red flags for back numbness", _READS),
    "encounter-start": ("Red flags for back numbness, when an encounter starts", _READS),
    "order-select": ("Spinal imaging that fits the red flags, while ordering", _JUDGES),
    "order-sign": ("Spinal imaging that fits the red flags, when signing", _JUDGES),
    "encounter-discharge": (
        "Red flags for back numbness, before discharge",
        "Before a patient goes home, tells the clinician which red flag for the spine has not "
        "been worked up, what has not been asked about, and what to tell the patient to watch.",
    ),
}
_USAGE = (
    "Needs the patient's conditions and observations, by prefetch under any key; the others "
    "refine the answer. Does not replace clinical judgement: no card does not mean no danger."
)


def discovery() -> tuple[bytes, str]:
    """The discovery document as JSON, and its ETag."""
    services: list[dict[str, Any]] = [_service(name, hook) for name, hook in SERVICES.items()]
    body = msgspec.json.encode({"services": services})
    return body, f'"{hashlib.sha256(body).hexdigest()}"'


def _service(name: str, hook: str) -> dict[str, Any]:
    title, description = _TEXTS[hook]
    return {
        "hook": hook,
        "id": name,
        "title": title,
        "description": description,
        "usageRequirements": _USAGE,
        "prefetch": PREFETCH,
    }
