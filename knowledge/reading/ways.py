"""Which findings a value set speaks to, turned round once: from a set to its questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from knowledge.language.schema import Finding, Measure, Way
from knowledge.reading.traits import NONE, Traits

_WRITTEN = ("Condition", "DiagnosticReport")
"""Where measured values stand in words, too: "PVR 480 ml" in a note or an ultrasound report."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The sets that speak in a resource, by code and in words: said, suspected, denied."""

    said: frozenset[str] = NONE
    suspected: frozenset[str] = NONE
    denied: frozenset[str] = NONE

    def and_(self, other: Beside) -> Beside:
        """Both together."""
        if other is NO_BESIDE:
            return self
        return Beside(
            self.said | other.said, self.suspected | other.suspected, self.denied | other.denied
        )


NO_BESIDE = Beside()
"""Nothing else speaks."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A finding that a value set can answer, in one of its ways or as a measurement."""

    finding: str
    way: Way | None = None
    measure: Measure | None = None
    exam: bool = False

    @property
    def in_text(self) -> bool:
        """Whether words may answer it."""
        return self.way is None or self.way.text

    def fits(self, traits: Traits, beside: Beside = NO_BESIDE) -> bool:
        """Whether the site fits, and the other sets that have to speak (or be denied) do."""
        way = self.way
        if way is None:
            return self.measure is None or at_site(self.measure.site, traits)
        if way.together_with and not beside.said.intersection(way.together_with):
            return False
        if way.unless and (beside.said | beside.suspected).intersection(way.unless):
            return False
        if way.denies and not beside.denied.intersection(way.denies):
            return False
        return at_site(way.site, traits)


def at_site(wanted: Iterable[str], traits: Traits) -> bool:
    """Whether one of the sites is named; any will do where none is asked for."""
    names = frozenset(wanted)
    return not names or bool(names & traits.sites)


@dataclass(frozen=True, slots=True)
class Ways:
    """For each resource type and value set, the findings that it answers."""

    spoken: Mapping[tuple[str, str], tuple[Spoken, ...]]
    encounters: tuple[Spoken, ...]

    def of(self, resource_type: str, name: str) -> tuple[Spoken, ...]:
        """The findings that a set answers in a resource of this type."""
        return self.spoken.get((resource_type, name), ())


def ways_of(findings: Mapping[str, Finding]) -> Ways:
    """The index over all findings."""
    spoken: dict[tuple[str, str], list[Spoken]] = {}
    encounters: list[Spoken] = []
    for finding in findings.values():
        encounters += [Spoken(finding.id, way) for way in finding.said_by if way.encounter_class]
        for kind, name, one in _all(finding):
            spoken.setdefault((kind, name), []).append(one)
    return Ways({key: tuple(items) for key, items in spoken.items()}, tuple(encounters))


def _all(finding: Finding) -> Iterator[tuple[str, str, Spoken]]:
    """Each resource type and set that answers the finding."""
    for way in finding.said_by:
        for kind in way.in_:
            for name in way.codes:
                yield kind, name, Spoken(finding.id, way)
            for name in way.exam:
                yield kind, name, Spoken(finding.id, way, exam=True)
    if finding.measure is not None:
        for kind in dict.fromkeys((*finding.measure.in_, *_WRITTEN)):
            for name in finding.measure.codes:
                yield kind, name, Spoken(finding.id, measure=finding.measure)
