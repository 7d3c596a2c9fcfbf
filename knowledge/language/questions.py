"""One question about one finding (or the union of several), compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf

from knowledge.language.facts import NOTHING, Fact, Standing
from knowledge.language.filters import Asking, Filter, Verdict, others, passes, times
from knowledge.language.measures import CHANGE_KEYS, changed, newest, tied, value_checks
from knowledge.language.outcome import Check, Outcome, Proof, Situation, once
from knowledge.language.schema import Finding
from knowledge.language.truth import Truth, all_of, any_of

_CORE = ("Condition", "Observation")
_REMEMBERED = 100


def is_supplied(finding: Finding, supplied: frozenset[str]) -> bool:
    """Whether the lists are there without which silence means nothing.

    Conditions and Observations where the finding is read from them; else any of its lists
    (one of the three kinds of medication resources is enough).
    """
    kinds = {kind for way in finding.said_by for kind in way.in_}
    if finding.measure:
        kinds |= set(finding.measure.in_)
    core = kinds & set(_CORE)
    return core <= supplied if core else bool(kinds & supplied)


@dataclass(frozen=True, slots=True)
class Leaf:
    """The findings whose facts are asked together, and how."""

    findings: tuple[Finding, ...]
    ask: Asking

    def standings(self, situation: Situation) -> list[Standing]:
        """What the chart says of each of them."""
        return [situation.facts.standing.get(one.id, NOTHING) for one in self.findings]


def compile_leaf(leaf: Leaf) -> Check:
    """The check for a leaf: absent, measured, or present; quick where the chart is silent."""
    if leaf.ask.question.answer == "absent":
        return _absent(leaf)
    measured = any(finding.measure for finding in leaf.findings)
    loud = _measured(leaf) if measured else _present(leaf)
    return quick(loud, frozenset(finding.id for finding in leaf.findings))


def quick(loud: Check, names: frozenset[str]) -> Check:
    """A check asked once of all charts with the same lists and nothing of these findings."""
    silent: dict[frozenset[str], Outcome] = {}

    def check(situation: Situation) -> Outcome:
        facts = situation.facts
        if not names.isdisjoint(facts.standing):
            return loud(situation)
        found = silent.get(facts.supplied)
        if found is None:
            if len(silent) >= _REMEMBERED:
                silent.clear()
            found = silent[facts.supplied] = loud(situation)
        return found

    return check


def _eligible(leaf: Leaf, fact: Fact, situation: Situation) -> Verdict:
    """Whether a fact may speak in this tier at all (G2, G4, G6 of the criteria)."""
    if fact.preliminary and not situation.preliminary:
        return (Truth.UNKNOWN, "")
    if situation.sure and (fact.suspected or fact.preliminary or fact.contested):
        return (Truth.UNKNOWN, "")
    if fact.contested and not situation.emergency:
        return (Truth.FALSE, f"{fact.finding} was denied since")
    if situation.emergency and fact.since is None and fact.problem_list and _chronic(leaf, fact):
        return (Truth.FALSE, f"{fact.finding} is on the problem list without a date")
    return (Truth.TRUE, "")


def _chronic(leaf: Leaf, fact: Fact) -> bool:
    return any(one.chronic for one in leaf.findings if one.id == fact.finding)


def _pool(leaf: Leaf, situation: Situation) -> list[Fact]:
    """The facts that the question is about: what is so, what was so, or both."""
    standings = leaf.standings(situation)
    match leaf.ask.question.time:
        case "past":
            chosen = [one.past for one in standings]
        case "ever":
            chosen = [one.ever for one in standings]
        case _:
            chosen = [one.present for one in standings]
    return [fact for facts in chosen for fact in facts]


def _present(leaf: Leaf) -> Check:
    when, beside = times(leaf.ask), others(leaf.ask)
    both = leaf.ask.question.side == "both"
    checks = beside if both else when + beside

    def check(situation: Situation) -> Outcome:
        hits, open_, reasons, spoken = _sort(leaf, checks, situation)
        if both:
            hits, open_, more = _both_sides(hits, open_, when, situation)
            reasons += more
        if hits:
            return Outcome(Truth.TRUE, tuple(Proof(fact) for fact in hits))
        if open_:
            return Outcome(Truth.UNKNOWN, missing=once(fact.finding for fact in open_))
        if spoken:
            return Outcome(Truth.FALSE, reasons=once(reasons))
        return _silence(leaf, situation)

    return check


Sorted = tuple[list[Fact], list[Fact], list[str], bool]


def _sort(leaf: Leaf, checks: tuple[Callable[..., Verdict], ...], situation: Situation) -> Sorted:
    """The facts that pass, those that are open, why others do not, and whether any spoke."""
    hits: list[Fact] = []
    open_: list[Fact] = []
    reasons: list[str] = []
    pool = _pool(leaf, situation)
    for fact in pool:
        allowed = _eligible(leaf, fact, situation)
        judged = passes(checks, fact, situation)
        truth = all_of((allowed[0], judged[0]))
        if truth is Truth.TRUE:
            hits.append(fact)
        elif truth is Truth.UNKNOWN:
            open_.append(fact)
        reasons += [why for why in (allowed[1], judged[1]) if why and truth is Truth.FALSE]
    return hits, open_, reasons, bool(pool)


Sides = tuple[list[Fact], list[Fact], list[str]]


def _both_sides(
    hits: list[Fact], open_: list[Fact], when: tuple[Filter, ...], situation: Situation
) -> Sides:
    """Right and left, in one resource or in two; the window holds for the side that came last.

    An older complaint of both sides hides no new one that lies in the window on both. A side that
    nobody wrote leaves it open, and so does one whose fact is open.
    """
    left = _first(fact for fact in hits if "left" in fact.sides)
    right = _first(fact for fact in hits if "right" in fact.sides)
    if left is None or right is None:
        sides = {side for fact in hits + open_ for side in fact.sides}
        both = {"left", "right"} <= sides
        unstated = [fact for fact in hits + open_ if not fact.sides or (both and fact in open_)]
        one = [f"{fact.finding}: one side only" for fact in hits if fact.sides]
        return [], unstated, one
    if together := _at_once(hits, when, situation):
        return together, [], []
    last = max(left, right, key=_since)
    truth, why = passes(when, last, situation)
    if truth is Truth.TRUE:
        return list(dict.fromkeys((left, right))), [], []
    return [], [last] if truth is Truth.UNKNOWN else [], [why]


def _at_once(hits: list[Fact], when: tuple[Filter, ...], situation: Situation) -> list[Fact]:
    """Facts of both sides that each lie in the window: what is new beside what is old."""
    fresh = [fact for fact in hits if passes(when, fact, situation)[0] is Truth.TRUE]
    left = _first(fact for fact in fresh if "left" in fact.sides)
    right = _first(fact for fact in fresh if "right" in fact.sides)
    return list(dict.fromkeys((left, right))) if left and right else []


def _first(facts: Iterable[Fact]) -> Fact | None:
    return min(facts, key=_since, default=None)


def _since(fact: Fact) -> float:
    """From when it runs; what has no date may have begun just now."""
    return fact.since.start if fact.since else inf


def _silence(leaf: Leaf, situation: Situation) -> Outcome:
    """Nothing says that it is so: denied, not asked, or not in the world at all."""
    verdicts = [
        _unsaid(finding, standing, situation)
        for finding, standing in zip(leaf.findings, leaf.standings(situation), strict=True)
    ]
    missing = [
        finding.id
        for finding, truth in zip(leaf.findings, verdicts, strict=True)
        if truth is Truth.UNKNOWN
    ]
    return Outcome(any_of(verdicts), missing=tuple(missing))


def _unsaid(finding: Finding, standing: Standing, situation: Situation) -> Truth:
    if standing.absent and not standing.unknown:
        return Truth.FALSE
    wanting = finding.needs_list and not is_supplied(finding, situation.facts.supplied)
    if standing.unknown or wanting:
        return Truth.UNKNOWN
    return Truth.UNKNOWN if finding.world == "open" else Truth.FALSE


def _absent(leaf: Leaf) -> Check:
    """Documented as normal or not there, and nothing says otherwise."""
    checks = times(leaf.ask) + others(leaf.ask)

    def check(situation: Situation) -> Outcome:
        denied: list[Fact] = []
        for finding, standing in zip(leaf.findings, leaf.standings(situation), strict=True):
            if standing.present:
                return Outcome(Truth.FALSE, reasons=(f"{finding.id} is present",))
            passed = [f for f in standing.absent if passes(checks, f, situation)[0] is Truth.TRUE]
            if not passed:
                return Outcome(Truth.UNKNOWN, missing=(finding.id,))
            denied += passed
        return Outcome(Truth.TRUE, tuple(Proof(fact) for fact in denied))

    return check


def _measured(leaf: Leaf) -> Check:
    """The newest valid value of each series against the limits."""
    (finding,) = leaf.findings
    assert finding.measure is not None
    checks = times(leaf.ask) + others(leaf.ask)
    valued = value_checks(leaf.ask, finding.measure)
    moving = any(key in leaf.ask.limits for key in CHANGE_KEYS)

    def judge(series: list[Fact]) -> list[tuple[Fact, Verdict]]:
        if moving:
            return [(series[0], changed(leaf.ask, series))]
        return [(fact, _value(valued, fact)) for fact in tied(series)]

    def check(situation: Situation) -> Outcome:
        judged: list[tuple[Fact, Verdict]] = []
        for series in newest(_pool(leaf, situation)):
            current = _current(leaf, checks, series, situation, moving=moving)
            judged += judge(current) if current else []
        truth = any_of(verdict[0] for _, verdict in judged) if judged else Truth.UNKNOWN
        if truth is Truth.TRUE:
            proofs = [Proof(f, v[1]) for f, v in judged if v[0] is Truth.TRUE]
            return Outcome(truth, tuple(proofs))
        if truth is Truth.UNKNOWN:
            return Outcome(truth, missing=(finding.id,))
        return Outcome(truth, reasons=once(_why(finding, v) for _, v in judged if v[1]))

    return check


def _why(finding: Finding, verdict: Verdict) -> str:
    return f"{finding.id}: {verdict[1].removeprefix(finding.id).strip()}"


def _current(
    leaf: Leaf,
    checks: tuple[Callable[..., Verdict], ...],
    series: list[Fact],
    situation: Situation,
    *,
    moving: bool,
) -> list[Fact]:
    """The values that may be judged: eligible, and (the newest at least) in the window."""
    allowed = [f for f in series if _eligible(leaf, f, situation)[0] is Truth.TRUE]
    if moving:
        recent = allowed[:1] and passes(checks, allowed[0], situation)[0] is Truth.TRUE
        return allowed if recent else []
    return [f for f in allowed if passes(checks, f, situation)[0] is Truth.TRUE]


def _value(valued: tuple[Callable[..., Verdict], ...], fact: Fact) -> Verdict:
    """All limits on one value; without a limit, having a value is enough."""
    if fact.number is None:
        return (Truth.UNKNOWN, "")
    verdicts = [check(fact.number) for check in valued]
    truth = all_of(verdict[0] for verdict in verdicts)
    words = ", ".join(why for value, why in verdicts if value is truth and why)
    return truth, words
