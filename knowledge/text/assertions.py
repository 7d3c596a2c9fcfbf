"""What a text asserts of each phrase found in it, clause by clause."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain

from knowledge.giving_up import GoOn, asking, simply
from knowledge.text.after import EMPTY, NOTHING, After, Roles
from knowledge.text.before import Scan
from knowledge.text.headers import Headers
from knowledge.text.judge import Setting, judge
from knowledge.text.mention import Assertion, Mention, Quality
from knowledge.text.normalise import COMMAS
from knowledge.text.passage import Clause, Parts, Passage, Span, parts_of
from knowledge.text.reach import Before


class Assertions:
    """Walks through the clauses of one text that hold a span."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._after = After(passage)
        self._cuts = [
            place for place, word in enumerate(passage.words) if word in passage.cues.words["ends"]
        ]
        self._headers = Headers(passage)
        self._slices: dict[tuple[int, int], str] = {}
        self._clauses: dict[int, list[Span]] = {}
        for span in passage.spans:
            self._clauses.setdefault(passage.clause_at(span.start), []).append(span)

    def mentions(self, go_on: GoOn = simply) -> list[Mention]:
        """One mention for each span, in the order of the text."""
        clauses = asking(go_on, self._clauses)
        out = list(chain.from_iterable(self._clause(number) for number in clauses))
        return sorted(out, key=lambda mention: (mention.start, -mention.end, mention.phrases))

    def _clause(self, number: int) -> Iterator[Mention]:
        passage = self._passage
        clause = passage.clauses[number]
        parts = parts_of(passage, clause)
        scan = Scan(passage, clause, parts)
        scan.run(self._headers.of(number))
        spread = self._after.spread(number)
        for span in reversed(self._clauses[number]):
            outer = passage.outer.get(span, span)
            roles = self._after.within(outer, clause, parts)
            asked = not roles and self._is_asked(span, clause)
            if asked:
                roles = self._answer(span, number, parts)
            shared = outer if not (outer.lost or outer.function) else span
            before = scan.found.get(shared, {})
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
        first = self._passage.outer.get(span, span).start
        return Setting(
            function=span.function,
            lost=span.lost,
            before=before,
            after=after,
            asked=asked,
            own_time=parts.own_time(span.start, clause.start),
            listed=bool(parts.lists),
            in_list=parts.numbers[place] in parts.lists,
            current=first > clause.start and self._passage.words[first - 1] in words["current"],
            normal=span.normal,
            ended="tense" in before and self._after.ends(span, clause),
        )

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
