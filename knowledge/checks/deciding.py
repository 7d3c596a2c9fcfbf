"""Which clauses decided a tier: the tree of the tier without what made no difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowledge.explaining.tree import Teller, teller
from knowledge.explaining.wording import load_wording
from knowledge.language.clauses import Scope, compile_clause
from knowledge.language.facts import Facts
from knowledge.language.outcome import Outcome, Situation
from knowledge.language.schema import (
    Asked,
    Clause,
    CountOf,
    Criterion,
    Every,
    Negated,
    Some,
    Unless,
    Urgency,
)
from knowledge.language.truth import Truth

if TYPE_CHECKING:
    from knowledge.library import Library

_DEEPEST = 2 + 2


@dataclass(frozen=True, slots=True)
class Line:
    """A clause in words, how deep it stands, and what it came to: true, false or unknown."""

    depth: int
    truth: str
    text: str


def decide(
    library: Library,
    criterion: Criterion,
    number: int,
    facts: Facts,
    met: Mapping[str, Urgency],
) -> list[Line]:
    """The tier, then what decided it, parts taken as they are (what explains them stands apart)."""
    tier = criterion.tiers[number]
    titles = {one.id: one.title for one in library.criteria.values()}
    told = teller(criterion, library.findings, library.parameter, load_wording(), titles)
    walk = _Walk(told, criterion, tier.urgency, facts, met)
    truth = walk.outcome(tier.when, told.scope).truth.value
    head = Line(0, truth, f"{tier.urgency} (tier {number + 1})")
    return [head, *walk.lines(tier.when, told.scope, 1)]


@dataclass(frozen=True, slots=True)
class _Walk:
    """Walks a clause as it is compiled, with what each part of it comes to."""

    teller: Teller
    criterion: Criterion
    urgency: Urgency
    facts: Facts
    met: Mapping[str, Urgency]

    def outcome(self, clause: Clause, scope: Scope) -> Outcome:
        """What a clause comes to, with a memory of its own: what is asked does not live on."""
        preliminary = self.criterion.most_urgent is Urgency.EMERGENCY
        situation = Situation(self.facts, self.urgency, preliminary, raw=True, met=dict(self.met))
        return compile_clause(clause, scope)(situation)

    def lines(self, clause: Clause, scope: Scope, depth: int) -> Iterator[Line]:
        """The clause, and below it those that made it so."""
        found = self.outcome(clause, scope)
        inside = list(self._deciding(clause, scope, found.truth)) if depth <= _DEEPEST else []
        if isinstance(clause, Every | Some) and len(inside) == 1:
            yield from self.lines(*inside[0], depth)
            return
        yield Line(depth, found.truth.value, self._text(clause, scope, found, bool(inside)))
        for part, within in inside:
            yield from self.lines(part, within, depth + 1)

    def _text(self, clause: Clause, scope: Scope, found: Outcome, has_parts: bool) -> str:
        text = self.teller.tell(clause, scope).text
        reasons = () if has_parts or found.truth is Truth.TRUE else found.reasons
        return f"{text} ({'; '.join(reasons)})" if reasons else text

    def _deciding(
        self, clause: Clause, scope: Scope, truth: Truth
    ) -> Iterator[tuple[Clause, Scope]]:
        """Of the parts those that the truth of the whole comes from."""
        parts = list(_parts(clause, scope))
        same = [(part, inner) for part, inner in parts if self.outcome(part, inner).truth is truth]
        turned = isinstance(clause, Negated | Unless | CountOf)
        yield from parts if turned or not same else same


def _parts(clause: Clause, scope: Scope) -> Iterator[tuple[Clause, Scope]]:
    match clause:
        case Every():
            yield from ((part, scope) for part in clause.all)
        case Some():
            yield from ((part, scope) for part in clause.any)
        case Negated():
            yield clause.not_, scope
        case Unless():
            yield clause.unless, scope
        case CountOf():
            yield from ((part, scope) for part in clause.at_least.of)
        case Asked():
            yield from _inside(clause, scope)
        case _:
            return


def _inside(clause: Asked, scope: Scope) -> Iterator[tuple[Clause, Scope]]:
    """What stands behind a definition or a combined finding."""
    ask = scope.asking(clause.question)
    if clause.name in scope.define:
        yield scope.define[clause.name], scope.within(ask)
    elif (when := scope.findings[clause.name].when) is not None:
        yield when, scope.within(ask, file=clause.name, define={}, parts=frozenset())
