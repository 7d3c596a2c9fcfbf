"""A clause as a tree of sentences, walked the way in which it is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from knowledge.explaining.wording import Wording, either, plain, said
from knowledge.language.clauses import Resolve, Scope
from knowledge.language.filters import Asking
from knowledge.language.schema import (
    Age,
    AgeIs,
    Asked,
    Clause,
    CountOf,
    Criterion,
    Every,
    Finding,
    Negated,
    NoCriterion,
    NoneMet,
    Some,
    Unless,
)


class Node(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """One line of the tree, and what stands below it.

    `kind`: all, any, at-least, not, unless (branches); part (a named part of the criterion);
    finding; member (one of several findings that are asked as one); age; no-criterion.
    `options`: what is asked of the finding, for programs, limits resolved.
    `lowered`: something in the criterion can explain this part away.
    """

    kind: str
    text: str
    finding: str | None = None
    part: str | None = None
    options: dict[str, object] = {}
    lowered: bool = False
    of: tuple[Node, ...] = ()


_MEASURED = {"recorded_within": "measured_within"}


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the clauses of one criterion. `titles`: those of all criteria, by id."""

    scope: Scope
    wording: Wording
    titles: Mapping[str, str] = field(default_factory=dict)

    def tell(self, clause: Clause, scope: Scope | None = None) -> Node:
        """The clause as a tree; `scope` where it stands inside another one."""
        scope, words = scope or self.scope, self.wording.clauses
        match clause:
            case Every():
                return self._branch("all", words.all, clause.all, scope)
            case Some():
                return self._branch("any", words.any, clause.any, scope)
            case Negated():
                return self._branch("not", words.not_, (clause.not_,), scope)
            case Unless():
                return self._branch("unless", words.unless, (clause.unless,), scope)
            case CountOf():
                several = clause.at_least
                count = self.wording.limit(scope.resolve(scope.file, several.count))
                return self._branch(
                    "at-least", words.at_least.format(count=count), several.of, scope
                )
            case AgeIs():
                return Node(kind="age", text=self._age(clause.age, scope))
            case NoneMet():
                return Node(kind="no-criterion", text=self._none(clause.no_criterion))
            case Asked():
                return self._asked(clause, scope)

    def _branch(self, kind: str, text: str, parts: tuple[Clause, ...], scope: Scope) -> Node:
        return Node(kind=kind, text=text, of=tuple(self.tell(part, scope) for part in parts))

    def _age(self, age: Age, scope: Scope) -> str:
        words = self.wording.clauses
        told = [
            words_for.format(limit=self.wording.limit(scope.resolve(scope.file, name)))
            for name, words_for in (
                (age.at_least, words.age_at_least),
                (age.under, words.age_under),
            )
            if name
        ]
        return " and ".join(told)

    def _none(self, none: NoCriterion) -> str:
        words, which = self.wording.clauses, []
        if none.urgency:
            told = either([self.wording.urgencies[one] for one in none.urgency])
            which.append(words.no_urgency.format(urgencies=told))
        if none.ids:
            titles = either([f"“{self.titles.get(name, plain(name))}”" for name in none.ids])
            which.append(words.no_ids.format(titles=titles))
        return words.no_criterion.format(which=either(which))

    def _asked(self, clause: Asked, scope: Scope) -> Node:
        ask = scope.asking(clause.question)
        if clause.name in scope.define:
            return self._part(clause, ask, scope)
        finding = scope.findings[clause.name]
        if finding.when is not None:
            inner = scope.within(ask, file=finding.id, define={}, parts=frozenset())
            below: tuple[Node, ...] = (self.tell(finding.when, inner),)
        else:
            below = self._members(finding, scope)
        text = self._line(finding.title, ask, scope, measured=finding.measure is not None)
        return Node(
            kind="finding", text=text, finding=finding.id, options=options_of(ask), of=below
        )

    def _part(self, clause: Asked, ask: Asking, scope: Scope) -> Node:
        own = Asking(clause.question, ask.limits)
        return Node(
            kind="part",
            text=self._line(self._name(clause.name, scope), own, scope),
            part=clause.name,
            options=options_of(own),
            lowered=clause.name in scope.parts,
            of=(self.tell(scope.define[clause.name], scope.within(ask)),),
        )

    def _members(self, finding: Finding, scope: Scope) -> tuple[Node, ...]:
        """The findings whose union it is, and itself where charts can say it in so many words."""
        if not finding.any_of:
            return ()
        own = [Node(kind="member", text=finding.title, finding=finding.id)]
        others = [scope.findings[name] for name in finding.any_of]
        told = [
            Node(kind="member", text=one.title, finding=one.id, of=self._members(one, scope))
            for one in others
        ]
        return tuple([*own, *told] if finding.said_by else told)

    def _name(self, name: str, scope: Scope) -> str:
        if name in scope.define:
            return self.wording.clauses.part.format(part=self.wording.spelt(name))
        return scope.findings[name].title

    def _line(self, title: str, ask: Asking, scope: Scope, *, measured: bool = False) -> str:
        told = ", ".join(self._options(ask, scope, measured=measured))
        return f"{title}: {told}" if told else title

    def _options(self, ask: Asking, scope: Scope, *, measured: bool) -> list[str]:
        """What is asked, in the order of the words; an option without words comes last."""
        given = ask.question.model_dump(exclude_defaults=True)
        order = [*self.wording.options, *given]
        told = [
            self._option(key, ask, scope, _MEASURED.get(key, key) if measured else key)
            for key in dict.fromkeys(order)
            if key in given
        ]
        return [one for one in told if one]

    def _option(self, key: str, ask: Asking, scope: Scope, name: str) -> str:
        """What one option asks, in the words under `name`."""
        value, words = getattr(ask.question, key), self.wording
        if key in ask.limits:
            return said(words.options, name, value, limit=words.limit(ask.limits[key]))
        if isinstance(value, tuple):
            filling = {"values": words.listed(value), "sites": words.places(value)}
            return said(words.options, key, filling["values"], **filling)
        if key in ("after", "same_region_as"):
            return said(words.options, key, value, part=self._name(value, _bare(scope, self.scope)))
        return said(words.options, key, value)


def _bare(scope: Scope, own: Scope) -> Scope:
    """Where a related part is named: in its own file, of whose parts a finding knows none."""
    return scope if scope.define else own


def options_of(ask: Asking) -> dict[str, object]:
    """What is asked, for programs: limits as numbers with units, beside the parameter's name."""
    given: dict[str, object] = ask.question.model_dump(mode="json", exclude_defaults=True)
    for key, limit in ask.limits.items():
        if key in given:
            amounts = [{"value": one.value, "unit": one.unit} for one in limit.amounts]
            given[key] = {"parameter": given[key], "amounts": amounts}
    return given


def teller(
    criterion: Criterion,
    findings: Mapping[str, Finding],
    resolve: Resolve,
    wording: Wording,
    titles: Mapping[str, str],
) -> Teller:
    """Who tells the clauses of a criterion."""
    parts = frozenset(one.part for one in criterion.lowers if one.part)
    return Teller(Scope(criterion.id, findings, resolve, criterion.define, parts), wording, titles)


def named_outside(node: Node) -> set[str]:
    """Parts that the options of a tree name (`after`, `same_region_as`)."""
    own = {str(node.options[key]) for key in ("after", "same_region_as") if key in node.options}
    return own.union(*(named_outside(one) for one in node.of))
