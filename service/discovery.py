"""What the service offers and asks for: its discovery document and prefetch templates."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

SERVICE_ID = "back-numbness-patient-view"

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

SERVICE = {
    "hook": "patient-view",
    "id": SERVICE_ID,
    "title": "Red flags for back numbness",
    "description": (
        "Reads the chart of a patient with numbness of or from the back, and tells the clinician "
        "what needs the ER or emergency imaging now, what needs urgent assessment, what else may "
        "be the cause, and what has not been documented yet."
    ),
    "usageRequirements": (
        "Needs the patient's conditions and observations, by prefetch under any key; the others "
        "refine the answer. Does not replace clinical judgement: no card does not mean no danger."
    ),
    "prefetch": PREFETCH,
}


def discovery() -> tuple[bytes, str]:
    """The discovery document as JSON, and its ETag."""
    services: list[dict[str, Any]] = [SERVICE]
    body = msgspec.json.encode({"services": services})
    return body, f'"{hashlib.sha256(body).hexdigest()}"'
