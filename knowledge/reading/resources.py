"""Each kind of resource, read: what it says in code, in answers and in text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from knowledge.chart.fhir import Annotation, CodeableConcept, Resource
from knowledge.language.facts import Fact, Ignored
from knowledge.reading import kinds, reasons
from knowledge.reading.concepts import FAMILY, Reading
from knowledge.reading.family import is_of_relative
from knowledge.reading.frame import Left
from knowledge.reading.frames import FRAMES
from knowledge.reading.frames.things import NOT_IN_FORCE
from knowledge.reading.moment import Moment
from knowledge.reading.plain import Plain
from knowledge.reading.speech import NO_NOTES, Notes, Speech, Vocabulary
from knowledge.reading.traits import NO_TRAITS, Traits


@dataclass(slots=True)
class Resources:
    """Reads single resources of one chart.

    `medications`: Medication resources by every name that a reference may use. `panels`: what the
    Observation that names another as its member says of site and side.
    """

    words: Vocabulary
    medications: Mapping[str, Resource] = field(default_factory=dict)
    panels: Mapping[str, Traits] = field(default_factory=dict)
    plain: Plain = field(init=False)

    def __post_init__(self) -> None:
        """Plain results have a reader of their own."""
        self.plain = Plain(self.words)

    def read(self, resource: Resource, reference: str) -> tuple[list[Fact], list[Ignored]]:
        """The facts of one resource, and what was left out of it and why."""
        try:
            if resource.resource_type == "Observation" and reference not in self.panels:
                fact = self.plain.read(resource, reference)
                if fact is not None:
                    return [fact], []
            speech = self._read(resource, reference)
        except Left as left:
            return [], [Ignored(reference, left.reason)]
        return speech.facts, list(dict.fromkeys(speech.left))

    def _read(self, resource: Resource, reference: str) -> Speech:
        kind = resource.resource_type
        readings = [self.words.concepts.concept(one) for one in self._concepts_of(resource)]
        speech = self._speech(resource, reference, readings)
        if kind == "Encounter":
            kinds.stay(speech, resource)
        elif kind == "Observation":
            kinds.observation(speech, resource, readings[0])
        else:
            kinds.statement(speech, readings)
        if speech.frame.resource_type == NOT_IN_FORCE:
            speech.left.append(Ignored(reference, reasons.NOT_ORDERED))
        if speech.frame.denied:
            speech.left.append(Ignored(reference, reasons.REFUTED))
        return speech

    def _concepts_of(self, resource: Resource) -> Iterator[CodeableConcept | None]:
        """The concepts that say what a resource is about, the leading one first."""
        if resource.resource_type.startswith("Medication"):
            yield resource.medication_codeable_concept or self._medication(resource)
        elif resource.resource_type == "Device":
            yield from resource.types or (None,)
        else:
            yield resource.code
        yield from resource.procedure_code
        yield from resource.conclusion_code
        yield from (code for one in resource.evidence for code in one.code)

    def _medication(self, resource: Resource) -> CodeableConcept | None:
        reference = resource.medication_reference
        if reference is None:
            return None
        inside = resource.find_contained(reference.reference)
        found = inside or self.medications.get(reference.reference or "")
        if found is not None and found.code is not None:
            return found.code
        return CodeableConcept(text=reference.display) if reference.display else None

    def _speech(self, resource: Resource, reference: str, readings: list[Reading]) -> Speech:
        answer = self.words.concepts.concept(resource.value_codeable_concept)
        if any(FAMILY in one.codes for one in (*readings, answer)) or is_of_relative(resource):
            raise Left(reasons.FAMILY_HISTORY)
        frame = FRAMES[resource.resource_type](resource, reference, self.words.moment)
        if resource.modifier_extension:
            frame = replace(frame, suspected=True)  # what it modifies nobody here can tell
        shown = next((one.shown for one in readings if one.shown), "")
        return Speech(
            self.words, frame, shown, self._around(resource, reference), self._notes(resource)
        )

    def _notes(self, resource: Resource) -> Notes:
        if not (resource.note or resource.conclusion or resource.description_sent):
            return NO_NOTES
        texts = [note.text for note in resource.note]
        texts += [resource.conclusion, _described(resource)]
        found = tuple(text for text in texts if text)
        if not found:
            return NO_NOTES
        mentions = tuple(one for text in found for one in self.words.concepts.text(text))
        newest = _newest(resource.note, self.words.moment)
        said = self.words.moment.parse(newest)
        return Notes(found, mentions, said, newest)

    def _around(self, resource: Resource, reference: str) -> Traits:
        """Body site and severity elements, and the site of the panel that names it a member."""
        if resource.body_site is None and resource.severity is None and not self.panels:
            return NO_TRAITS
        traits = NO_TRAITS
        for one in (*resource.body_sites, resource.severity):
            if one is not None:
                traits = traits.and_(self.words.concepts.concept(one).traits)
        return traits.or_sites_of(self.panels.get(reference, NO_TRAITS))


def _described(resource: Resource) -> str | None:
    """An imaging study's description, with its modality: "MR Lumbar spine"."""
    text = resource.description
    kinds = [one.code for one in resource.modality if one.code]
    return " ".join((*kinds, text)) if text else None


def _newest(notes: Iterable[Annotation], moment: Moment) -> str | None:
    """When the newest dated note was written."""
    times = [(time.start, note.time) for note in notes if (time := moment.parse(note.time))]
    return max(times, default=(0, None))[1]
