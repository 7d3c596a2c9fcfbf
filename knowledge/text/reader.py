"""Finds phrases in free text and says of each what the text asserts.

A text without any trigger word costs a look at the first letters of each word. Only phrases whose
stem occurs are tried, and every step after that is bounded by the cue file's windows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from knowledge.giving_up import GoOn, asking, simply
from knowledge.text.assertions import Assertions
from knowledge.text.boxes import BOXES, boxes_first
from knowledge.text.cues import Cues
from knowledge.text.durations import Duration
from knowledge.text.finder import Finder
from knowledge.text.mention import Mention
from knowledge.text.normalise import fold, tokens
from knowledge.text.passage import Passage
from knowledge.text.phrases import PhraseSet, stems_of


class TextReader:
    """Reads texts for all phrase sets at once. Safe to share between threads."""

    def __init__(self, phrases: Mapping[str, PhraseSet], cues: Cues) -> None:
        """Compile the phrases. ValueError names a phrase that cannot be read."""
        self._cues = cues
        self._finder = Finder(phrases, cues)
        self._answers = _bracketed(cues)

    def warm(self) -> None:
        """Compile all phrases, so that no text waits for it."""
        self._finder.warm()

    @property
    def longest(self) -> int:
        """Characters that are read of a text; what stands behind them is not seen."""
        return self._cues.limits["longest-text"]

    def normalise(self, text: str) -> str:
        """The text as `Mention.start` and `end` count it."""
        return self._written_out(fold(text[: self.longest]))

    def _written_out(self, folded: str) -> str:
        return self._cues.shorthand.written_out(" ".join(self._words(folded)))

    def _words(self, folded: str) -> list[str]:
        """Words and marks, boxes before what they tick."""
        words = tokens(self._answers.sub(r" : \1 . ", folded))
        return words if BOXES.isdisjoint(words) else boxes_first(words, self._cues)

    def durations(self, clause: str) -> tuple[Duration, ...]:
        """The times in a clause, normalised or not: "3-day", "x 2/52", "since yesterday"."""
        return self._cues.durations.read(" ".join(tokens(fold(clause[: self.longest]))))

    def names_other(self, part: str, end: int) -> bool:
        """Whether right behind `end` a normalised part names a thing that the cues do not know."""
        following = part[end:].split(" ", 2)[1:2]
        return any(word.isalpha() and not self._cues.knows(word) for word in following)

    def read(self, text: str, go_on: GoOn = simply) -> tuple[Mention, ...]:
        """All mentions in the order of the text, at most the first `longest` characters read.

        `go_on` is called for every clause that mentions something, and may raise GivenUp.
        """
        folded = fold(text[: self.longest])
        stems = stems_of(folded)
        short = self._cues.shorthand.may_stand_in(stems)
        if not short and self._finder.stems.isdisjoint(stems):
            return ()
        normalised = " ".join(self._words(folded))
        if short:
            normalised = self._cues.shorthand.written_out(normalised)
            stems = stems_of(normalised)
        places = self._finder.places(f" {normalised} ", stems, go_on)
        if not places:
            return ()
        passage = Passage(normalised.split(" "), self._cues, normalised)
        passage.add(list(asking(go_on, self._finder.spans(passage, places, stems))))
        return tuple(Assertions(passage).mentions(go_on))


def _bracketed(cues: Cues) -> re.Pattern[str]:
    """Answers in brackets: "numbness (no)"."""
    found = [
        " ".join(cue.words)
        for cue in cues.expressions()
        if any(role.endswith(".answer") for role in cue.roles) and cue.words[0][0].isalnum()
    ]
    either = "|".join(map(re.escape, sorted(found, key=lambda one: (-len(one), one))))
    return re.compile(rf"\( ?({either}) ?\)")
