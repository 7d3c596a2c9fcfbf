"""Whose data: every resource is asked for its patient, most of them with the same words (G3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.chart.fhir import Reference, Resource
from knowledge.chart.identity import Who

_PEOPLE = ("Patient", "RelatedPerson")


@dataclass(slots=True)
class Owners:
    """Whether resources are about the patient; answers are remembered for one chart."""

    who: Who
    _known: dict[str, bool | None] = field(default_factory=dict)

    def other(self, resource: Resource) -> bool:
        """Whether a resource is about somebody else."""
        about = resource.subject or resource.patient
        known = about is None or self._known.get(about.reference or "") is True
        if not known and about is not None and self._belongs(about, resource) is False:
            return True
        return bool(resource.focus) and any(self._other(one, resource) for one in resource.focus)

    def _belongs(self, about: Reference, resource: Resource) -> bool | None:
        name = about.reference
        if name is None or name.startswith("#"):
            return self.who.belongs(about, resource)
        if name not in self._known:
            self._known[name] = self.who.belongs(about, resource)
        return self._known[name]

    def _other(self, focus: Reference, resource: Resource) -> bool:
        """An Observation whose focus is another person (a fetus, a parent) is not the patient's."""
        name = focus.reference or ""
        inside = resource.find_contained(name)
        kind = inside.resource_type if inside else name.rpartition("/")[0].rpartition("/")[2]
        if (kind or focus.type) not in _PEOPLE:
            return False
        return self.who.belongs(focus, resource) is False
