"""Finds phrases in a normalised text: where they stand, without their look-alikes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain

from knowledge.giving_up import GoOn, simply
from knowledge.text.cues import Cue, Cues
from knowledge.text.passage import Passage, Span
from knowledge.text.phrases import Pattern, PhraseSet, compile_phrase

Places = dict[str, dict[tuple[int, int], bool]]
"""By set, where its phrases match, in characters, and whether the phrase has no gap."""


class Finder:
    """All phrase sets, ready to be found. Only those whose stems a text holds are tried."""

    def __init__(self, phrases: Mapping[str, PhraseSet], cues: Cues) -> None:
        """Compile the phrases. ValueError names a phrase that cannot be read."""
        self._cues = cues
        self._patterns: dict[str, list[tuple[str, Pattern]]] = {}
        self._unless: dict[str, tuple[Pattern, ...]] = {}
        stops = cues.words["gap-stops"]
        for name, found in phrases.items():
            for pattern in (compile_phrase(phrase, stops) for phrase in found.phrases):
                for stem in pattern.stems:
                    self._patterns.setdefault(stem, []).append((name, pattern))
            self._unless[name] = tuple(compile_phrase(one, stops) for one in found.unless)
        self.stems = frozenset(self._patterns)
        self._lossy = _lossy(cues)
        self._doings = tuple(f"{one} " for one in cues.words["doings"])

    def warm(self) -> None:
        """Compile all phrases, so that no text waits for it."""
        for _, pattern in chain.from_iterable(self._patterns.values()):
            pattern.expression  # noqa: B018 - it is made when it is asked for

    def places(self, padded: str, stems: AbstractSet[str], go_on: GoOn = simply) -> Places:
        """Where phrases match in a text with a blank around it, whose stems these are."""
        places: Places = {}
        tried = set[int]()
        colons = " : " in padded
        found = self.stems.intersection(stems)
        for name, pattern in chain.from_iterable(self._patterns[stem] for stem in found):
            if id(pattern) not in tried:
                go_on()
                tried.add(id(pattern))
                expression = pattern.over_colons() if colons else pattern.expression
                for one in expression.finditer(padded):
                    own = places.setdefault(name, {})
                    own[one.span()] = own.get(one.span(), False) or pattern.firm
        return places

    def spans(self, passage: Passage, places: Places, stems: AbstractSet[str]) -> Iterator[Span]:
        """The phrases in a passage: of overlapping ones of a set the longest."""
        padded = f" {passage.text} "
        for name, found in places.items():
            kept = {
                (passage.word_at(start), passage.word_at(end)): firm
                for (start, end), firm in found.items()
                if "," not in padded[start:end] or self._goes_on(passage, passage.word_at(end))
            }
            cancelled = [
                (passage.word_at(one.start()), passage.word_at(one.end()))
                for pattern in self._unless[name]
                if not pattern.stems.isdisjoint(stems)
                for one in pattern.over_colons().finditer(padded)
            ]
            for start, end in _longest(kept, cancelled):
                if not self._is_denied_loss(passage, start, end):
                    yield self._span(passage, name, start, end)

    def _goes_on(self, passage: Passage, end: int) -> bool:
        """Whether a gap over a comma ended in a list ("numb legs, perineum"), not a new topic."""
        if passage.pauses(end, len(passage.words)):
            return True
        return passage.words[end] in self._cues.words["continuations"]

    def _is_denied_loss(self, passage: Passage, start: int, end: int) -> bool:
        """Read "no perianal sensation loss": the sensation is not lost, its loss is denied."""
        cue = self._cues.at(passage.words, start, end)
        after = self._cues.at(passage.words, end, len(passage.words)) if cue else None
        denied = cue is not None and "negation.before" in cue.roles
        return denied and after is not None and "abnormal.noun" in after.roles

    def _span(self, passage: Passage, name: str, start: int, end: int) -> Span:
        while ":" in passage.words[start:end]:
            start = passage.words.index(":", start) + 1
        words = passage.words[start:end]
        first = self._cues.at(passage.words, start, end)
        lost = first is not None and any(
            role in ("abnormal.before", "negation.before") for role in first.roles
        )
        aside = name.startswith(self._cues.modifiers) or (
            first is not None and len(first.words) == end - start and _is_reply(first)
        )
        normal = not lost and self._is_well(passage.words, start, end)
        function = normal or (not lost and self._is_function(words))
        return Span(name, start, end, function, lost, aside, normal)

    def _is_well(self, words: Sequence[str], start: int, end: int) -> bool:
        """Whether a function and its being normal stand in one phrase: "sensation intact in …"."""
        sets = self._cues.words
        for place in range(start, end - 1):
            if words[place] in sets["functions"]:
                after = place + 1 + (words[place + 1] in sets["fillers"])
                cue = self._cues.at(words, after, end) if after < end else None
                return cue is not None and "normal.after" in cue.roles
        return False

    def _is_function(self, words: Iterable[str]) -> bool:
        sets, head = self._cues.words, list[str]()
        for word in words:
            if word in self._lossy:
                return False
            head.append(word)
        text = " ".join(head)
        if f"{text} ".startswith(self._doings):
            return True
        for place, word in enumerate(head):
            if place and word in sets["continuations"]:
                return head[place - 1] in sets["functions"]
        return head[-1] in sets["functions"]


def _is_reply(cue: Cue) -> bool:
    return any(role.startswith(("negation.", "affirmation.", "normal.")) for role in cue.roles)


def _lossy(cues: Cues) -> frozenset[str]:
    """Single words of loss: a phrase that holds one is a finding, not a function."""
    return frozenset(
        cue.words[0]
        for cue in cues.expressions()
        if len(cue.words) == 1 and any(role.startswith("abnormal.") for role in cue.roles)
    )


def _longest(
    found: Mapping[tuple[int, int], bool], cancelled: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Of overlapping places the longest, without those that touch a cancelled one.

    A firm phrase is not cancelled by what is but its end: "urinary or faecal incontinence".
    """
    kept: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda place: (place[0], -place[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
        elif end - start > kept[-1][1] - kept[-1][0]:
            kept[-1] = (start, end)
    cancelled = sorted(cancelled)
    reach, furthest = 0, list[int]()
    for _, end in cancelled:
        reach = max(reach, end)
        furthest.append(reach)

    def reaches(place: int) -> int:
        """How far the cancelled ones reach that begin before a place."""
        before = bisect_left(cancelled, (place, place))
        return furthest[before - 1] if before else 0

    for start, end in kept:
        inside = found[start, end] and reaches(start + 1) <= start
        if reaches(end) <= (end if inside else start):
            yield start, end
