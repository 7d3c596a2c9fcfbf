"""Finds phrases in free text and says of each what the text asserts.

A text without any trigger word costs a look at the first letters of each word. Only phrases whose
stem occurs are tried, and every step after that is bounded by the cue file's windows.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from knowledge.text.after import EMPTY, NOTHING, After, Roles
from knowledge.text.before import Before, Scan
from knowledge.text.cues import Cue, Cues
from knowledge.text.durations import Duration
from knowledge.text.judge import Setting, judge
from knowledge.text.mention import Assertion, Mention, Quality
from knowledge.text.normalise import COMMAS, fold, tokens
from knowledge.text.passage import Clause, Parts, Passage, Span, parts_of
from knowledge.text.phrases import Pattern, PhraseSet, compile_phrase, stems_of

Places = dict[str, set[tuple[int, int]]]


class TextReader:
    """Reads texts for all phrase sets at once. Safe to share between threads."""

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
        self._stems = frozenset(self._patterns)
        self._answers = _bracketed(cues)
        self._lossy = _lossy(cues)

    @property
    def longest(self) -> int:
        """Characters that are read of a text; what stands behind them is not seen."""
        return self._cues.limits["longest-text"]

    def normalise(self, text: str) -> str:
        """The text as `Mention.start` and `end` count it."""
        folded = fold(text[: self.longest])
        return " ".join(tokens(self._answers.sub(r" : \1 . ", folded)))

    def durations(self, clause: str) -> tuple[Duration, ...]:
        """The times in a clause, normalised or not: "3-day", "x 2/52", "since yesterday"."""
        return self._cues.durations.read(" ".join(tokens(fold(clause[: self.longest]))))

    def read(self, text: str) -> tuple[Mention, ...]:
        """All mentions in the order of the text, at most the first `longest` characters read."""
        folded = fold(text[: self.longest])
        found = self._stems.intersection(stems_of(folded))
        if not found:
            return ()
        words = tokens(self._answers.sub(r" : \1 . ", folded))
        normalised = " ".join(words)
        places = self._places(f" {normalised} ", found)
        if not places:
            return ()
        passage = Passage(words, self._cues, normalised)
        passage.add(list(self._spans(passage, places)))
        return tuple(_Assertions(passage).mentions())

    def _places(self, padded: str, stems: frozenset[str]) -> Places:
        """Where phrases match, by set, in characters."""
        places: Places = {}
        tried = set[tuple[str, str]]()
        for name, pattern in chain.from_iterable(self._patterns[stem] for stem in stems):
            if (name, pattern.phrase) not in tried:
                tried.add((name, pattern.phrase))
                found = [one.span() for one in pattern.expression.finditer(padded)]
                if found:
                    places.setdefault(name, set()).update(found)
        return places

    def _spans(self, passage: Passage, places: Places) -> Iterator[Span]:
        padded = f" {passage.text} "
        for name, found in places.items():
            kept = [
                (passage.word_at(start), passage.word_at(end))
                for start, end in found
                if "," not in padded[start:end] or self._goes_on(passage, passage.word_at(end))
            ]
            cancelled = [
                (passage.word_at(one.start()), passage.word_at(one.end()))
                for pattern in self._unless[name]
                for one in pattern.expression.finditer(padded)
            ]
            for start, end in _longest(kept, cancelled):
                yield self._span(passage, name, start, end)

    def _goes_on(self, passage: Passage, end: int) -> bool:
        """Whether a gap over a comma ended in a list ("numb legs, perineum"), not a new topic."""
        if passage.pauses(end, len(passage.words)):
            return True
        return passage.words[end] in self._cues.words["continuations"]

    def _span(self, passage: Passage, name: str, start: int, end: int) -> Span:
        words = passage.words[start:end]
        first = self._cues.at(passage.words, start, end)
        lost = first is not None and any(
            role in ("abnormal.before", "negation.before") for role in first.roles
        )
        aside = name.startswith(self._cues.modifiers) or (
            first is not None and len(first.words) == end - start and _is_reply(first)
        )
        return Span(name, start, end, not lost and self._is_function(words), lost, aside)

    def _is_function(self, words: Iterable[str]) -> bool:
        sets, head = self._cues.words, list[str]()
        for word in words:
            if word in self._lossy:
                return False
            head.append(word)
        text = " ".join(head)
        if any(f"{text} ".startswith(f"{one} ") for one in sets["doings"]):
            return True
        for place, word in enumerate(head):
            if place and word in sets["continuations"]:
                return head[place - 1] in sets["functions"]
        return head[-1] in sets["functions"]


def _is_reply(cue: Cue) -> bool:
    return any(role.startswith(("negation.", "affirmation.", "normal.")) for role in cue.roles)


def _bracketed(cues: Cues) -> re.Pattern[str]:
    """Answers in brackets: "numbness (no)"."""
    found = [
        " ".join(cue.words)
        for cue in cues.expressions()
        if any(role.endswith(".answer") for role in cue.roles) and cue.words[0][0].isalnum()
    ]
    either = "|".join(map(re.escape, sorted(found, key=lambda one: (-len(one), one))))
    return re.compile(rf"\( ?({either}) ?\)")


def _lossy(cues: Cues) -> frozenset[str]:
    """Single words of loss: a phrase that holds one is a finding, not a function."""
    return frozenset(
        cue.words[0]
        for cue in cues.expressions()
        if len(cue.words) == 1 and any(role.startswith("abnormal.") for role in cue.roles)
    )


def _longest(
    found: Iterable[tuple[int, int]], cancelled: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Of overlapping places the longest, without those that touch a cancelled one."""
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
    for start, end in kept:
        before = bisect_left(cancelled, (end, end))
        if not before or furthest[before - 1] <= start:
            yield start, end


