"""A normalised text cut into clauses and parts of clauses, with the phrases found in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from knowledge.text.cues import Cues
from knowledge.text.normalise import BOUNDARIES, COMMAS


@dataclass(frozen=True, slots=True)
class Span:
    """A phrase found: its set and its words `start` up to `end`.

    `function`: names something the body does ("anal tone"), which is lost, not denied, by "no".
    `lost`: begins with a word of loss ("reduced sensation", "unable to pass urine").
    `aside`: describes a finding (a side, a site) or is a cue itself; others look through it.
    `normal`: says itself that the function is well ("sensation intact in the saddle area").
    """

    phrases: str
    start: int
    end: int
    function: bool
    lost: bool
    aside: bool
    normal: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """Words `start` up to `end`; `opener` and `closer` are the marks around it, "" at the edge."""

    start: int
    end: int
    opener: str
    closer: str


@dataclass(slots=True)
class Passage:
    """Words, where each stands in the text, the clauses, and the spans by place."""

    words: Sequence[str]
    cues: Cues
    text: str
    starts: list[int] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    starting: dict[int, list[Span]] = field(default_factory=dict)
    solid: dict[int, list[Span]] = field(default_factory=dict)
    """Those of the spans, by their first word, that are not `aside`."""
    outer: dict[Span, Span] = field(default_factory=dict)
    """Of a span that stands inside a longer one (neither is `aside`), that longer one."""

    def __post_init__(self) -> None:
        place = 0
        for word in self.words:
            self.starts.append(place)
            place += len(word) + 1
        self.clauses = self._clauses()

    def add(self, spans: list[Span]) -> None:
        """Take the spans found, in order."""
        self.spans = sorted(spans, key=lambda span: (span.start, -span.end, span.phrases))
        widest: Span | None = None
        for span in self.spans:
            self.starting.setdefault(span.start, []).append(span)
            if span.aside:
                continue
            self.solid.setdefault(span.start, []).append(span)
            if widest is None or span.end > widest.end:
                widest = span
            elif span.end - span.start < widest.end - widest.start and self._is_part(span, widest):
                self.outer[span] = widest

    def _is_part(self, span: Span, outer: Span) -> bool:
        """Whether what the longer one has behind the span says nothing of it: no "ruled out"."""
        cues = (self.cues.at(self.words, place, outer.end) for place in range(span.end, outer.end))
        return not any(
            role.endswith((".after", ".answer")) for cue in cues if cue for role in cue.roles
        )

    def _clauses(self) -> list[Clause]:
        out: list[Clause] = []
        start, opener = 0, ""
        for place, word in enumerate(self.words):
            if word in BOUNDARIES and not self._wraps(place):
                out.append(Clause(start, place, opener, word))
                start, opener = place + 1, word
        out.append(Clause(start, len(self.words), opener, ""))
        return out

    def _wraps(self, place: int) -> bool:
        """Whether this line end stands amid a sentence: after a comma, "and", "or"."""
        if self.words[place] != "|" or place == 0:
            return False
        before = self.words[place - 1]
        return before == "," or before in self.cues.words["joiners"]

    def word_at(self, char: int) -> int:
        """The place of the word that begins at a character."""
        return bisect_left(self.starts, char)

    def clause_at(self, place: int) -> int:
        """The number of the clause that a word stands in."""
        return bisect_right(self.clauses, place, key=lambda clause: clause.start) - 1

    def is_long_ago(self, start: int, end: int) -> bool:
        """Whether the words of a time tell of one long past: "5 years ago"."""
        return any(
            (cue := self.cues.at(self.words, place, end + 1)) is not None
            and "past.after" in cue.roles
            for place in range(start, end)
        )

    def pauses(self, place: int, end: int) -> bool:
        """Whether the sentence pauses or ends here."""
        return place >= end or self.words[place] in COMMAS or self.words[place] in BOUNDARIES


@dataclass(slots=True)
class Parts:
    """What the parts of one clause between commas hold."""

    numbers: list[int]
    timed: set[int]
    lists: set[int]
    spoken: set[int]
    times: dict[int, int]
    """First word of a duration -> the word after it."""

    def own_time(self, place: int, start: int) -> bool:
        """Whether the part with this word, or the wordless one after it, says when it began."""
        part = self.numbers[place - start]
        return part in self.timed or (part + 1 in self.timed and part + 1 not in self.spoken)


def parts_of(passage: Passage, clause: Clause) -> Parts:
    """Look through a clause once."""
    words, cues = passage.words, passage.cues
    times = _times(passage, clause)
    parts = Parts([], set(), set(), set(), times)
    number = 0
    for place in range(clause.start, clause.end):
        word = words[place]
        number += word in COMMAS
        parts.numbers.append(number)
        timed = place in times and not passage.is_long_ago(place, times[place])
        if timed or word in cues.words["onset"]:
            parts.timed.add(number)
        if word in cues.words["alternatives"]:
            parts.lists.add(number)
        if place in passage.solid:
            parts.spoken.add(number)
    return parts


def _times(passage: Passage, clause: Clause) -> dict[int, int]:
    if clause.start >= clause.end:
        return {}
    offset = passage.starts[clause.start]
    last = clause.end - 1
    text = passage.text[offset : passage.starts[last] + len(passage.words[last])]
    found = passage.cues.durations.read(text)
    return {
        passage.word_at(offset + one.start): passage.word_at(offset + one.end + 1) for one in found
    }
