"""Clauses compiled to plain functions: and, or, not, at least so many, and what they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from knowledge.chart.dates import Interval
from knowledge.language import truth as kleene
from knowledge.language.facts import Fact
from knowledge.language.filters import Asking, show
from knowledge.language.outcome import Check, Outcome, Situation, merge
from knowledge.language.questions import Leaf, compile_leaf, quick
from knowledge.language.schema import (
    LIMITS,
    Age,
    AgeIs,
    Asked,
    Clause,
    CountOf,
    Every,
    Finding,
    Negated,
    NoCriterion,
    NoneMet,
    Parameter,
    Question,
    Some,
    Unless,
)
from knowledge.language.truth import Truth

Resolve = Callable[[str, str], Parameter]
"""File and name of a parameter to the number that it stands for."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a clause stands: its file, that file's definitions, and what is asked from outside.

    `outer` and `outer_limits` are options that a whole definition or combined finding was
    asked with; they hold for every finding inside that does not say otherwise. `leaves` are the
    questions that are compiled already: criteria that ask the same share one. `whole` are this
    file's definitions and the combined findings, for whoever asks them alike.
    """

    file: str
    findings: Mapping[str, Finding]
    resolve: Resolve
    define: Mapping[str, Clause] = field(default_factory=dict)
    parts: frozenset[str] = frozenset()
    outer: Mapping[str, object] = field(default_factory=dict)
    outer_limits: Mapping[str, Parameter] = field(default_factory=dict)
    leaves: dict[str, Check] = field(default_factory=dict)
    whole: dict[str, Check] = field(default_factory=dict)

    def asking(self, question: Question) -> Asking:
        """The question with outer options filled in and its parameters looked up."""
        own = {key: self.resolve(self.file, getattr(question, key)) for key in _named(question)}
        given = question.model_dump(exclude_defaults=True)
        merged = Question.model_validate({**self.outer, **given})
        return Asking(merged, {**self.outer_limits, **own})

    def within(self, ask: Asking, **changes: object) -> Scope:
        """The scope inside a definition or combined finding that was asked so."""
        outer = ask.question.model_dump(exclude_defaults=True)
        inner = replace(self, outer=outer, outer_limits=ask.limits)
        return replace(inner, **changes)  # type: ignore[arg-type]


def _named(question: Question) -> list[str]:
    return [key for key in LIMITS if getattr(question, key) is not None]


def compile_clause(clause: Clause, scope: Scope) -> Check:
    """The check that a clause means in its scope; quick where the chart is silent."""
    check = _compiled(clause, scope)
    if isinstance(clause, Asked):
        return check
    names = _asks(clause, scope)
    return check if names is None else quick(check, names)


def _asks(clause: Clause, scope: Scope) -> frozenset[str] | None:
    """The findings whose facts alone decide a clause; None where more than facts does.

    That is the age, other criteria, and whether a part is explained away.
    """
    match clause:
        case Every(all=parts) | Some(any=parts):
            return _asks_all(parts, scope)
        case CountOf():
            return _asks_all(clause.at_least.of, scope)
        case Negated():
            return _asks(clause.not_, scope)
        case Unless():
            return _asks(clause.unless, scope)
        case Asked():
            return _asks_named(clause, scope)
        case _:
            return None


def _asks_all(parts: Sequence[Clause], scope: Scope) -> frozenset[str] | None:
    found = [_asks(one, scope) for one in parts]
    known = [one for one in found if one is not None]
    return frozenset[str]().union(*known) if len(known) == len(found) else None


def _asks_named(clause: Asked, scope: Scope) -> frozenset[str] | None:
    question, name = clause.question, clause.name
    beside = filter(None, (question.after, question.same_region_as))
    more = _asks_all([Asked(name=one) for one in beside], scope)
    if more is None or name in scope.parts:
        return None
    if name in scope.define:
        found = _asks(scope.define[name], scope)
    else:
        finding = scope.findings[name]
        if finding.when is None:
            found = frozenset(one.id for one in _union(finding, scope.findings))
        else:
            inner = replace(scope, file=finding.id, define={}, parts=frozenset())
            found = _asks(finding.when, inner)
    return None if found is None else found | more


def _compiled(clause: Clause, scope: Scope) -> Check:
    match clause:
        case Every():
            return _join(kleene.all_of, [compile_clause(part, scope) for part in clause.all])
        case Some():
            return _join(kleene.any_of, [compile_clause(part, scope) for part in clause.any])
        case Negated():
            return _negate(compile_clause(clause.not_, scope))
        case CountOf():
            several = clause.at_least
            count = int(scope.resolve(scope.file, several.count).amounts[0].value)
            parts = [compile_clause(part, scope) for part in several.of]
            return _join(lambda values: kleene.at_least(count, values), parts)
        case AgeIs():
            return _age(clause.age, scope)
        case NoneMet():
            return _none_met(clause.no_criterion)
        case Unless():
            return _unless(compile_clause(clause.unless, scope))
        case Asked():
            return _asked(clause, scope)


def _join(how: Callable[[list[Truth]], Truth], parts: list[Check]) -> Check:
    def check(situation: Situation) -> Outcome:
        found = [part(situation) for part in parts]
        return merge(how([one.truth for one in found]), found)

    return check


def _negate(part: Check) -> Check:
    """Not. In what lowers a criterion, surely not so means: not even possibly so."""

    def check(situation: Situation) -> Outcome:
        found = part(_turned(situation))
        reasons = tuple(f"{proof.fact.finding} is recorded" for proof in found.proofs)
        return Outcome(~found.truth, missing=found.missing, reasons=reasons)

    return check


def _turned(situation: Situation) -> Situation:
    """The situation inside a "not": where what lowers must be sure, what denies it need not be."""
    return situation.turned if situation.lowering else situation


def _unless(part: Check) -> Check:
    """True unless the part is known to be so."""

    def check(situation: Situation) -> Outcome:
        found = part(_turned(situation))
        if found.truth is not Truth.TRUE:
            return Outcome(Truth.TRUE)
        reasons = tuple(f"{proof.fact.finding} is recorded" for proof in found.proofs)
        return Outcome(Truth.FALSE, reasons=reasons)

    return check


def _age(age: Age, scope: Scope) -> Check:
    lowest = _years(age.at_least, scope)
    below = _years(age.under, scope)

    def check(situation: Situation) -> Outcome:
        years = situation.facts.age
        if years is None:
            return Outcome(Truth.UNKNOWN, missing=("age",))
        fits = (lowest is None or years >= lowest) and (below is None or years < below)
        if fits:
            return Outcome(Truth.TRUE)
        wanted = f"at least {show(lowest, 'a')}" if lowest else f"under {show(below or 0, 'a')}"
        return Outcome(Truth.FALSE, reasons=(f"age {int(years)}, {wanted}",))

    return check


def _years(name: str | None, scope: Scope) -> float | None:
    return None if name is None else scope.resolve(scope.file, name).amounts[0].value


def _none_met(none: NoCriterion) -> Check:
    """No criterion of the named urgencies or ids is met: never asked by an emergency."""

    def check(situation: Situation) -> Outcome:
        found = [
            name
            for name, urgency in situation.met.items()
            if name in none.ids or urgency in none.urgency
        ]
        if found:
            return Outcome(Truth.FALSE, reasons=(f"{', '.join(found)} is met",))
        return Outcome(Truth.TRUE)

    return check


def _asked(clause: Asked, scope: Scope) -> Check:
    ask = scope.asking(clause.question)
    if clause.name in scope.define:
        return _definition(clause.name, ask, scope)
    finding = scope.findings[clause.name]
    if finding.when is not None:
        inner = scope.within(ask, file=finding.id, define={}, parts=frozenset())
        return _once(finding.when, finding.id, ask, inner)
    return _leaf(finding, ask, scope)


def _definition(name: str, ask: Asking, scope: Scope) -> Check:
    """A named part of the file; one that something explains away is not so in this tier."""
    inner = _once(scope.define[name], name, ask, scope.within(ask))
    if name not in scope.parts:
        return inner

    def check(situation: Situation) -> Outcome:
        if situation.raw or name not in situation.held:
            return inner(situation)
        found = inner(situation)
        return Outcome(Truth.FALSE, reasons=(f"{name}: {situation.held[name]}", *found.reasons))

    return check


def _once(clause: Clause, name: str, ask: Asking, inner: Scope) -> Check:
    """What a definition or combined finding means where it is asked so: compiled once."""
    key = f"{inner.file} {name} {_shown(ask)}"
    check = inner.whole.get(key)
    if check is None:
        check = inner.whole[key] = remember(compile_clause(clause, inner))
    return check


def _shown(ask: Asking) -> str:
    """A question with its numbers: what is shown alike is asked alike."""
    limits = {key: limit.model_dump_json() for key, limit in sorted(ask.limits.items())}
    return f"{ask.question.model_dump_json()} {limits}"


def remember(check: Check) -> Check:
    """Ask the same thing of the same tier once, or of all tiers that ask it in the same way."""
    key = id(check)

    def remembered(situation: Situation) -> Outcome:
        found = situation.asked.get(key)
        if found is None:
            found = situation.asked[key] = check(situation)
        return found

    return remembered


def _share(check: Check) -> Check:
    """Ask the same question of the same chart once, whichever criterion asks."""
    key = id(check)

    def shared(situation: Situation) -> Outcome:
        found = situation.asked_alike.get(key)
        if found is None:
            found = situation.asked_alike[key] = check(situation)
        return found

    return shared


def _leaf(finding: Finding, ask: Asking, scope: Scope) -> Check:
    key = f"{finding.id} {_shown(ask)}"
    check = scope.leaves.get(key)
    if check is None:
        leaf = Leaf(_union(finding, scope.findings), ask)
        check = scope.leaves[key] = _share(compile_leaf(leaf))
    question = ask.question
    if question.after is None and question.same_region_as is None:
        return check
    return remember(_related(check, ask, scope))


def _union(finding: Finding, findings: Mapping[str, Finding]) -> tuple[Finding, ...]:
    """The finding itself, or all that it is the union of."""
    own = (finding,) if finding.said_by or finding.measure else ()
    inner = [one for name in finding.any_of for one in _union(findings[name], findings)]
    return tuple({one.id: one for one in (*own, *inner)}.values())


def _related(check: Check, ask: Asking, scope: Scope) -> Check:
    """What has to lie after (by so much), or in the region of, the facts of another part."""
    bare = replace(scope, outer={}, outer_limits={})
    after = _of(ask.question.after, bare)
    region = _of(ask.question.same_region_as, bare)
    gap = ask.seconds("after_by") or 0

    def related(situation: Situation) -> Outcome:
        found = check(situation)
        if found.truth is not Truth.TRUE:
            return found
        others = _proven(after, situation), _proven(region, situation)
        judged = [
            kleene.all_of(
                (_later(proof.fact, others[0], gap, situation), _near(proof.fact, others[1]))
            )
            for proof in found.proofs
        ]
        truth = kleene.any_of(judged)
        kept = tuple(p for p, value in zip(found.proofs, judged, strict=True) if value is truth)
        if truth is Truth.TRUE:
            return Outcome(truth, kept)
        missing = tuple(proof.fact.finding for proof in kept) if truth is Truth.UNKNOWN else ()
        return Outcome(truth, missing=missing, reasons=tuple(_before(p.fact) for p in kept))

    return related


def _before(fact: Fact) -> str:
    return f"{fact.finding} is not after what it would explain, or not in its region"


def _of(name: str | None, scope: Scope) -> Check | None:
    return None if name is None else _asked(Asked(name=name), scope)


def _proven(check: Check | None, situation: Situation) -> tuple[Fact, ...] | None:
    """The facts that make the other part true, taken as they are."""
    if check is None:
        return None
    plain = situation.turned if situation.sure else situation
    return tuple(proof.fact for proof in check(plain.bare).proofs)


def _later(fact: Fact, others: tuple[Fact, ...] | None, gap: float, situation: Situation) -> Truth:
    """Whether the fact lies so many seconds after the newest onset or worsening of the others."""
    if others is None:
        return Truth.TRUE
    times = [other.since for other in others]
    at = fact.since or fact.said
    if not times or at is None or None in times:
        return Truth.UNKNOWN
    last = max((time for time in times if time is not None), key=lambda time: time.end)
    return Truth.TRUE if _follows(at, last, gap, sure=situation.sure) else Truth.FALSE


def _follows(at: Interval, last: Interval, gap: float, *, sure: bool) -> bool:
    return at.start >= last.end + gap if sure else at.end >= last.start + gap


def _near(fact: Fact, others: tuple[Fact, ...] | None) -> Truth:
    """The same region; where either does not say, it may be."""
    if others is None:
        return Truth.TRUE
    near = any(not one.sites or not fact.sites or one.sites & fact.sites for one in others)
    return Truth.TRUE if near else Truth.FALSE
