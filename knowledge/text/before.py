"""What stands before a finding in its clause: one pass over the words, forward."""

from __future__ import annotations

from dataclasses import replace

from knowledge.text.cues import Cue
from knowledge.text.normalise import COMMAS
from knowledge.text.passage import Clause, Parts, Passage, Span
from knowledge.text.reach import Before, Header, Reach

_WINDOWED = frozenset({"negation", "unknown", "past", "suspected", "abnormal", "normal", "tense"})
_OVER_COMMAS = frozenset({"negation", "abnormal", "normal", "family", "hypothetical"})
_QUALITIES = ("abnormal", "normal")
_LASTING = ("hypothetical", "family")


class Scan:
    """Reads one clause and keeps what is in force at each span."""

    def __init__(self, passage: Passage, clause: Clause, parts: Parts) -> None:
        self._passage = passage
        self._words = passage.words
        self._sets = passage.cues.words
        self._limits = passage.cues.limits
        self._clause = clause
        self._parts = parts
        self._active: Before = {}
        self._inside = 0
        self._after_time = clause.start - 1
        self.found: dict[Span, Before] = {}

    def run(self, header: Header | None = None) -> Header | None:
        """Read the clause; answer what a colon behind it hands on."""
        if header is not None:
            self._take(header.cue, self._clause.start, self._clause.start)
            for reach in self._active.values():
                reach.header = header.sure
                reach.pauses = int(not header.sure)
        last: Cue | None = None
        place, ends = self._clause.start, dict[int, list[Span]]()
        while place < self._clause.end:
            self._leave(ends.pop(place, ()), place)
            self._enter(place, ends)
            step, cue = self._read(place)
            for skipped in range(place + 1, place + step):
                self._leave(ends.pop(skipped, ()), skipped)
                self._enter(skipped, ends)
            place += step
            last = cue if place == self._clause.end else None
        if last is None and not self.found:
            return self.lasting()
        return None if last is None else Header(last, sure=True)

    def lasting(self) -> Header | None:
        """Read "Go to the ER for any of these: …": what still holds at the end of the clause."""
        found = (self._active[kind].cue for kind in _LASTING if kind in self._active)
        return next((Header(cue, sure=False) for cue in found), None)

    def _enter(self, place: int, ends: dict[int, list[Span]]) -> None:
        for span in self._passage.starting.get(place, ()):
            self.found[span] = {
                kind: replace(reach)
                for kind, reach in self._active.items()
                if kind not in _WINDOWED or reach.words < self._limits["before"]
            }
            ends.setdefault(span.end, []).append(span)
            if not span.aside:
                self._inside = max(self._inside, span.end)

    def _leave(self, spans: list[Span] | tuple[()], place: int) -> None:
        for kind in [kind for kind, reach in self._active.items() if reach.stop == place]:
            del self._active[kind]
        for span in spans:
            if span.aside:
                continue
            for kind, reach in self._active.items():
                if kind in self.found[span] and self.found[span][kind].place == reach.place:
                    reach.words = reach.item = 0
                    reach.found = True

    def _read(self, place: int) -> tuple[int, Cue | None]:
        """Take in what stands here; answer how many words that was, and the cue."""
        word, clause = self._words[place], self._clause
        if place in self._parts.times:
            self._after_time = self._parts.times[place]
        if word in COMMAS or word == "|":
            self._pause(place, comma=word != "|")
            return 1, None
        if word in self._sets["ends"] or self._new_statement(place):
            self._active.clear()
        cue = self._cue(place)
        step = self._step(cue, place) if cue is not None else 0
        if step:
            return step, cue
        if word == "¿":
            self._active["suspected"] = Reach(Cue((word,), frozenset()), place)
        elif word == "☐":
            self._active = {"unknown": Reach(Cue((word,), frozenset()), place)}
        elif word == "☑":
            self._active.clear()
        elif word in self._sets["joiners"]:
            self._pause(place, comma=False)
        else:
            self._count(word)
        return 1, None if place + 1 < clause.end else cue

    def _step(self, cue: Cue, place: int) -> int:
        """How many words a cue takes that is put in force here; 0 where it is none of these."""
        if self._take(cue, place, place + len(cue.words)):
            return len(cue.words)
        return self._person(cue, place) if "family.person" in cue.roles else 0

    def _cue(self, place: int) -> Cue | None:
        """The cue that begins here; of a condition, a finding may be part ("call 999 if")."""
        cue = self._passage.cues.at(self._words, place, self._clause.end)
        if cue is None or "hypothetical.before" in cue.roles:
            return cue
        limit = self._limit(place)
        if place + len(cue.words) <= limit:
            return cue
        return self._passage.cues.at(self._words, place, limit)

    def _limit(self, place: int) -> int:
        """A cue does not reach into a finding that begins after it."""
        for later in range(place + 1, min(place + self._limits["before"], self._clause.end)):
            if later in self._passage.solid:
                return later
        return self._clause.end

    def _count(self, word: str) -> None:
        family = self._active.get("family")
        if family is not None and family.near and word not in self._sets["links"]:
            del self._active["family"]
        for reach in self._active.values():
            reach.words += 1
            reach.item += 1

    def _person(self, cue: Cue, place: int) -> int:
        """Somebody else, with what that person has; how many words that took, if it is so."""
        end = place + len(cue.words)
        for start in range(end, min(end + self._limits["after"], self._clause.end)):
            verb = self._passage.cues.at(self._words, start, self._clause.end, "family.verb")
            if verb is not None and not self._is_company(verb, place):
                return self._has(verb, start) - place
            if self._words[start] not in self._sets["links"] and not self._relates(start):
                break
        following = self._words[end] if end < self._clause.end else ""
        bare = "family.relative" in cue.roles or following in self._sets["being"]
        if not bare or not self._is_subject(place):
            return 0
        self._active["family"] = Reach(cue, place, near=True, person=True)
        return len(cue.words)

    def _relates(self, place: int) -> bool:
        """Read "his son, who is paraplegic": the comma parts nothing."""
        following = self._words[place + 1] if place + 1 < self._clause.end else ""
        return self._words[place] == "," and following in self._sets["relating"]

    def _has(self, verb: Cue, place: int) -> int:
        """The place behind the verb: what follows is theirs, unless they only tell of it."""
        end = place + len(verb.words)
        if end >= self._clause.end or self._words[end] not in self._sets["informs"]:
            self._active["family"] = Reach(verb, place, person=True)
        return end

    def _is_subject(self, place: int) -> bool:
        """Whether a part of the sentence begins with this relative: "her brother's foot drop"."""
        owned = place > self._clause.start and self._words[place - 1] in self._sets["owners"]
        return self._opens(place - owned)

    def _is_company(self, verb: Cue, place: int) -> bool:
        """Read "attended with wife with numb legs": she came along, the legs are the patient's."""
        company = self._sets["company"]
        came = place > self._clause.start and self._words[place - 1] in company
        return came and verb.words[-1] in company

    def _opens(self, place: int) -> bool:
        """Whether a part of the sentence begins here."""
        if place == self._clause.start:
            return True
        before = self._words[place - 1]
        return before in COMMAS or before == "|" or before in self._sets["joiners"]

    def _new_statement(self, place: int) -> bool:
        if place == self._clause.start or not self._opens(place):
            return False
        if self._words[place - 1] in self._sets["alternatives"]:
            return False
        return self._words[place] in self._sets["new-statement"]

    def _pause(self, place: int, *, comma: bool) -> None:
        """A comma, a dash, "and" or "or": who goes on over it, and how far."""
        listing = self._words[place] in self._sets["alternatives"]
        following = self._words[place + 1] if place + 1 < self._clause.end else ""
        for kind, reach in list(self._active.items()):
            verbal = comma and not reach.found and "verbal" in reach.cue.roles
            if reach.weak or reach.near or verbal or (comma and kind not in _OVER_COMMAS):
                del self._active[kind]
                continue
            if kind == "past" and following in self._sets["current"]:
                del self._active[kind]
                continue
            if reach.item <= self._limits["list-item"]:
                reach.words = 0
            reach.item = 0
            reach.pauses += not listing

    def _take(self, cue: Cue, place: int, end: int) -> bool:
        """Put a cue in force; whether it was one that stands before a finding."""
        kinds = {role.removesuffix(".before") for role in cue.roles if role.endswith(".before")}
        if not kinds or self._is_answer(cue, end):
            return False
        lost = self._lost(cue, kinds, end)
        if lost:
            kinds = {"abnormal"}
        elif len(kinds) > 1:
            kinds.discard("abnormal")
            kinds.discard("tense")
        reach = Reach(cue, place, weak=self._is_weak(cue, place))
        if end <= self._inside:
            reach.stop = self._inside
        for kind in kinds:
            self._put(kind, reach if len(kinds) == 1 else replace(reach), end)
        return True

    def _is_answer(self, cue: Cue, end: int) -> bool:
        """Read "No, …": an answer to what stood before, not a negation of what follows."""
        return "negation.answer" in cue.roles and (
            end < self._clause.end and self._words[end] in COMMAS and "denials" not in cue.roles
        )

    def _put(self, kind: str, reach: Reach, end: int) -> None:
        negation = self._active.get("negation")
        if kind == "still":
            self._drop("negation", "past")
        elif kind == "complaint":
            self._drop("past")
        elif kind == "past":
            self._put_past(reach, end, negation)
        else:
            if kind in _QUALITIES:
                self._drop(*_QUALITIES)
                reach.denied = replace(negation) if negation is not None else None
            if kind == "suspected" and negation is not None and negation.pauses:
                self._drop("negation")
            self._active[kind] = reach

    def _put_past(self, reach: Reach, end: int, negation: Reach | None) -> None:
        if self._after_time >= reach.place > self._clause.start:
            self._drop("negation", "past")
        elif end in self._parts.times or end + 1 in self._parts.times:
            self._drop("past")
        elif negation is not None and "earlier" in reach.cue.roles:
            self._drop("negation")
            self._active["unknown"] = reach
        else:
            self._active["past"] = reach

    def _drop(self, *kinds: str) -> None:
        for kind in kinds:
            self._active.pop(kind, None)

    def _is_weak(self, cue: Cue, place: int) -> bool:
        """Whether it rather belongs to what stands before it ("fever absent, numbness")."""
        if not any(role.endswith((".after", ".answer")) for role in cue.roles):
            return False
        if cue.roles >= {"negation.before", "negation.answer"} and len(cue.words) == 1:
            return "negation.after" in cue.roles and self._follows(place)
        return self._follows(place)

    def _follows(self, place: int) -> bool:
        back = place
        while back > self._clause.start and not self._opens(back):
            if self._words[back - 1] in self._sets["new-statement"] - self._sets["fillers"]:
                return False
            if self._words[back - 1] not in self._sets["fillers"]:
                return True
            if place - back > self._limits["before"]:
                return True
            back -= 1
        return False

    def _lost(self, cue: Cue, kinds: set[str], end: int) -> bool:
        """Whether "no", "absent" and their kin stand before a function: it is lost."""
        if kinds == {"abnormal"}:
            return True
        if "denials" in cue.roles or not kinds & {"negation", "abnormal"}:
            return False
        if len(cue.words) > 1 and "abnormal" not in kinds:
            return False
        for place in range(end, min(end + 1 + self._limits["list-item"], self._clause.end)):
            verdict = self._function_at(place, place == end, "abnormal" in kinds)
            if verdict is not None:
                return verdict
        return False

    def _function_at(self, place: int, first: bool, over_and: bool) -> bool | None:
        word, end = self._words[place], self._clause.end
        joiner = word in self._sets["joiners"] and word not in self._sets["alternatives"]
        if (joiner and not over_and) or self._passage.pauses(place, end):
            return False
        for span in self._passage.solid.get(place, ()):
            return span.function and not self._is_noun(span.end)
        if first and any(self._phrase_at(place, one) for one in self._sets["doings"]):
            return True
        if word in self._sets["functions"]:
            follows = self._passage.pauses(place + 1, end)
            if follows or self._words[place + 1] in self._sets["continuations"]:
                return True
        cue = self._passage.cues.at(self._words, place, end)
        return False if cue is not None and _denies_or_loses(cue) else None

    def _phrase_at(self, place: int, phrase: str) -> bool:
        words = phrase.split(" ")
        return list(self._words[place : place + len(words)]) == words

    def _is_noun(self, place: int) -> bool:
        if place >= self._clause.end:
            return False
        cue = self._passage.cues.at(self._words, place, self._clause.end)
        return cue is not None and "abnormal.noun" in cue.roles


def _denies_or_loses(cue: Cue) -> bool:
    return any(role.startswith(("negation.", "abnormal.")) for role in cue.roles)
