"""What is said of a relative never counts as the patient's own (G2 of the criteria)."""

from __future__ import annotations

from knowledge.chart.fhir import Resource

_RELATIVE = "relatedperson"


def is_of_relative(resource: Resource) -> bool:
    """Whether a resource's category says that it is about a relative."""
    return bool(resource.category) and any(
        _RELATIVE in (one.text, *(coding.code for coding in one.coding))
        for one in resource.categories
    )
