"""Which Observations can say anything that a finding asks: of a thousand most cannot."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.chart.fhir import Answer, CodeableConcept, Resource
from knowledge.reading.concepts import FAMILY, Concepts
from knowledge.reading.ways import Ways

_REMEMBERED = 10 * 1000
_SHORT = 2 * 100


@dataclass(slots=True)
class Relevance:
    """Remembers of so many questions whether a finding asks them. Holds no answers."""

    concepts: Concepts
    ways: Ways
    _asked: dict[CodeableConcept, bool] = field(default_factory=dict)

    def matters(self, resource: Resource) -> bool:
        """Whether an Observation may say something: in any text, or by a code of its own."""
        if resource.note or resource.contained or self._speaks(resource):
            return True
        return bool(resource.component) and any(map(self._speaks, resource.component))

    def _speaks(self, asked: Answer) -> bool:
        """Whether a question or its answer is one that a finding listens to."""
        return (
            asked.value_string is not None
            or self._is_asked(asked.code)
            or self._is_asked(asked.value_codeable_concept)
        )

    def _is_asked(self, code: CodeableConcept | None) -> bool:
        if code is None:
            return False
        known = self._asked.get(code)
        if known is None:
            reading = self.concepts.concept(code)
            names = (*reading.names, *(one.phrases for one in reading.mentions))
            known = any(name == FAMILY or self.ways.of("Observation", name) for name in names)
            if len(self._asked) < _REMEMBERED and all(len(text) <= _SHORT for text in code.texts):
                self._asked[code] = known
        return known
