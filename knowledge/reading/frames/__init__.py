"""The frames of each resource type, by name: which resource types are read at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from knowledge.chart.fhir import Resource
from knowledge.reading.frame import Frame
from knowledge.reading.frames.condition import condition
from knowledge.reading.frames.medication import medication
from knowledge.reading.frames.observed import observed
from knowledge.reading.frames.things import device, encounter, procedure, request
from knowledge.reading.moment import Moment

Framer = Callable[[Resource, str, Moment], Frame]
FRAMES: Mapping[str, Framer] = {
    "Condition": condition,
    "Observation": observed,
    "DiagnosticReport": observed,
    "Procedure": procedure,
    "ImagingStudy": procedure,
    "ServiceRequest": request,
    "MedicationRequest": medication,
    "MedicationStatement": medication,
    "MedicationAdministration": medication,
    "Device": device,
    "Encounter": encounter,
}
"""The resource types that are read. Each framer raises Left where the resource does not count."""

__all__ = ["FRAMES", "Framer"]
