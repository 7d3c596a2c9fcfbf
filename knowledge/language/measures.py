"""What a question asks of a measured value: limits, reference ranges, and change over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from knowledge.chart.units import convert
from knowledge.language.facts import Fact, Number
from knowledge.language.filters import OPEN, Asking, Verdict, show
from knowledge.language.schema import Measure, Parameter
from knowledge.language.truth import Truth

LIMIT_KEYS = ("over", "at_least", "below", "at_most")
CHANGE_KEYS = ("falls_by", "rises_by")
_WORDS = {"over": "over", "at_least": "at least", "below": "below", "at_most": "at most"}
_STRICT = {"over": ">", "below": "<"}

Valued = Callable[[Number], Verdict]


def limits_in(limit: Parameter, measure: Measure) -> dict[str, float]:
    """The limit in each unit in which the measurement may come."""
    found = {amount.unit: amount.value for amount in limit.amounts}
    for plausible in measure.units:
        if plausible.unit in found or measure.exact:
            continue
        for amount in limit.amounts:
            value = convert(amount.value, amount.unit, plausible.unit)
            if value is not None:
                found[plausible.unit] = value
                break
    return found


def against(key: str, ask: Asking, measure: Measure) -> Valued:
    """A check of one value against one limit, comparators honoured."""
    limits = limits_in(ask.limits[key], measure)
    words = f"{_WORDS[key]} {ask.words(key)}"
    above = key in ("over", "at_least")

    def check(number: Number) -> Verdict:
        limit = limits.get(number.unit)
        if limit is None:
            return OPEN
        if _surely(key, number, limit):
            return (Truth.TRUE, words)
        never = number.at_most < limit if above else number.at_least > limit
        if never or (number.value == limit and number.comparator is None):
            return (Truth.FALSE, f"{number.shown} is not {words}")
        return OPEN

    return check


def _surely(key: str, number: Number, limit: float) -> bool:
    """Whether the value passes the limit whatever its comparator leaves open."""
    strict = number.comparator == _STRICT.get(key)
    match key:
        case "over":
            return number.at_least > limit or (strict and number.value >= limit)
        case "at_least":
            return number.at_least >= limit
        case "below":
            return number.at_most < limit or (strict and number.value <= limit)
        case _:
            return number.at_most <= limit


def reference(side: str) -> Valued:
    """A check against the laboratory's own range, false where it gives none."""

    def check(number: Number) -> Verdict:
        low, high = number.low, number.high
        if side == "low" and low is not None and number.at_most < low:
            return (Truth.TRUE, f"under the laboratory's {show(low, number.unit)}")
        if side == "high" and high is not None and number.at_least > high:
            return (Truth.TRUE, f"over the laboratory's {show(high, number.unit)}")
        return (Truth.FALSE, f"{number.shown}: not outside the laboratory's range")

    return check


def value_checks(ask: Asking, measure: Measure) -> tuple[Valued, ...]:
    """All checks of single values that the question makes."""
    chosen = [against(key, ask, measure) for key in LIMIT_KEYS if key in ask.limits]
    if ask.question.below_reference:
        chosen.append(reference("low"))
    if ask.question.above_reference:
        chosen.append(reference("high"))
    return tuple(chosen)


def when(fact: Fact) -> float:
    """The instant by which values are put in order; undated ones come first."""
    return fact.said.start if fact.said else float("-inf")


def newest(facts: Iterable[Fact]) -> list[list[Fact]]:
    """The facts of each series (one myotome, one test), newest first."""
    ordered = sorted(facts, key=lambda fact: fact.series)
    return [
        sorted(group, key=when, reverse=True)
        for _, group in groupby(ordered, key=lambda fact: fact.series)
    ]


def tied(series: list[Fact]) -> list[Fact]:
    """The newest facts of a series: more than one where they bear the same instant."""
    return [fact for fact in series if when(fact) == when(series[0])]


def changed(ask: Asking, series: list[Fact]) -> Verdict:
    """Whether the newest value lies below (or above) an earlier one by the limit."""
    key = next(key for key in CHANGE_KEYS if key in ask.limits)
    limit = ask.limits[key].amounts[0]
    last = series[0]
    verdict = OPEN
    for earlier in series[1:]:
        if not _apart(ask, last, earlier):
            continue
        size = _difference(key, earlier, last, limit.unit)
        if size is not None and size >= limit.value:
            assert earlier.number is not None
            return (Truth.TRUE, f"before: {earlier.number.shown}")
        verdict = (Truth.FALSE, f"{last.finding} did not change by {ask.words(key)}")
    return verdict


def _apart(ask: Asking, last: Fact, earlier: Fact) -> bool:
    across, apart = ask.seconds("across"), ask.seconds("apart")
    distance = when(last) - when(earlier)
    return (across is None or distance <= across) and (apart is None or distance >= apart)


def _difference(key: str, earlier: Fact, last: Fact, unit: str) -> float | None:
    """By how much the value changed: in the limit's unit, or in per cent of the earlier one."""
    first, second = earlier.number, last.number
    if first is None or second is None or first.unit != second.unit:
        return None
    if first.comparator or second.comparator:
        return None
    size = first.value - second.value if key == "falls_by" else second.value - first.value
    if unit == "%" and first.unit != "%":
        return size / first.value * 100 if first.value else None
    return size if unit == first.unit else convert(size, first.unit, unit)
