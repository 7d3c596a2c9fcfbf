"""A plain result: one code that asks for one measured value, one quantity, and nothing else.

Most Observations that matter are of this kind (vital signs, laboratory). They are read here by a
short way; the facts are those of the long one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.chart.fhir import CodeableConcept, Resource
from knowledge.language.facts import Fact
from knowledge.language.schema import Answer
from knowledge.reading.asking import labels_of
from knowledge.reading.concepts import FAMILY, Reading
from knowledge.reading.family import is_of_relative
from knowledge.reading.frames.observed import observed
from knowledge.reading.numbers import of_answer
from knowledge.reading.speech import Vocabulary
from knowledge.reading.valued import series
from knowledge.reading.ways import Spoken


@dataclass(frozen=True, slots=True)
class Plan:
    """What a code asks: one measured value, under the name of one value set."""

    one: Spoken
    name: str
    by_text: bool
    reading: Reading


@dataclass(slots=True)
class Plain:
    """Reads plain results of one chart."""

    words: Vocabulary
    _plans: dict[CodeableConcept, Plan | None] = field(default_factory=dict)

    def read(self, resource: Resource, reference: str) -> Fact | None:
        """The fact of a plain result; None for any other, which goes the long way.

        Raises Left, as the long way does.
        """
        if resource.value_quantity is None or resource.code is None or _has_more(resource):
            return None
        plan = self._plan(resource.code)
        if plan is None or plan.one.measure is None:
            return None
        frame = observed(resource, reference, self.words.moment)
        number = of_answer(resource, plan.one.measure)
        if number is None:
            return None
        traits, shown = plan.reading.traits, plan.reading.shown
        return Fact(
            finding=plan.one.finding, answer=Answer.PRESENT, reference=reference,
            display=f"{shown} {number.shown}", resource_type="Observation", value_set=plan.name,
            by_text=plan.by_text, began=frame.began, said=frame.said,
            preliminary=frame.preliminary, unchanged=traits.unchanged, sites=traits.sites,
            sides=traits.sides, severity=traits.severity, sudden=traits.sudden,
            complete=traits.complete, number=number,
            series=series(plan.one, shown.lower(), traits), status=frame.status,
            shown_date=frame.shown_date,
        )  # fmt: skip

    def _plan(self, code: CodeableConcept) -> Plan | None:
        if code not in self._plans:
            self._plans[code] = self._made(code)
        return self._plans[code]

    def _made(self, code: CodeableConcept) -> Plan | None:
        """The plan where the code asks for exactly one thing, and says nothing beside it."""
        reading = self.words.concepts.concept(code)
        asks = [
            (label, one)
            for label in labels_of(reading)
            for one in self.words.ways.of("Observation", label.name)
        ]
        if not asks or FAMILY in reading.codes or reading.traits.worse:
            return None
        label, first = asks[0]
        if any(one.finding != first.finding or one.measure is None for _, one in asks):
            return None
        by_text = label.mention is not None
        if (by_text and not first.in_text) or not first.fits(reading.traits):
            return None
        return Plan(first, label.name, by_text, reading)


def _has_more(resource: Resource) -> bool:
    """Whether there is anything beside code, value and date that the long way would read."""
    return bool(
        resource.note
        or resource.component
        or resource.contained
        or resource.has_member
        or resource.body_site is not None
        or resource.modifier_extension
        or resource.value_codeable_concept is not None
        or resource.value_string is not None
        or resource.severity is not None
        or is_of_relative(resource)
    )
