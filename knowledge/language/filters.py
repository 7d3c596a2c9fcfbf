"""What a question asks of a single fact: time, site, side, severity, certainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite

from knowledge.chart.dates import Interval, seconds
from knowledge.chart.units import convert
from knowledge.language.facts import Fact
from knowledge.language.outcome import Situation
from knowledge.language.schema import Parameter, Question
from knowledge.language.truth import Truth, all_of

Verdict = tuple[Truth, str]
Filter = Callable[[Fact, Situation], Verdict]
YES: Verdict = (Truth.TRUE, "")
OPEN: Verdict = (Truth.UNKNOWN, "")


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with its parameters looked up."""

    question: Question
    limits: Mapping[str, Parameter]

    def seconds(self, key: str) -> float | None:
        """A limit of time in seconds, None where the question has none."""
        limit = self.limits.get(key)
        if limit is None:
            return None
        amount = limit.amounts[0]
        return seconds(amount.value, amount.unit)

    def words(self, key: str) -> str:
        """A limit as people write it."""
        return " or ".join(show(amount.value, amount.unit) for amount in self.limits[key].amounts)


_UNITS = {"Cel": "°C", "a": "years", "mo": "months", "wk": "weeks", "d": "days", "1": ""}


def show(value: float, unit: str) -> str:
    """A number and its unit for people: `14 days`, `38.0 °C`, `200 mL`."""
    return f"{value:g} {_UNITS.get(unit, unit)}".strip()


