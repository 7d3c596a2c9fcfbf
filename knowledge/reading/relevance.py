"""Which Observations can say anything that a finding asks: of a thousand most cannot."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.chart.fhir import CodeableConcept, Resource
from knowledge.reading.concepts import Concepts
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
        """Whether an Observation may say something: in any text, or by its code."""
        if resource.note or resource.component or resource.value_string is not None:
            return True
        if resource.value_codeable_concept is not None or resource.contained:
            return True
        return resource.code is not None and self._is_asked(resource.code)

    def _is_asked(self, code: CodeableConcept) -> bool:
        known = self._asked.get(code)
        if known is None:
            reading = self.concepts.concept(code)
            names = (*reading.names, *(one.phrases for one in reading.mentions))
            known = any(self.ways.of("Observation", name) for name in names)
            if len(self._asked) < _REMEMBERED and all(len(text) <= _SHORT for text in code.texts):
                self._asked[code] = known
        return known
