"""A criterion compiled: its tiers in order, what lowers it, and what it says of a patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from knowledge.chart.dates import seconds
from knowledge.evaluation import Evidence, Judged
from knowledge.language.clauses import Resolve, Scope, compile_clause, remember
from knowledge.language.facts import NOTHING, Fact, Facts
from knowledge.language.filters import show as show_amount
from knowledge.language.outcome import Check, Known, Outcome, Proof, Situation, once
from knowledge.language.schema import (
    Answer,
    Asked,
    CardWords,
    Criterion,
    Finding,
    Lowering,
    Parameter,
    Tier,
    Urgency,
)
from knowledge.language.strata import all_clauses, named
from knowledge.language.truth import Truth

_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Compiled:
    """A criterion with its clauses turned into functions."""

    criterion: Criterion
    tiers: tuple[tuple[Tier, Check], ...]
    lowers: tuple[tuple[Lowering, Check], ...]
    clocks: Mapping[str, str]
    limits: Mapping[str, float]
    parts: Mapping[str, Check]
    names: frozenset[str]
    confirmed: Check | None = None
    silent: dict[tuple[object, ...], Judged] = field(default_factory=dict)


def compile_criterion(
    criterion: Criterion,
    findings: Mapping[str, Finding],
    resolve: Resolve,
    leaves: dict[str, Check] | None = None,
) -> Compiled:
    """Compile all clauses of a criterion once, at the start; `leaves` are shared with others."""
    parts = frozenset(one.part for one in criterion.lowers if one.part)
    scope = Scope(
        criterion.id, findings, resolve, criterion.define, parts,
        leaves={} if leaves is None else leaves,
    )  # fmt: skip
    clocks = {
        tier.clock: " or ".join(
            show_amount(amount.value, amount.unit)
            for amount in resolve(criterion.id, tier.clock).amounts
        )
        for tier in criterion.tiers
        if tier.clock
    }
    return Compiled(
        criterion,
        tuple((tier, compile_clause(tier.when, scope)) for tier in criterion.tiers),
        tuple((one, remember(compile_clause(one.when, scope))) for one in criterion.lowers),
        clocks,
        {clock: _length(resolve(criterion.id, clock)) for clock in clocks},
        {name: compile_clause(Asked(name=name), scope) for name in sorted(parts)},
        findings_of(criterion, findings),
        compile_clause(criterion.confirmed_by, scope) if criterion.confirmed_by else None,
    )


def _length(clock: Parameter) -> float:
    """A clock in seconds; 0 where it is no duration (lint says so)."""
    amount = clock.amounts[0]
    return seconds(amount.value, amount.unit) or 0


def judge(
    compiled: Compiled, facts: Facts, met: dict[str, Urgency], shared: Known | None = None
) -> Judged:
    """The criterion's result; a chart that says nothing of its findings is judged once."""
    if not compiled.names.isdisjoint(facts.standing):
        return _judge(compiled, facts, met, {} if shared is None else shared)
    key = (facts.supplied, facts.age, tuple(met.items()))
    found = compiled.silent.get(key)
    if found is None:
        if len(compiled.silent) >= _REMEMBERED:
            compiled.silent.clear()
        found = compiled.silent[key] = _judge(compiled, facts, met, {})
    return found


def is_confirmed(compiled: Compiled, facts: Facts, shared: Known | None = None) -> bool:
    """Whether the chart holds what confirms the criterion: only what is sure does.

    Confirmed, final, dated, wholly within its limits, as for what lowers one.
    """
    if compiled.confirmed is None or compiled.names.isdisjoint(facts.standing):
        return False
    situation = Situation(
        facts, preliminary=False, sure=True, lowering=True, raw=True,
        shared={} if shared is None else shared,
    )  # fmt: skip
    return compiled.confirmed(situation).truth is Truth.TRUE


def _judge(compiled: Compiled, facts: Facts, met: dict[str, Urgency], shared: Known) -> Judged:
    """The first tier that is met gives the urgency."""
    criterion = compiled.criterion
    preliminary = criterion.most_urgent is Urgency.EMERGENCY
    seen: list[Outcome] = []
    held: dict[str, tuple[Lowering, Outcome]] = {}
    plain: Known = {}
    for tier, check in compiled.tiers:
        situation = Situation(facts, tier.urgency, preliminary, met=met, plain=plain, shared=shared)
        found = check(situation.bare)
        if found.truth is not Truth.FALSE and (back := _hold_back(compiled, situation)):
            held |= back
            found = check(situation)
        seen.append(found)
        if found.truth is Truth.TRUE:
            return _met(compiled, tier, situation, seen, held)
    outcome = "unknown" if any(one.truth is Truth.UNKNOWN for one in seen) else "not-met"
    missing = _missing(seen) if outcome == "unknown" else ()
    return Judged(
        criterion,
        outcome,
        missing=missing,
        ask=_ask(criterion, facts),
        held_back_by=_held_by(held),
        because=tuple(low.because for low, _ in held.values()),
        reasons=once(why for one in seen for why in one.reasons),
    )


def findings_of(criterion: Criterion, findings: Mapping[str, Finding]) -> frozenset[str]:
    """Every finding that a criterion asks, through definitions, combinations and unions."""
    wanted = [one.name for _, top in all_clauses(criterion) for one in named(top)]
    for _, top in all_clauses(criterion):
        for one in named(top):
            wanted += filter(None, (one.question.after, one.question.same_region_as))
    found: set[str] = set()
    wanted += (*criterion.ask, *criterion.settled_by.reports, *criterion.settled_by.operations)
    while wanted:
        finding = findings.get(wanted.pop())
        if finding is None or finding.id in found:
            continue
        found.add(finding.id)
        wanted += finding.any_of
        wanted += [one.name for one in named(finding.when)] if finding.when else []
    return frozenset(found)