def ago(interval: Interval, now: float) -> str:
    """How long ago an interval began, in the largest whole unit."""
    passed = max(now - interval.start, 0)
    if not isfinite(passed):
        return "long"
    for unit in ("d", "h", "min"):
        size = seconds(1, unit)
        if size is not None and passed >= size:
            return show(int(passed // size), unit)
    return "less than a minute"


def _age(key: str, ask: Asking, holds: Callable[[Interval, float, bool], bool]) -> Filter:
    """A filter on how long ago the fact began or got worse."""
    size = ask.seconds(key)
    assert size is not None
    words = f"{_AT[key]} {ask.words(key)}"

    def check(fact: Fact, situation: Situation) -> Verdict:
        since = _clock(key, fact)
        if since is None and key == "worse_within":
            return _got_worse(fact, situation)
        if since is None:
            return _undated(fact, ask, situation)
        if holds(since, situation.now - size, situation.sure):
            return YES
        began = f"{_VERB[key]} {ago(since, situation.now)} ago"
        return (Truth.FALSE, f"{fact.finding} {began}, {words}")

    return check


_AT = {
    "within": "at most",
    "recorded_within": "at most",
    "worse_within": "at most",
    "at_least_ago": "at least",
    "more_than_ago": "more than",
}
_VERB = {
    "within": "began",
    "recorded_within": "was recorded",
    "worse_within": "got worse",
    "at_least_ago": "began",
    "more_than_ago": "began",
}


def _clock(key: str, fact: Fact) -> Interval | None:
    if key == "recorded_within":
        return fact.said
    return fact.worse if key == "worse_within" else fact.since


def _undated(fact: Fact, ask: Asking, situation: Situation) -> Verdict:
    """No date at all: current and counting, unless the question or the problem list says no."""
    if situation.sure or ask.question.undated == "does-not-count":
        return OPEN
    return YES


def _recent(since: Interval, edge: float, sure: bool) -> bool:
    return since.start >= edge if sure else since.end >= edge


def _old(since: Interval, edge: float, sure: bool) -> bool:
    return since.end <= edge if sure else since.start <= edge


def _older(since: Interval, edge: float, sure: bool) -> bool:
    return since.end < edge if sure else since.start < edge


def _duration(key: str, ask: Asking) -> Filter:
    """A filter on how long an episode lasted, or how long it took to its worst."""
    size = ask.seconds(key)
    assert size is not None
    upper = key in ("lasted_under", "worst_after_at_most")

    def check(fact: Fact, situation: Situation) -> Verdict:
        end = fact.ended if key.startswith("lasted") else fact.worst
        if fact.began is None or end is None:
            return OPEN
        longest, shortest = end.end - fact.began.start, end.start - fact.began.end
        length = longest if upper is situation.sure else shortest
        if length <= size if upper else length >= size:
            return YES
        return (Truth.FALSE, f"{fact.finding} {key.replace('_', ' ')} {ask.words(key)}: it did not")

    return check


def _flag(name: str, wanted: bool) -> Filter:
    """Sudden, complete: what nobody wrote is unknown."""

    def check(fact: Fact, _: Situation) -> Verdict:
        return YES if getattr(fact, name) is wanted else OPEN

    return check


def _severity(ask: Asking) -> Filter:
    def check(fact: Fact, _: Situation) -> Verdict:
        if fact.severity is None:
            return OPEN
        if fact.severity in ask.question.severity:
            return YES
        return (Truth.FALSE, f"{fact.finding} is {fact.severity}")

    return check


def _site(ask: Asking) -> Filter:
    wanted = frozenset(ask.question.site)
    unstated = YES if ask.question.site_unstated == "counts" else OPEN

    def check(fact: Fact, _: Situation) -> Verdict:
        if not fact.sites:
            return unstated
        if wanted & fact.sites:
            return YES
        return (Truth.FALSE, f"{fact.finding} is at {', '.join(sorted(fact.sites))}")

    return check


def _stated(fact: Fact, _: Situation) -> Verdict:
    return YES if fact.onset_stated else (Truth.FALSE, f"{fact.finding}: no onset is stated")


def _not_stated(fact: Fact, _: Situation) -> Verdict:
    return (Truth.FALSE, "") if fact.onset_stated else YES


def _got_worse(fact: Fact, _: Situation) -> Verdict:
    return YES if fact.worse else (Truth.FALSE, f"{fact.finding}: no worsening recorded")


def _unchanged(fact: Fact, _: Situation) -> Verdict:
    return (Truth.FALSE, f"{fact.finding} got worse") if fact.worse else YES


def _confirmed(fact: Fact, _: Situation) -> Verdict:
    return (Truth.FALSE, f"{fact.finding} is only suspected") if fact.suspected else YES


def _one_of(name: str, allowed: tuple[str, ...]) -> Filter:
    def check(fact: Fact, _: Situation) -> Verdict:
        value = getattr(fact, name)
        return YES if value in allowed else (Truth.FALSE, f"{fact.finding}: {name} {value}")

    return check


def _side(wanted: str) -> Filter:
    def check(fact: Fact, _: Situation) -> Verdict:
        if not fact.sides:
            return OPEN
        if wanted == "one":
            return YES if len(fact.sides) == 1 else (Truth.FALSE, f"{fact.finding}: both sides")
        return YES if wanted in fact.sides else (Truth.FALSE, f"{fact.finding}: other side")

    return check


def _taken(ask: Asking) -> Filter:
    size = ask.seconds("taken_for")
    assert size is not None

    def check(fact: Fact, situation: Situation) -> Verdict:
        if fact.taken is None:
            return OPEN
        length = min(fact.taken.end, situation.now) - fact.taken.start
        if length >= size:
            return YES
        return (Truth.FALSE, f"{fact.finding} not taken for {ask.words('taken_for')}")

    return check


def _dose(ask: Asking) -> Filter:
    """A daily dose of at least so much, in whatever unit of mass."""
    limit = ask.limits["dose_at_least"].amounts[0]

    def check(fact: Fact, _: Situation) -> Verdict:
        dose = fact.dose
        value = convert(dose.value, dose.unit, limit.unit) if dose else None
        if value is None:
            return OPEN
        if value >= limit.value:
            return YES
        return (Truth.FALSE, f"{fact.finding}: dose under {ask.words('dose_at_least')}")

    return check


_TIMES = {
    "within": _recent,
    "recorded_within": _recent,
    "worse_within": _recent,
    "at_least_ago": _old,
    "more_than_ago": _older,
}
_LENGTHS = ("lasted_under", "lasted_at_least", "worst_after_at_least", "worst_after_at_most")


def times(ask: Asking) -> tuple[Filter, ...]:
    """What the question asks of a fact's time."""
    return tuple(_age(key, ask, _TIMES[key]) for key in _TIMES if key in ask.limits)


def others(ask: Asking) -> tuple[Filter, ...]:
    """What it asks of a fact beside its time."""
    question = ask.question
    chosen: list[Filter] = [_duration(key, ask) for key in _LENGTHS if key in ask.limits]
    chosen += [_flag(name, True) for name in ("sudden", "complete") if getattr(question, name)]
    chosen += [
        _one_of(name, values)
        for name in ("status", "priority", "encounter_class")
        if (values := getattr(question, name))
    ]
    plain: tuple[tuple[object, Filter], ...] = (
        (question.worse, _got_worse),
        (question.unchanged, _unchanged),
        (question.confirmed, _confirmed),
        (question.onset_stated is True, _stated),
        (question.onset_stated is False, _not_stated),
    )
    chosen += [check for wanted, check in plain if wanted]
    if question.severity:
        chosen.append(_severity(ask))
    if question.site:
        chosen.append(_site(ask))
    if question.side not in (None, "both"):
        chosen.append(_side(str(question.side)))
    if "taken_for" in ask.limits:
        chosen.append(_taken(ask))
    if "dose_at_least" in ask.limits:
        chosen.append(_dose(ask))
    return tuple(chosen)


def passes(checks: tuple[Filter, ...], fact: Fact, situation: Situation) -> Verdict:
    """All checks on one fact: its truth, and the first reason against it."""
    if not checks:
        return Truth.TRUE, ""
    verdicts = [check(fact, situation) for check in checks]
    truth = all_of([value for value, _ in verdicts])
    for value, why in verdicts:
        if why and value is truth:
            return truth, why
    return truth, ""
