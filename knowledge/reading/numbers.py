"""Measured values: units never guessed, what no living body has left out (G7 of the criteria)."""

from __future__ import annotations

import math
from typing import Final

from knowledge.chart import fhir
from knowledge.chart.units import convert, normalise
from knowledge.language.facts import Number
from knowledge.language.schema import Measure
from knowledge.reading import reasons
from knowledge.reading.frame import Left

_COMPARATORS: Final = frozenset(("<", "<=", ">=", ">"))
Limits = tuple[float | None, float | None]
"""The laboratory's own low and high."""


def of_answer(answer: fhir.Answer, measure: Measure) -> Number | None:
    """A value given as a number (not as a text) in one of the finding's units, else None.

    Raises Left: `no-unit`, `unknown-unit`, `unknown-comparator`, `implausible`.
    """
    if answer.value_quantity is not None:
        return _quantity(answer.value_quantity, answer, measure)
    if answer.value_integer is not None:
        return bare(float(answer.value_integer), None, measure, _own_range(answer, measure))
    if answer.value_range is not None and answer.value_range.low is not None:
        return _at_least(answer.value_range.low, answer, measure)
    if answer.value_ratio is not None and measure.ordinal:
        return _ratio(answer.value_ratio, measure)
    return None


def _quantity(quantity: fhir.Quantity, answer: fhir.Answer, measure: Measure) -> Number | None:
    if quantity.value is None:
        return None
    comparator = quantity.comparator or None
    if comparator is not None and comparator not in _COMPARATORS:
        raise Left(reasons.UNKNOWN_COMPARATOR)
    if _without_unit(quantity.code or quantity.unit, measure):
        return bare(quantity.value, comparator, measure, _own_range(answer, measure))
    unit = normalise(quantity.code, quantity.system, quantity.unit)
    if unit is None:
        raise Left(reasons.UNKNOWN_UNIT)
    return in_unit(quantity.value, unit, comparator, measure, answer)


def _without_unit(written: str | None, measure: Measure) -> bool:
    """No unit, UCUM's `1`, an annotation such as `{score}`, or what grades are out of: `/5`."""
    if written is None or written == "1" or written.startswith("{"):
        return True
    return written.replace(" ", "") in tops(measure)


def _at_least(low: fhir.Quantity, answer: fhir.Answer, measure: Measure) -> Number | None:
    """A range counts as its lower end or more: "400 to 500 mL" is over 200."""
    bottom = fhir.Quantity(
        value=low.value, comparator=">=", unit=low.unit, system=low.system, code=low.code
    )
    return _quantity(bottom, answer, measure)


def _ratio(ratio: fhir.Ratio, measure: Measure) -> Number | None:
    """A grade written as a ratio: 3 to 5."""
    top, bottom = ratio.numerator, ratio.denominator
    if top is None or top.value is None or bottom is None or bottom.value is None:
        return None
    grade = measure.ordinal.get(f"{top.value:g}/{bottom.value:g}")
    return None if grade is None else bare(grade, None, measure)


def tops(measure: Measure) -> frozenset[str]:
    """What stands under the line of a graded answer: "/5"."""
    return frozenset(f"/{key.partition('/')[2]}" for key in measure.ordinal if "/" in key)


def bare(
    value: float, comparator: str | None, measure: Measure, limits: Limits = (None, None)
) -> Number:
    """A number without a unit: only where the finding says that it has none."""
    if not measure.without_unit:
        raise Left(reasons.NO_UNIT)
    unit = measure.units[0].unit
    return plausible(value, unit, comparator, measure, f"{value:g}", limits)


def in_unit(
    value: float, unit: str, comparator: str | None, measure: Measure,
    answer: fhir.Answer | None = None,
) -> Number:  # fmt: skip
    """The value in one of the finding's own units, by a library and never by guess."""
    for one in measure.units:
        converted = value if one.unit == unit else None
        if converted is None and not measure.exact:
            converted = convert(value, unit, one.unit)
        if converted is not None:
            limits = _range(answer, unit, one.unit)
            return plausible(converted, one.unit, comparator, measure, f"{value:g} {unit}", limits)
    raise Left(reasons.UNKNOWN_UNIT)


def plausible(
    value: float, unit: str, comparator: str | None, measure: Measure, shown: str,
    limits: Limits = (None, None),
) -> Number:  # fmt: skip
    """The value, if a living body can have it."""
    bounds = next(one for one in measure.units if one.unit == unit)
    if not (math.isfinite(value) and bounds.lowest <= value <= bounds.highest):
        raise Left(reasons.IMPLAUSIBLE)
    return Number(value, unit, comparator, *limits, shown=f"{comparator or ''}{shown}")


def _own_range(answer: fhir.Answer, measure: Measure) -> Limits:
    return _range(answer, measure.units[0].unit, measure.units[0].unit)


def _range(answer: fhir.Answer | None, own: str, unit: str) -> Limits:
    """The laboratory's own limits in the unit; without a unit they are in the value's own."""
    if answer is None or not answer.reference_range:
        return None, None
    first = answer.reference_range[0]
    return _limit(first.low, own, unit), _limit(first.high, own, unit)


def _limit(quantity: fhir.Quantity | None, own: str, unit: str) -> float | None:
    if quantity is None or quantity.value is None:
        return None
    given = quantity.code is not None or quantity.unit is not None
    written = normalise(quantity.code, quantity.system, quantity.unit) if given else own
    return None if written is None else convert(quantity.value, written, unit)