def _missing(seen: Sequence[Outcome]) -> tuple[str, ...]:
    return once(name for one in seen if one.truth is not Truth.FALSE for name in one.missing)


def _hold_back(compiled: Compiled, situation: Situation) -> dict[str, tuple[Lowering, Outcome]]:
    """What explains a part away in this tier, of the parts that may be there at all."""
    found: dict[str, tuple[Lowering, Outcome]] = {}
    for lowering, check in compiled.lowers:
        part = lowering.part
        if part is None or not _above(situation.urgency, lowering.to):
            continue
        if compiled.parts[part](situation.bare).truth is Truth.FALSE:
            continue
        outcome = check(situation.certain)
        if outcome.truth is Truth.TRUE:
            situation.held[part] = lowering.because
            found[part + lowering.because] = (lowering, outcome)
    return found


def _above(urgency: Urgency | None, to: Urgency | str) -> bool:
    """Whether a tier is more urgent than what it is lowered to."""
    return urgency is None or not isinstance(to, Urgency) or urgency.rank < to.rank


def _met(
    compiled: Compiled,
    tier: Tier,
    situation: Situation,
    seen: list[Outcome],
    held: dict[str, tuple[Lowering, Outcome]],
) -> Judged:
    criterion, found = compiled.criterion, seen[-1]
    evidence = evidence_of(found.proofs)
    lowered = _lowered(compiled, tier, situation)
    for lowering, outcome in lowered:
        held[lowering.because] = (lowering, outcome)
    ask = _ask(criterion, situation.facts)
    because = tuple(low.because for low, _ in held.values())
    to = _lowest(tier.urgency, [low.to for low, _ in lowered])
    if to is None:
        return Judged(
            criterion, "not-met", evidence=evidence, ask=ask,
            held_back_by=_held_by(held), because=because,
        )  # fmt: skip
    words, clock = _words(compiled, to, tier, lowered)
    return Judged(
        criterion, "met", to, compiled.clocks.get(clock), words, evidence, _missing(seen), ask,
        _held_by(held), because, limit=compiled.limits.get(clock),
        proofs=tuple(proof.fact for proof in found.proofs),
    )  # fmt: skip


def _lowered(
    compiled: Compiled, tier: Tier, situation: Situation
) -> list[tuple[Lowering, Outcome]]:
    """What lowers the whole criterion from this tier."""
    whole = [
        (lowering, check(situation.certain))
        for lowering, check in compiled.lowers
        if lowering.part is None and _above(tier.urgency, lowering.to)
    ]
    return [(lowering, found) for lowering, found in whole if found.truth is Truth.TRUE]


def _lowest(urgency: Urgency, to: Sequence[Urgency | str]) -> Urgency | None:
    """The least urgent of all that apply; None where one takes it away."""
    if "none" in to:
        return None
    return max([urgency, *(Urgency(one) for one in to)], key=lambda one: one.rank)


def _words(
    compiled: Compiled, to: Urgency, tier: Tier, lowered: Sequence[tuple[Lowering, Outcome]]
) -> tuple[CardWords, str]:
    """The words of what lowered it, else of its own tier, else of the tier of that urgency.

    And the name of their clock, empty where they have none.
    """
    for lowering, _ in lowered:
        if lowering.card is not None and lowering.to == to:
            return lowering.card, ""
    same = tier if to is tier.urgency else None
    same = same or next((one for one, _ in compiled.tiers if one.urgency is to), None)
    if same is None:
        return tier.card, ""
    return same.card, same.clock or ""


def _held_by(held: Mapping[str, tuple[Lowering, Outcome]]) -> tuple[str, ...]:
    """`work-up`, or `explained-by:` each finding that explains."""
    names: list[str] = []
    for lowering, outcome in held.values():
        if lowering.kind == "work-up":
            names.append("work-up")
        else:
            names += [f"explained-by:{_what(proof.fact)}" for proof in outcome.proofs]
    return once(names)


def _what(fact: Fact) -> str:
    """A finding that is there by its id; one that was denied says so."""
    return fact.finding if fact.answer is Answer.PRESENT else f"{fact.finding}-{fact.answer}"


def _ask(criterion: Criterion, facts: Facts) -> tuple[str, ...]:
    """What the criterion wants asked and nobody has answered."""
    return tuple(name for name in criterion.ask if not _answered(name, facts))


def _answered(name: str, facts: Facts) -> bool:
    standing = facts.standing.get(name, NOTHING)
    return bool(standing.present or standing.absent)


def evidence_of(proofs: Sequence[Proof]) -> tuple[Evidence, ...]:
    """Each resource once for each finding, in the order in which it counted."""
    notes: dict[tuple[str, str], list[str]] = {}
    first: dict[tuple[str, str], Proof] = {}
    for proof in proofs:
        key = proof.fact.key
        first.setdefault(key, proof)
        if proof.note and proof.note not in notes.setdefault(key, []):
            notes[key].append(proof.note)
    return tuple(shown(proof, ", ".join(notes.get(key, []))) for key, proof in first.items())


def shown(proof: Proof, note: str = "") -> Evidence:
    """A fact as the account of it shows it."""
    fact = proof.fact
    return Evidence(
        finding=fact.finding,
        reference=fact.reference,
        display=fact.display,
        date=fact.shown_date,
        matched_by="text" if fact.by_text else "code",
        value_set=fact.value_set,
        resource_type=fact.resource_type,
        note=note,
        suspected=fact.suspected,
        preliminary=fact.preliminary,
        undated=fact.since is None,
        onset_stated=fact.onset_stated and fact.resource_type == "Condition",
        contradicted_by=fact.contradicts,
        worse=fact.worse is not None,
    )
