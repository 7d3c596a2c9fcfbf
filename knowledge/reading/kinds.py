"""What each kind of resource has to say: a statement, a question with its answer, a stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from knowledge.chart.fhir import Component, Resource
from knowledge.language.schema import Answer
from knowledge.reading.asking import answered
from knowledge.reading.concepts import Reading
from knowledge.reading.speech import Speech
from knowledge.reading.telling import coded, told
from knowledge.reading.traits import NO_TRAITS
from knowledge.reading.valued import measured
from knowledge.reading.ways import NO_BESIDE, Beside
from knowledge.text import Assertion, Mention


def _beside(readings: Sequence[Reading], *mentions: Sequence[Mention]) -> Beside:
    """The sets that concepts and words name."""
    named: dict[Assertion, set[str]] = {}
    found = [one for reading in readings for one in reading.mentions]
    for mention in chain(found, *mentions):
        named.setdefault(mention.assertion, set()).add(mention.phrases)
    said = named.get(Assertion.PRESENT, set()).union(*(one.codes for one in readings))
    return Beside(
        frozenset(said),
        frozenset(named.get(Assertion.SUSPECTED, ())),
        frozenset(named.get(Assertion.ABSENT, ())),
    )


def statement(speech: Speech, readings: list[Reading]) -> None:
    """A resource that states something: by its codes, their texts, and notes."""
    beside = _beside(readings, speech.notes.mentions)
    dealt: set[str] = set()
    for reading in readings:
        dealt |= coded(speech, reading, beside, dealt)
    for reading in readings:
        dealt |= told(speech, reading.mentions, beside, dealt)
        dealt |= measured(speech, reading.shown, dealt)
    _remarks(speech, beside, dealt)


def _remarks(speech: Speech, beside: Beside, dealt: set[str]) -> None:
    """What stands in notes and conclusions."""
    if speech.notes.mentions:
        own = speech.remarks()
        told(own, speech.notes.mentions, beside, dealt)
        for text in speech.notes.texts:
            measured(own, text, dealt)


def observation(speech: Speech, resource: Resource, reading: Reading) -> None:
    """A question with its answer, components that are questions too, and free text."""
    grouped = bool(resource.component or resource.has_member)
    beside, dealt = _asked(speech, resource, reading, NO_BESIDE)
    dealt |= answered(speech, resource, reading, beside, dealt, grouped=grouped)
    for part in resource.component:
        _component(speech, part, reading, beside)
    _remarks(speech, beside, dealt)


def _asked(
    speech: Speech, asked: Resource | Component, reading: Reading, around: Beside
) -> tuple[Beside, set[str]]:
    """All that speaks beside a question, and the findings that its answer names by itself."""
    notes = speech.notes.mentions
    if asked.value_codeable_concept is None and asked.value_string is None:
        quiet = not notes and not reading.mentions
        own = Beside(reading.codes) if quiet else _beside((reading,), notes)
        return own.and_(around), set()
    concepts = speech.words.concepts
    value = concepts.concept(asked.value_codeable_concept)
    words = concepts.under(reading.shown, asked.value_string)
    beside = around.and_(_beside((reading, value), words, notes))
    return beside, _as_value(speech, asked, reading, value, words, beside)


def _component(speech: Speech, part: Component, panel: Reading, beside: Beside) -> None:
    """A component is a question of its own, at the panel's site where it names none."""
    reading = speech.words.concepts.concept(part.code)
    around = speech.around
    speech.around = around.or_sites_of(panel.traits)
    beside, dealt = _asked(speech, part, reading, beside)
    answered(speech, part, reading, beside, dealt)
    speech.around = around


def _as_value(
    speech: Speech, asked: Resource | Component, question: Reading, value: Reading,
    words: Sequence[Mention], beside: Beside,
) -> set[str]:  # fmt: skip
    """The finding as the answer under a general question such as "symptom"."""
    own = value
    if value.names or value.mentions:
        own = replace(value, mentions=_under(speech, question, value))
    dealt = coded(speech, own, beside)
    dealt |= told(speech, own.mentions, beside, dealt)
    dealt |= told(speech, words, beside, dealt)
    if asked.value_string is not None:
        dealt |= measured(speech, asked.value_string, dealt)
    return dealt


def _under(speech: Speech, question: Reading, value: Reading) -> tuple[Mention, ...]:
    """What a coded answer is called, read under its question: "Symptoms denied: numbness"."""
    return speech.words.concepts.under(question.shown, value.shown) or value.mentions


def stay(speech: Speech, resource: Resource) -> None:
    """Where the patient is: an encounter that is going on, by its class."""
    frame = speech.frame
    if frame.past or frame.encounter_class is None:
        return
    for one in speech.words.ways.encounters:
        if one.way is not None and frame.encounter_class in one.way.encounter_class:
            shown = resource.classes[0].display or frame.encounter_class
            speech.add(one.finding, Answer.PRESENT, "", NO_TRAITS, shown=shown)