class _Assertions:
    """Walks through the clauses of one text that hold a span."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._after = After(passage)
        self._cuts = [
            place for place, word in enumerate(passage.words) if word in passage.cues.words["ends"]
        ]
        self._headers: dict[int, Cue | None] = {}
        self._slices: dict[tuple[int, int], str] = {}
        self._clauses: dict[int, list[Span]] = {}
        for span in passage.spans:
            self._clauses.setdefault(passage.clause_at(span.start), []).append(span)

    def mentions(self) -> list[Mention]:
        """One mention for each span, in the order of the text."""
        out = list(chain.from_iterable(self._clause(number) for number in self._clauses))
        return sorted(out, key=lambda mention: (mention.start, -mention.end, mention.phrases))

    def _clause(self, number: int) -> Iterator[Mention]:
        passage = self._passage
        clause = passage.clauses[number]
        parts = parts_of(passage, clause)
        scan = Scan(passage, clause, parts)
        scan.run(self._header(number))
        spread = self._after.spread(number)
        for span in reversed(self._clauses[number]):
            roles = self._after.within(span, clause, parts)
            asked = not roles and self._is_asked(span, clause)
            if asked:
                roles = self._answer(span, number, parts)
            before = scan.found.get(span, {})
            setting = self._setting(span, clause, parts, before, roles or spread, asked)
            assertion, quality = judge(setting)
            if asked and not roles and clause.closer == ":" and not self._said_again(span, number):
                setting = self._setting(span, clause, parts, before, spread, asked=False)
                assertion, quality = judge(setting)
            yield self._mention(span, number, assertion, quality)

    def _setting(
        self,
        span: Span,
        clause: Clause,
        parts: Parts,
        before: Before,
        after: Roles,
        asked: bool,
    ) -> Setting:
        words = self._passage.cues.words
        place = span.start - clause.start
        return Setting(
            function=span.function,
            lost=span.lost,
            before=before,
            after=after,
            asked=asked,
            own_time=parts.own_time(span.start, clause.start),
            listed=bool(parts.lists),
            in_list=parts.numbers[place] in parts.lists,
            current=place > 0 and self._passage.words[span.start - 1] in words["current"],
        )

    def _header(self, number: int) -> Cue | None:
        """A cue that a colon hands on: "Denies: …", and down the items of a list."""
        clauses = self._passage.clauses
        walked: list[int] = []
        while number not in self._headers:
            walked.append(number)
            if clauses[number].opener != "•":
                self._headers[number] = self._label(number)
            else:
                number -= 1
        header = self._headers[number]
        self._headers.update(dict.fromkeys(walked, header))
        return header

    def _label(self, number: int) -> Cue | None:
        """The cue before the colon that opens this clause, if that is no answer itself."""
        clauses = self._passage.clauses
        if not number or clauses[number].opener != ":":
            return None
        label = clauses[number - 1]
        if label.opener == ":" or label.start == label.end:
            return None
        return Scan(self._passage, label, parts_of(self._passage, label)).run()

    def _is_asked(self, span: Span, clause: Clause) -> bool:
        """Whether the clause asks for this finding, as a question or as a label."""
        passage = self._passage
        most = passage.cues.limits["after"]
        words = passage.words[span.end : clause.end]
        near = len(words) <= most and not COMMAS.intersection(words)
        if clause.closer == "?":
            opener = passage.words[clause.start] in passage.cues.words["openers"]
            return near or opener
        return clause.closer == ":" and near

    def _answer(self, span: Span, number: int, parts: Parts) -> Roles:
        clause = self._passage.clauses[number]
        roles = self._after.answer(number)
        if clause.closer == ":" and "empty" in roles:
            first = self._passage.words[clause.start]
            label = span.start - clause.start <= self._passage.cues.limits["after"]
            label = label and first not in self._passage.cues.words["new-statement"]
            timed = parts.own_time(span.start, clause.start)
            return EMPTY if label and not timed else NOTHING
        return roles

    def _said_again(self, span: Span, number: int) -> bool:
        """Whether what stands behind the colon speaks of the same finding itself."""
        following = self._clauses.get(number + 1, ())
        return any(one.phrases == span.phrases for one in following)

    def _mention(
        self, span: Span, number: int, assertion: Assertion, quality: Quality | None
    ) -> Mention:
        passage = self._passage
        start, last = passage.starts[span.start], span.end - 1
        end = passage.starts[last] + len(passage.words[last])
        clause = self._text(span, number)
        return Mention(span.phrases, assertion, quality, start, end, clause)

    def _text(self, span: Span, number: int) -> str:
        """The clause up to "but", with the label before it and the answer behind it."""
        clauses = self._passage.clauses
        clause = clauses[number]
        start, end = self._cut(span, clause)
        if start == clause.start and clause.opener == ":" and number:
            start = clauses[number - 1].start
        if end == clause.end and clause.closer == ":" and number + 1 < len(clauses):
            following = clauses[number + 1]
            end = following.end if following.closer != ":" else end
        if (start, end) not in self._slices:
            self._slices[start, end] = " ".join(self._passage.words[start:end])
        return self._slices[start, end]

    def _cut(self, span: Span, clause: Clause) -> tuple[int, int]:
        before = bisect_left(self._cuts, span.start) - 1
        after = bisect_right(self._cuts, span.end - 1)
        start = self._cuts[before] + 1 if before >= 0 else 0
        end = self._cuts[after] if after < len(self._cuts) else clause.end
        return max(start, clause.start), min(end, clause.end)
