"""What codes and texts say: the value sets that hold them, and the phrases that they contain."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from knowledge.chart.fhir import CodeableConcept
from knowledge.codelists import ValueSets
from knowledge.giving_up import GoOn, simply
from knowledge.reading.traits import NO_TRAITS, NONE, SEVERITIES, Traits, mentioned, traits_of
from knowledge.text import Assertion, Cues, Duration, Mention, TextReader

ANSWER = "answer-"
FAMILY = "family-history-codes"
_REMEMBERED = 10 * 1000
_SHORT = 2 * 100
_MOST = 1000
_BY_LABEL = (Assertion.FAMILY, Assertion.ABSENT, Assertion.PAST, Assertion.SUSPECTED)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one CodeableConcept says.

    `codes`: the sets that hold one of its codes, `names` the same in order. `mentions`: what its
    text says, and the displays of codes that no set holds. `traits`: site, side and the like from
    all of it. `shown`: what people read; `displays` of the code that a set holds, where there is
    no text for the whole.
    """

    codes: frozenset[str] = NONE
    mentions: tuple[Mention, ...] = ()
    traits: Traits = NO_TRAITS
    shown: str = ""
    names: tuple[str, ...] = ()
    displays: Mapping[str, str] = field(default_factory=dict)

    def shown_as(self, name: str) -> str:
        """What people read where this set was matched."""
        return self.displays.get(name, self.shown)


EMPTY = Reading()
"""A concept that is not there."""

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(slots=True)
class Concepts:
    """Reads concepts and texts, remembering so many of the short ones.

    `joints`: where one part of a normalised clause ends: a comma, "and", "or" and their like.
    `go_on` is asked at every text; `asking` makes a reader of one chart that shares the memory.
    """

    valuesets: ValueSets
    reader: TextReader
    answers: TextReader
    joints: re.Pattern[str]
    go_on: GoOn = simply
    _concepts: dict[CodeableConcept, Reading] = field(default_factory=dict)
    _texts: dict[str, tuple[Mention, ...]] = field(default_factory=dict)
    _replies: dict[str, tuple[Mention, ...]] = field(default_factory=dict)
    _durations: dict[str, tuple[Duration, ...]] = field(default_factory=dict)

    def warm(self) -> None:
        """Compile all phrases, so that no chart waits for it."""
        self.reader.warm()
        self.answers.warm()

    def asking(self, go_on: GoOn) -> Concepts:
        """The same, for one chart on which work may be given up."""
        return replace(self, go_on=go_on)

    def concept(self, concept: CodeableConcept | None) -> Reading:
        """The reading of a concept; nothing where there is none."""
        if concept is None:
            return EMPTY
        found = self._concepts.get(concept)
        if found is None:
            found = self._read(concept)
            if all(len(text) <= _SHORT for text in concept.texts):
                _remember(self._concepts, concept, found)
        return found

    def text(self, text: str | None) -> tuple[Mention, ...]:
        """What a free text mentions."""
        return _read_once(self.reader, self._texts, text, self.go_on)

    def reply(self, text: str | None) -> tuple[Mention, ...]:
        """The words of answer in a text: yes, no, normal, reduced, mild."""
        return _read_once(self.answers, self._replies, text, self.go_on)

    def durations(self, text: str) -> tuple[Duration, ...]:
        """The times in a text: "3/7", "since yesterday"."""
        found = self._durations.get(text)
        if found is None:
            found = self.reader.durations(text)
            if len(text) <= _SHORT:
                _remember(self._durations, text, found)
        return found

    def under(self, label: str, text: str | None) -> tuple[Mention, ...]:
        """What a text mentions as the answer to a label: "Family history", "Symptoms denied".

        A label may deny, put into the past or into the family; it never takes back otherwise:
        what stands under "Screening for red flags" stands there.
        """
        alone = self.text(text)
        if not alone or not label or not text:
            return alone
        both = f"{label}: {text}"
        shift = len(self.reader.normalise(both)) - len(self.reader.normalise(text))
        said = {(one.phrases, one.start - shift): one.assertion for one in self.text(both)}
        return tuple(_labelled(one, said.get((one.phrases, one.start))) for one in alone)

    def parts(self, clause: str) -> list[str]:
        """The parts of a normalised clause."""
        return self.joints.split(clause)

    def _read(self, concept: CodeableConcept) -> Reading:
        codes: set[str] = set()
        displays: dict[str, str] = {}
        beside: list[Mention] = []
        texts = [concept.text] if concept.text else []
        for coding in concept.coding:
            held = self.valuesets.sets(coding.system, coding.code)
            codes |= held
            if held:
                own = self.valuesets.display(coding.system, coding.code)
                beside += self.text(coding.display or own)
                beside += self.text(own)
                if not concept.text and (coding.display or own):
                    displays |= dict.fromkeys(held - displays.keys(), coding.display or own)
            elif coding.display and coding.display not in texts:
                texts.append(coding.display)
        mentions = tuple(one for text in texts for one in self.text(text))
        traits = traits_of(codes).and_(mentioned((*beside, *mentions)))
        names = tuple(sorted(codes))
        shown = self._shown(concept)
        return Reading(frozenset(codes), mentions, traits, shown, names, displays)

    def _shown(self, concept: CodeableConcept) -> str:
        """What people read: the text, else a display, else the code."""
        texts = concept.texts
        if texts:
            return texts[0]
        for coding in concept.coding:
            name = self.valuesets.display(coding.system, coding.code) or coding.code
            if name:
                return name
        return ""


def concepts_of(valuesets: ValueSets, cues: Cues) -> Concepts:
    """The vocabulary of a library.

    Words of answer are read by themselves: "no" is a cue, too. So is "mother has": the phrases
    of family history may not swallow it.
    """
    phrases = valuesets.phrases
    apart = {name for name in phrases if name.startswith(ANSWER) or name == FAMILY}
    findings = {name: one for name, one in phrases.items() if name not in apart}
    replies = {
        name: one for name, one in phrases.items() if name.startswith(ANSWER) or name in SEVERITIES
    }
    joints = "|".join(sorted(map(re.escape, cues.words["joiners"])))
    return Concepts(
        valuesets,
        TextReader(findings, cues),
        TextReader(replies, cues),
        re.compile(rf" (?:,|;|{joints})(?: (?:{joints}))? "),
    )


def _labelled(mention: Mention, assertion: Assertion | None) -> Mention:
    if mention.assertion is Assertion.PRESENT and assertion in _BY_LABEL:
        return replace(mention, assertion=assertion)
    return mention


def _read_once(
    reader: TextReader, memory: dict[str, tuple[Mention, ...]], text: str | None, go_on: GoOn
) -> tuple[Mention, ...]:
    if not text:
        return ()
    go_on()
    found = memory.get(text)
    if found is None:
        found = _distinct(reader.read(text, go_on))
        if len(text) <= _SHORT:
            _remember(memory, text, found)
    return found


def _distinct(mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """Each thing that a clause says once, and no more of a text than anybody would write."""
    if len(mentions) < 2:
        return mentions
    kept = {(one.phrases, one.assertion, one.quality, one.clause): one for one in mentions[::-1]}
    return tuple(list(kept.values())[::-1][:_MOST])


def _remember(memory: dict[Key, Value], key: Key, value: Value) -> None:
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[key] = value
