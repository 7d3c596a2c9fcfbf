"""What stands after a finding: in its clause, or as the answer behind a colon or question mark."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.text.cues import Cue
from knowledge.text.normalise import COMMAS
from knowledge.text.passage import Clause, Parts, Passage, Span

Roles = frozenset[str]
NOTHING: Roles = frozenset()
EMPTY: Roles = frozenset({"unknown.answer", "empty"})
"""A question or label with nothing behind it."""

LONG_AGO: Roles = frozenset({"past.after"})

_AFTER = (".after",)
_ANSWER = (".after", ".answer")
_GRADED = ("abnormal.before", "normal.before")


@dataclass(slots=True)
class _Walk:
    """How far the look behind a span has come: `dash` crossed, a comma or "but" (`loose`)."""

    place: int
    count: int = 0
    dash: bool = False
    loose: bool = False


class After:
    """Reads the words behind the spans of one text."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._words = passage.words
        self._sets = passage.cues.words
        self._most = passage.cues.limits["after"]
        self._span_answers: dict[int, Roles] = {}
        self._answers: dict[int, Roles] = {}

    def within(self, span: Span, clause: Clause, parts: Parts) -> Roles:
        """The roles of what stands after the span in its clause (spans are asked last to first)."""
        found = self._within(span, clause, parts)
        if not found and not span.aside and self._is_over(span.end, clause):
            found = LONG_AGO
        if not span.aside:
            self._span_answers[span.start] = found
        return found

    def _within(self, span: Span, clause: Clause, parts: Parts) -> Roles:
        walk = _Walk(span.end)
        limit = min(clause.end, span.end + self._passage.cues.limits["before"] * 2)
        while walk.place < limit and walk.count < self._most:
            if walk.place in self._passage.solid:
                return NOTHING
            cue = self._passage.cues.at(self._words, walk.place, clause.end)
            if cue is not None:
                closes = self._passage.pauses(walk.place + len(cue.words), clause.end)
                roles = _usable(cue, span, walk, closes=closes)
                if roles and not self._void(cue, walk.place, clause.end):
                    return roles
            if walk.place in parts.times:
                time_ends = parts.times[walk.place]
                if not walk.loose and self._passage.is_long_ago(walk.place, time_ends):
                    return LONG_AGO
                walk.place = max(parts.times[walk.place], walk.place + 1)
                continue
            ended = self._step(walk, cue, clause)
            if ended is not None:
                return ended
            walk.place += 1
        return NOTHING

    def _is_over(self, place: int, clause: Clause) -> bool:
        """Read "retention after an operation - resolved": the next part says nothing but that."""
        limit = min(clause.end, place + self._passage.cues.limits["before"] * 2)
        comma = next((at for at in range(place, limit) if self._words[at] in COMMAS), None)
        if comma is None or not self._is_alone(place, comma):
            return False
        start = comma + 1
        while start < clause.end and self._words[start] in self._sets["fillers"]:
            start += 1
        cue = self._passage.cues.at(self._words, start, clause.end)
        if cue is None or "past.after" not in cue.roles:
            return False
        return self._passage.pauses(start + len(cue.words), clause.end)

    def _step(self, walk: _Walk, cue: Cue | None, clause: Clause) -> Roles | None:
        """Go past a word that is no usable cue; roles where the way ends with it."""
        word = self._words[walk.place]
        if word == "¿":
            return self._loose_question(walk.place + 1, clause.end)
        if word == "_":
            return EMPTY
        if word in self._sets["joiners"]:
            return self._of_next(walk.place + 1)
        if word == "-" and not walk.dash:
            walk.dash = True
        elif word == "," or word in self._sets["ends"]:
            if walk.loose:
                return NOTHING
            walk.loose = True
        elif word in self._sets["onset"] or (cue is not None and _is_before(cue)):
            return NOTHING
        elif word not in self._sets["fillers"]:
            if walk.loose or not word[0].isalnum():
                return NOTHING
            walk.count += 1
        return None

    def ends(self, span: Span, clause: Clause) -> bool:
        """Whether the clause says further behind, and of nothing else, that it is over."""
        behind = range(
            span.end, min(clause.end, span.end + self._passage.cues.limits["before"] * 2)
        )
        last = max((place for place in behind if place in self._passage.solid), default=span.end)
        cues = (self._passage.cues.at(self._words, place, clause.end) for place in behind)
        return any(
            cue is not None and "past.after" in cue.roles and not self._is_finding_at(last, place)
            for place, cue in zip(behind, cues, strict=True)
        )

    def _is_finding_at(self, last: int, place: int) -> bool:
        """Whether a cue stands right behind another finding: "back pain resolved"."""
        finding = any(one.end <= place for one in self._passage.solid.get(last, ()))
        return finding and COMMAS.isdisjoint(self._words[last:place])

    def _is_alone(self, place: int, end: int) -> bool:
        """Whether no other finding stands here, unless a year does too: "after surgery in 2018"."""
        if not any(at in self._passage.solid for at in range(place, end)):
            return True
        cues = (self._passage.cues.at(self._words, at, end) for at in range(place, end))
        return any(cue is not None and "past.after" in cue.roles for cue in cues)

    def _void(self, cue: Cue, start: int, end: int) -> bool:
        """Whether the cue rather belongs to what comes next ("numbness absent reflexes")."""
        if not _is_before(cue) or "hypothetical.after" in cue.roles:
            return False
        place = start + len(cue.words)
        for later in range(place, min(place + self._most, end)):
            word = self._words[later]
            if later in self._passage.solid or word in self._sets["functions"]:
                return True
            if self._passage.pauses(later, end) or word in self._sets["continuations"]:
                return False
        return False

    def _loose_question(self, place: int, end: int) -> Roles:
        """Read "numbness ? no": the mark stood apart, yet what follows is its answer."""
        cue = self._passage.cues.at(self._words, place, end) if place < end else None
        if cue is None or not self._passage.pauses(place + len(cue.words), end):
            return NOTHING
        return frozenset(role for role in cue.roles if role.endswith(".answer"))

    def _of_next(self, place: int) -> Roles:
        """Read "numbness and weakness resolved": what is said of the second holds for the first."""
        for later in range(place, place + self._most):
            if later in self._span_answers:
                roles = self._span_answers[later]
                return roles if any(role.endswith(".after") for role in roles) else NOTHING
        return NOTHING

    def answer(self, number: int) -> Roles:
        """What stands behind the mark that closes a clause; EMPTY if nothing does."""
        if number not in self._answers:
            self._answers[number] = self._answer(number)
        return self._answers[number]

    def _answer(self, number: int) -> Roles:
        clauses = self._passage.clauses
        if number + 1 >= len(clauses):
            return EMPTY
        following = clauses[number + 1]
        if following.start == following.end and following.closer == "|":
            return self._next_line(number + 2)
        if following.start == following.end:
            return EMPTY
        if self._is_replier(following) and clauses[number].closer == "?":
            return self.answer(number + 1)
        found, marked = self._read_answer(following)
        if found or marked:
            return found or EMPTY
        label = following.closer == ":" and clauses[number].closer == ":"
        return EMPTY if label and following.end - following.start <= self._most else NOTHING

    def _is_replier(self, clause: Clause) -> bool:
        """Read "Q: …? A: no": who answers is no answer."""
        who = " ".join(self._words[clause.start : clause.end])
        return clause.closer == ":" and who in self._sets["repliers"]

    def _next_line(self, number: int) -> Roles:
        """An answer that stands alone on the next line."""
        clauses = self._passage.clauses
        if number >= len(clauses):
            return EMPTY
        line = clauses[number]
        if line.end - line.start > self._most - 1 or line.closer == ":":
            return EMPTY
        return self._read_answer(line)[0] or EMPTY

    def _read_answer(self, clause: Clause) -> tuple[Roles, bool]:
        """The answer at the head of a clause; and whether there were boxes or blanks at all."""
        place, count, marked = clause.start, 0, False
        while place < clause.end and count < self._most:
            word = self._words[place]
            cue = self._passage.cues.at(self._words, place, clause.end)
            if word == "_":
                return EMPTY, True
            if word in ("☐", "☑"):
                marked = True
                place += 2 if word == "☐" else 1
                continue
            if cue is not None and (roles := _answering(cue)):
                if self._stands_alone(place + len(cue.words), clause):
                    return roles, marked
                return NOTHING, marked
            if place in self._passage.solid or (cue is not None and _is_before(cue)):
                return NOTHING, marked
            if word not in self._sets["fillers"]:
                count += 1
            place += 1
        return NOTHING, marked

    def _stands_alone(self, place: int, clause: Clause) -> bool:
        """Whether an answer ends here, or what follows it is the next label."""
        if self._passage.pauses(place, clause.end):
            return True
        if self._words[place] in self._sets["continuations"] or self._words[place] == "☐":
            return True
        return clause.closer in (":", "?") and clause.end - place <= self._most + 1

    def spread(self, number: int) -> Roles:
        """Read "…, all denied" or "…: all denied": what is said of all in the clause."""
        clauses = self._passage.clauses
        found = self._spread(clauses[number]) or self._closing(number)
        if not found and clauses[number].closer == ":" and number + 1 < len(clauses):
            found = self._spread(clauses[number + 1])
        return found

    def _closing(self, number: int) -> Roles:
        """Read "Any of: numbness, weakness - none": the answer to a question without its mark."""
        clauses = self._passage.clauses
        clause = clauses[number]
        head = clauses[number - 1] if clause.opener == ":" and number else clause
        if head.start == head.end or self._words[head.start] not in self._sets["openers"]:
            return NOTHING
        dashes = [at for at in range(clause.start, clause.end) if self._words[at] == "-"]
        if len(dashes) != 1:
            return NOTHING
        cue = self._passage.cues.at(self._words, dashes[0] + 1, clause.end)
        if cue is None or dashes[0] + 1 + len(cue.words) != clause.end:
            return NOTHING
        return frozenset(role for role in cue.roles if role.endswith(_ANSWER))

    def _spread(self, clause: Clause) -> Roles:
        for place in range(clause.start, clause.end - 1):
            if self._words[place] in self._sets["all"]:
                cue = self._passage.cues.at(self._words, place + 1, clause.end)
                end = place + 1 + (len(cue.words) if cue else 0)
                if cue is not None and self._passage.pauses(end, clause.end):
                    return cue.roles & {"negation.after", "past.after", "negation.answer"}
        return NOTHING


def _usable(cue: Cue, span: Span, walk: _Walk, *, closes: bool) -> Roles:
    """The roles that a cue may play here: an answer behind a dash, or where it `closes` a part."""
    if walk.loose:
        return cue.roles & {"past.after"}
    answers = walk.dash or (closes and walk.place == span.end)
    ends = _ANSWER if answers else _AFTER
    out = frozenset(role for role in cue.roles if role.endswith(ends))
    if walk.place == span.end and span.function:
        out |= cue.roles & {"abnormal.noun"}
    return out


def _answering(cue: Cue) -> Roles:
    return frozenset(role for role in cue.roles if role.endswith(_ANSWER) or role in _GRADED)


def _is_before(cue: Cue) -> bool:
    return any(role.endswith(".before") and role != "tense.before" for role in cue.roles)
