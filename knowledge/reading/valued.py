"""Measured values in free text: which of them belong to the finding that is named beside them."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from knowledge.language.schema import Answer
from knowledge.reading.frame import Left
from knowledge.reading.speech import Speech
from knowledge.reading.telling import NOTHING
from knowledge.reading.traits import Traits, mentioned
from knowledge.reading.ways import Spoken
from knowledge.reading.written import Written, in_text, sentences
from knowledge.text import Assertion, Mention


def measured(speech: Speech, text: str, but: AbstractSet[str] = NOTHING) -> set[str]:
    """Facts from values in a free text, sentence by sentence. Returns the findings measured.

    It is read no further than for phrases.
    """
    found: set[str] = set()
    text = text[: speech.words.concepts.reader.longest]
    if not _may_measure(speech, text):
        return found
    for sentence in sentences(text):
        mentions = speech.words.concepts.text(sentence)
        for mention in mentions:
            for one in speech.spoken(mention.phrases):
                if one.measure is None or one.finding in but | found:
                    continue
                if _measure(speech, one, mention, sentence, mentions):
                    found.add(one.finding)
    return found


def _may_measure(speech: Speech, text: str) -> bool:
    return any(
        one.measure is not None
        for mention in speech.words.concepts.text(text)
        for one in speech.spoken(mention.phrases)
    )


_NO_VALUE = (Assertion.FAMILY, Assertion.HYPOTHETICAL, Assertion.ABSENT, Assertion.PAST)


def _measure(
    speech: Speech, one: Spoken, mention: Mention, sentence: str, mentions: Sequence[Mention]
) -> bool:
    if one.measure is None or mention.assertion in _NO_VALUE:
        return False
    try:
        values = in_text(sentence, one.measure)
    except Left as left:
        speech.leave(left)
        return False
    own = [value for value in values if _names(speech, value.part, mention)]
    added = False
    for value in own if own and not one.measure.ordinal else values:
        added |= add_value(speech, one, mention.phrases, value, mentioned(mentions))
    return added


def _names(speech: Speech, part: str, mention: Mention) -> bool:
    return any(one.phrases == mention.phrases for one in speech.words.concepts.text(part))


def add_value(
    speech: Speech, one: Spoken, name: str, value: Written, beside: Traits, *,
    label: str = "", shown: str = "", by_text: bool = True,
) -> bool:  # fmt: skip
    """A value that stands in words, with the site and side of its own part of the text."""
    own = mentioned(speech.words.concepts.text(value.part))
    traits = own.or_sites_of(beside).or_sites_of(speech.around)
    if not one.fits(traits):
        return False
    speech.add(
        one.finding, Answer.PRESENT, name, traits, by_text=by_text, number=value.number,
        series=series(one, label, traits),
        shown=shown or value.part.strip() or value.number.shown,
    )  # fmt: skip
    return True


def series(one: Spoken, label: str, traits: Traits) -> str:
    """What is compared over time: each myotome by itself, other values whatever they are called."""
    if one.measure is None or not one.measure.site:
        return ""
    return " ".join((label, *sorted(traits.sides), *sorted(traits.sites)))
