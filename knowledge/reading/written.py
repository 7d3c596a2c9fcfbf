"""Measured values in words: "PVR 480 ml", "power 4+/5", "left 5/5, right 3 out of 5"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.chart.units import normalise
from knowledge.language.facts import Number
from knowledge.language.schema import Measure
from knowledge.reading import reasons
from knowledge.reading.frame import Left
from knowledge.reading.numbers import bare, in_unit, plausible, tops

_PARTS: Final = re.compile(
    r"[;\n|]|,(?!\d)|\.(?:\s|$)|\b(?:and|but)\b"
    r"|\s(?=(?:right|left|[rl])\b[ :=]*\d[+-]?/\d)",
    re.IGNORECASE,
)
"""Where one value ends and the next begins; "R 4+/5 L 5/5" are two."""
_NUMBER: Final = re.compile(
    r"(?P<comparator>[<>≤≥]=?|\b(?:over|above|under|below|more than|less than|at least))?\s*"
    r"(?<![\w.,/])(?P<value>\d{1,3}(?:,\d{3})+(?![\d])|\d+(?:[.,]\d+)?)"
    r"\s*(?P<unit>%|deg(?:rees?)? (?:celsius|fahrenheit|[cf])\b|"
    r"[^\W\d_](?:[\w/%.^*]|\[|\])*|\[[^\]]*\]|°\s?[CF])?",
    re.IGNORECASE,
)
_GRADE: Final = re.compile(
    r"(?<![\w/.,])(?P<top>\d+) ?(?P<sign>[+-]|plus|minus)? ?(?:/|out of|of) ?(?P<bottom>\d+)"
    r"(?![\w/])",
    re.IGNORECASE,
)
_SIGNS: Final = {"plus": "+", "minus": "-"}
_COMPARATORS: Final = {
    "over": ">",
    "above": ">",
    "more than": ">",
    "under": "<",
    "below": "<",
    "less than": "<",
    "at least": ">=",
    "≤": "<=",
    "≥": ">=",
}
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:,\d{3})+")


@dataclass(frozen=True, slots=True)
class Written:
    """A value, and the part of the text in which it stands (for site and side)."""

    number: Number
    part: str


def in_text(text: str, measure: Measure, *, whole: bool = False) -> list[Written]:
    """The values with a known unit, and the grades, in the parts of a text.

    Of several in one part the gravest counts. `whole`: the text is the answer, so that a bare
    number is one, too, where the finding has no unit. Raises Left where nothing but a number
    that cannot be used stands there: `no-unit`, `unknown-unit` (both only for a whole answer),
    `implausible`.
    """
    found: list[Written] = []
    troubles: list[Left] = []
    for part in _PARTS.split(text):
        numbers = list(_grades(part, measure, troubles, whole=whole))
        if not numbers:
            numbers = list(_amounts(part, measure, troubles, whole=whole))
        if numbers:
            found.append(Written(_gravest(numbers, measure), part))
    trouble = next((one for one in troubles if whole or one.reason == reasons.IMPLAUSIBLE), None)
    if trouble is not None and not found:
        raise trouble
    return found


def _gravest(numbers: Sequence[Number], measure: Measure) -> Number:
    """The worst of several values; the first where the finding does not say which way is worse."""
    if measure.worse is None:
        return numbers[0]
    sign = 1 if measure.worse.direction == "up" else -1
    return max(numbers, key=lambda number: number.value * sign)


def _grades(part: str, measure: Measure, troubles: list[Left], *, whole: bool) -> Iterator[Number]:
    """Graded answers such as "4+/5"; a bare grade only where the text is the answer."""
    if not measure.ordinal:
        return
    keys = [_key(match) for match in _GRADE.finditer(part)]
    if not keys and whole:
        keys = [word.strip(".()") for word in part.lower().split()]
    for key in keys:
        if key in measure.ordinal:
            yield bare(measure.ordinal[key], None, measure)
        elif f"/{key.partition('/')[2]}" in tops(measure):
            troubles.append(Left(reasons.IMPLAUSIBLE))


def _key(match: re.Match[str]) -> str:
    sign = (match["sign"] or "").lower()
    return f"{match['top']}{_SIGNS.get(sign, sign)}/{match['bottom']}"


def _amounts(part: str, measure: Measure, troubles: list[Left], *, whole: bool) -> Iterator[Number]:
    """Numbers with a unit; those that cannot be used are collected as troubles."""
    for match in _NUMBER.finditer(part):
        try:
            number = _amount(match, measure, whole=whole)
        except Left as left:
            troubles.append(left)
            continue
        if number is not None:
            yield number


def _amount(match: re.Match[str], measure: Measure, *, whole: bool) -> Number | None:
    sign = (match["comparator"] or "").lower()
    comparator = _COMPARATORS.get(sign, sign) or None
    value = _float(match["value"])
    unit = normalise(None, None, match["unit"])
    if unit is not None:
        return in_unit(value, unit, comparator, measure)
    if not whole or measure.ordinal:
        return None
    if measure.without_unit and match["unit"] is None:
        own = measure.units[0].unit
        return plausible(value, own, comparator, measure, f"{value:g}")
    if match["unit"] is None:
        raise Left(reasons.NO_UNIT)
    raise Left(reasons.UNKNOWN_UNIT)


def _float(text: str) -> float:
    """A decimal comma is one unless it separates thousands: "1,200" is not 1.2."""
    if _THOUSANDS.fullmatch(text):
        return float(text.replace(",", ""))
    return float(text.replace(",", "."))


_SENTENCES: Final = re.compile(r"[;\n|]|\.(?:\s|$)")


def sentences(text: str) -> list[str]:
    """A text as written, sentence by sentence, the empty ones left out."""
    return [one for one in _SENTENCES.split(text) if one.strip()]
