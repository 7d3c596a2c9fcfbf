"""What single resources need of others: medications, encounters, panels, contained resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import structs

from knowledge.chart.decode import Entry
from knowledge.chart.fhir import Reference, Resource
from knowledge.reading.concepts import Concepts
from knowledge.reading.traits import NO_TRAITS, Traits

_CONTAINED = ("Observation", "Condition")


@dataclass(slots=True)
class Surroundings:
    """Of one chart, by every name that a reference may use.

    `medications`; `encounters` with the date at which each began; `panels` with what the
    Observation that has a member says of site and side.
    """

    medications: dict[str, Resource] = field(default_factory=dict)
    encounters: dict[str, str] = field(default_factory=dict)
    panels: dict[str, Traits] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry], concepts: Concepts) -> Surroundings:
        """The surroundings that the entries of a chart are for each other."""
        found = cls()
        for entry in entries:
            found.take(entry, concepts)
        return found

    def take(self, entry: Entry, concepts: Concepts) -> None:
        """What one more entry is for the others."""
        resource = entry.resource
        kind = resource.resource_type
        if kind == "Observation":
            if resource.has_member:
                self._add_panel(resource, concepts)
        elif kind == "Medication":
            self.medications.update(dict.fromkeys(_names(entry), resource))
        elif kind == "Encounter" and resource.period and resource.period.start:
            self.encounters.update(dict.fromkeys(_names(entry), resource.period.start))

    def _add_panel(self, panel: Resource, concepts: Concepts) -> None:
        traits = concepts.concept(panel.code).traits
        for one in panel.body_sites:
            traits = traits.and_(concepts.concept(one).traits)
        if traits is not NO_TRAITS:
            for member in panel.has_member:
                self.panels[member.reference or ""] = traits


def _names(entry: Entry) -> Iterator[str]:
    if entry.full_url:
        yield entry.full_url
    if entry.resource.id:
        yield f"{entry.resource.resource_type}/{entry.resource.id}"


def contained_in(resource: Resource, reference: str) -> Iterator[tuple[Resource, str]]:
    """The contained findings that a resource refers to, each with its reference.

    Contained resources have no identity of their own and are read only where something refers to
    them: a panel's members, a report's results, the evidence of a Condition.
    """
    if not resource.contained:
        return
    for one in _referred(resource):
        inside = resource.find_contained(one.reference)
        if inside is not None and inside.resource_type in _CONTAINED:
            yield inside, f"{reference}{one.reference}"


def _referred(resource: Resource) -> Iterator[Reference]:
    yield from resource.has_member
    yield from resource.result
    yield from (one for evidence in resource.evidence for one in evidence.detail)


def panel_traits(resource: Resource, concepts: Concepts) -> Mapping[str, Traits]:
    """What a resource says of the site of its contained members."""
    traits = concepts.concept(resource.code).traits
    return {one.reference or "": traits for one in resource.has_member}


_SHARED = ("status", "effective_date_time", "effective_period", "effective_instant", "issued")


def within(inside: Resource, container: Resource) -> Resource:
    """A contained Observation with the status and the time of what contains it, if it has none."""
    if inside.resource_type != "Observation" or container.resource_type == "Condition":
        return inside
    own = any(getattr(inside, name) is not None for name in _SHARED[1:])
    names = _SHARED[:1] if own else _SHARED
    given = {name: getattr(container, name) for name in names if getattr(inside, name) is None}
    return structs.replace(inside, **given)
