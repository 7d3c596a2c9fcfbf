"""Questions with answers: Observations and their components (G4 of the criteria)."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from knowledge.chart import fhir
from knowledge.language.schema import Answer
from knowledge.reading.concepts import Reading
from knowledge.reading.frame import Left
from knowledge.reading.numbers import of_answer
from knowledge.reading.places import noted
from knowledge.reading.polarity import FINDING, FUNCTION, Value, turned, value_of, value_traits
from knowledge.reading.speech import Speech
from knowledge.reading.telling import (
    NOTHING,
    SAID,
    SILENT,
    Said,
    about,
    beside_code,
    denied,
    examined,
)
from knowledge.reading.traits import Traits
from knowledge.reading.valued import add_value, series
from knowledge.reading.ways import Beside, Spoken
from knowledge.reading.written import in_text
from knowledge.text import Assertion, Mention, Quality


@dataclass(frozen=True, slots=True)
class Label:
    """A value set that a question belongs to: by its code, or by its words (then `mention`)."""

    name: str
    mention: Mention | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer, as one Observation or one component asks it.

    `traits`: site, side and qualifiers of the question and its answer. `grouped`: it has
    components or members, so that no answer of its own means nothing.
    """

    asked: fhir.Answer
    reading: Reading
    value: Value
    traits: Traits
    grouped: bool


def answered(
    speech: Speech,
    asked: fhir.Answer,
    reading: Reading,
    beside: Beside,
    but: AbstractSet[str] = NOTHING,
    *,
    grouped: bool = False,
) -> set[str]:
    """Facts from a question and its answer. Returns the findings that are dealt with."""
    told = set(but)
    values, answers = _asked(speech, reading)
    if not values and not answers:
        return told
    concepts = speech.words.concepts
    traits = reading.traits.and_(value_traits(asked, concepts)).or_sites_of(speech.around)
    value = value_of(asked, concepts) if answers else Value.UNKNOWN
    question = Question(asked, reading, value, traits, grouped)
    graded = _values(speech, question, values, told)
    for label, one in answers:
        if one.finding in told:
            continue
        if _answer(speech, question, one, label, beside, graded=graded):
            told.add(one.finding)
    return told


Ask = tuple[Label, Spoken]


def _asked(speech: Speech, reading: Reading) -> tuple[list[Ask], list[Ask]]:
    """What a question asks: measurements, and findings and functions."""
    values: list[Ask] = []
    answers: list[Ask] = []
    for label in labels_of(reading):
        for one in speech.spoken(label.name):
            if label.mention is None or one.in_text:
                (answers if one.measure is None else values).append((label, one))
    return values, answers


def labels_of(reading: Reading) -> Iterator[Label]:
    """The sets that a question's code belongs to, by code first, then by its text."""
    for name in reading.names:
        yield Label(name)
    for mention in reading.mentions:
        if mention.assertion not in SILENT:
            yield Label(mention.phrases, mention)


# -- yes and no ---------------------------------------------------------------------------------


def _answer(
    speech: Speech, question: Question, one: Spoken, label: Label, beside: Beside,
    *, graded: bool,
) -> bool:  # fmt: skip
    traits = question.traits.or_sites_of(noted(speech, one.finding))
    if not one.fits(traits, beside):
        return False
    said = _function(question, label) if one.exam else _finding(speech, question, one, label)
    if said is None or (graded and said.answer is Answer.UNKNOWN):
        return False
    speech.add(
        one.finding, said.answer, label.name, traits, by_text=label.mention is not None,
        shown=_shown(speech, question, label), mention=label.mention,
        words=question.asked.value_string, past=said.past, suspected=said.suspected,
    )  # fmt: skip
    return True


def _function(question: Question, label: Label) -> Said | None:
    """What the answer says of an examined function; the label may hold the answer itself.

    "Reduced anal tone: yes" asks for a finding, "anal tone: reduced" for a function. A group
    without an answer of its own says nothing; a function without any result is unknown.
    """
    quality = label.mention.quality if label.mention else None
    if question.value is Value.NONE:
        if label.mention is not None and quality is not None:
            return examined(label.mention)
        return None if question.grouped else SAID[Assertion.UNKNOWN]
    table = FUNCTION
    if quality is Quality.ABNORMAL:
        table = {value: FINDING[value] for value in FUNCTION}
    answer = table.get(question.value)
    return None if answer is None else Said(answer)


def _finding(speech: Speech, question: Question, one: Spoken, label: Label) -> Said | None:
    """What the answer says of a finding; without an answer it is there, unless words deny it."""
    asked = [label.mention] if label.mention else question.reading.mentions
    own = about(speech, one.finding, asked)
    if question.value is Value.NONE:
        notes = about(speech, one.finding, speech.notes.mentions)
        if question.grouped:
            return None
        if label.mention is not None and not denied(speech, notes, question.traits):
            return SAID.get(label.mention.assertion)
        return beside_code(speech, own, notes, question.traits)
    denies = label.mention is not None and label.mention.assertion is Assertion.ABSENT
    answer = FINDING.get(turned(question.value) if denies else question.value)
    over = bool(own) and all(one.assertion is Assertion.PAST for one in own)
    if answer is None or (over and answer is Answer.ABSENT):
        return None
    suspected = bool(own) and all(one.assertion is Assertion.SUSPECTED for one in own)
    return Said(answer, past=over, suspected=suspected)


def _shown(speech: Speech, question: Question, label: Label) -> str:
    """The question and its coded or written answer, as people read it."""
    asked = question.asked
    written = speech.words.concepts.concept(asked.value_codeable_concept).shown
    answer = written or asked.value_string
    name = question.reading.shown_as(label.name)
    return f"{name}: {answer}" if answer else name


# -- measured values ----------------------------------------------------------------------------


def _values(speech: Speech, question: Question, asks: list[Ask], told: set[str]) -> bool:
    """Whether the answer is a measured value; of one that cannot be used the reason is kept."""
    unusable: set[str] = set()
    found = False
    for label, one in asks:
        if one.finding in told or one.finding in unusable:
            continue
        try:
            measured = _measured(speech, question, one, label)
        except Left as left:
            speech.leave(left)
            unusable.add(one.finding)
            continue
        if measured:
            told.add(one.finding)
            found = True
    return found


def _measured(speech: Speech, question: Question, one: Spoken, label: Label) -> bool:
    assert one.measure is not None
    number = of_answer(question.asked, one.measure)
    if number is None:
        return _written(speech, question, one, label)
    if not one.fits(question.traits):
        return False
    shown = question.reading.shown
    speech.add(
        one.finding, Answer.PRESENT, label.name, question.traits, number=number,
        by_text=label.mention is not None, shown=f"{shown} {number.shown}",
        series=series(one, shown.lower(), question.traits),
    )  # fmt: skip
    return True


def _written(speech: Speech, question: Question, one: Spoken, label: Label) -> bool:
    """The values in a written answer: "left 5/5, right 3/5"."""
    asked, measure = question.asked, one.measure
    concept = asked.value_codeable_concept
    text = asked.value_string or (next(iter(concept.texts), None) if concept else None)
    if text is None or measure is None:
        return False
    added = False
    for value in in_text(text, measure, whole=True):
        added |= add_value(
            speech, one, label.name, value, question.traits,
            label=question.reading.shown.lower(), shown=f"{question.reading.shown}: {text}",
            by_text=label.mention is not None,
        )  # fmt: skip
    return added
