"""Which way an answer points: a finding that is present, or a function that is not.

"Absent" says no to "saddle numbness" and yes to "is saddle sensation lost?" (G4 of the
criteria). What nobody answered is unknown, but a finding that was recorded without any answer
is present: it was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from knowledge.chart import fhir
from knowledge.language.schema import Answer
from knowledge.reading.concepts import Concepts
from knowledge.reading.traits import NO_TRAITS, SEVERITIES, Traits, mentioned
from knowledge.text import Assertion, Mention

_SHORT = 10


class Value(Enum):
    """What kind of answer an Observation gives.

    GRADE is mild or severe; PLACE names only where, which side or since when; SOME and ZERO are
    numbers; NONE is no answer at all, and UNKNOWN one that nobody can read or that says so.
    """

    YES = "yes"
    NO = "no"
    NORMAL = "normal"
    ABNORMAL = "abnormal"
    GRADE = "grade"
    PLACE = "place"
    SOME = "some"
    ZERO = "zero"
    UNKNOWN = "unknown"
    NONE = "none"


FINDING: Mapping[Value, Answer] = {
    Value.YES: Answer.PRESENT,
    Value.NO: Answer.ABSENT,
    Value.NORMAL: Answer.ABSENT,
    Value.ABNORMAL: Answer.PRESENT,
    Value.GRADE: Answer.PRESENT,
    Value.PLACE: Answer.PRESENT,
    Value.SOME: Answer.PRESENT,
    Value.ZERO: Answer.ABSENT,
    Value.UNKNOWN: Answer.UNKNOWN,
    Value.NONE: Answer.PRESENT,
}
"""Answers to a finding-type question."""

FUNCTION: Mapping[Value, Answer] = {
    Value.YES: Answer.ABSENT,
    Value.NO: Answer.PRESENT,
    Value.NORMAL: Answer.ABSENT,
    Value.ABNORMAL: Answer.PRESENT,
    Value.GRADE: Answer.PRESENT,
    Value.PLACE: Answer.UNKNOWN,
    Value.UNKNOWN: Answer.UNKNOWN,
    Value.NONE: Answer.UNKNOWN,
}
"""Answers to a function-type question: the other way round, and silence is unknown.

A bare number says nothing here: whether it is a grade of power is for a measurement to read.
"Saddle sensation: left" says neither that it is there nor that it is lost.
"""

_OPPOSITE = {
    Value.YES: Value.NO,
    Value.NO: Value.YES,
    Value.NORMAL: Value.ABNORMAL,
    Value.ABNORMAL: Value.NORMAL,
}
_SETS = {
    "answer-unknown": Value.UNKNOWN,
    "answer-normal": Value.NORMAL,
    "answer-absent": Value.NO,
    "answer-abnormal": Value.ABNORMAL,
    "answer-present": Value.YES,
}
_ORDER = list(_SETS)
"""What counts of several at one place: "NAD" is no abnormality, and normal, of a function."""

_MARKS = {"⊕": Value.YES, "⊖": Value.NO, "↓": Value.ABNORMAL, "↑": Value.ABNORMAL}
"""What the text module makes of +ve and -ve, and arrows."""


def turned(value: Value) -> Value:
    """The answer turned round: "no saddle numbness: true" says no."""
    return _OPPOSITE.get(value, value)


def value_of(answer: fhir.Answer, concepts: Concepts) -> Value:
    """The kind of answer that an Observation or a component gives."""
    if answer.value_boolean is not None:
        return Value.YES if answer.value_boolean else Value.NO
    if answer.value_codeable_concept is not None:
        return _concept(answer.value_codeable_concept, concepts) or Value.UNKNOWN
    if answer.value_string is not None:
        return _text(answer.value_string, concepts) or Value.UNKNOWN
    number = _number(answer)
    if number is not None:
        return Value.SOME if number > 0 else Value.ZERO
    return _without(answer, concepts)


def _number(answer: fhir.Answer) -> float | None:
    if answer.value_quantity is not None:
        return answer.value_quantity.value
    if answer.value_ratio is not None and answer.value_ratio.numerator is not None:
        return answer.value_ratio.numerator.value
    return answer.value_integer


def _without(answer: fhir.Answer, concepts: Concepts) -> Value:
    """No value that says yes or no: an interpretation, a reason, or nothing at all."""
    if answer.has_value or answer.has_unread_value:
        return Value.UNKNOWN
    for one in answer.interpretation:
        value = _concept(one, concepts)
        if value is not None:
            return value
    return Value.UNKNOWN if answer.data_absent_reason is not None else Value.NONE


def _concept(concept: fhir.CodeableConcept, concepts: Concepts) -> Value | None:
    """The answer that a concept gives, its codes before its words; None where it gives none."""
    reading = concepts.concept(concept)
    for name, value in _SETS.items():
        if name in reading.codes:
            return value
    if reading.codes & SEVERITIES.keys():
        return Value.GRADE
    values = [_text(text, concepts) for text in concept.texts]
    found = next((value for value in values if value is not None), None)
    if found is None and reading.traits is not NO_TRAITS:
        return Value.PLACE
    return found


def _text(text: str, concepts: Concepts) -> Value | None:
    """The first word of answer in a text; one that is itself negated says the opposite."""
    mark = _mark(text, concepts)
    if mark is not None:
        return mark
    mentions = concepts.reply(text)
    found = [one for one in mentions if one.phrases in _SETS]
    if found:
        first = min(found, key=lambda one: (one.start, _ORDER.index(one.phrases)))
        value = _SETS[first.phrases]
        return turned(value) if _negated(first) else value
    if any(one.phrases in SEVERITIES for one in mentions):
        return Value.GRADE
    if mentioned(concepts.text(text)) is not NO_TRAITS or concepts.durations(text):
        return Value.PLACE
    return None


def _mark(text: str, concepts: Concepts) -> Value | None:
    first = text.lstrip()[:1]
    if first not in _MARKS:
        first = concepts.answers.normalise(text[:_SHORT]).split(" ", 1)[0]
    return _MARKS.get(first)


def _negated(mention: Mention) -> bool:
    return mention.assertion is Assertion.ABSENT and mention.phrases != "answer-absent"


def value_traits(answer: fhir.Answer, concepts: Concepts) -> Traits:
    """Site, side and severity that the answer itself names."""
    if answer.value_codeable_concept is None and answer.value_string is None:
        return NO_TRAITS
    traits = concepts.concept(answer.value_codeable_concept).traits
    return traits.and_(mentioned(concepts.text(answer.value_string)))
