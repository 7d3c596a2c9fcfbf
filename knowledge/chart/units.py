"""Units of measurement: UCUM through a library, exact synonyms through `units.yaml`.

Never a guess: what cannot be read or converted is None, and the value is then not used
(clinical criteria G7). The library takes more than half a second to start and is loaded for the
first unit that needs it; `warm` does so beforehand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

import yaml

from knowledge.chart.codes import UCUM, canonical_system

if TYPE_CHECKING:
    from ucumvert import PintUcumRegistry

_TABLE: Final = Path(__file__).with_name("units.yaml")
_CACHED: Final = 1000
_LONGEST: Final = 100
_ANNOTATION: Final = re.compile(r"\{[^{}]*\}")
_ABSURD: Final = re.compile(r"\d{5}")
_BRACKETED: Final = re.compile(r"\[[^\[\]]*\]")
_MICRO: Final = str.maketrans({"\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u"})


@dataclass(frozen=True, slots=True)
class _Line:
    """`to` = `slope` * value + `offset`, which holds for temperatures too."""

    slope: float
    offset: float

    def at(self, value: float) -> float:
        """The converted value, without the noise of binary fractions: 100.4 °F is 38 °C."""
        return float(f"{self.slope * value + self.offset:.12g}")


def convert(value: float, unit: str, to: str) -> float | None:
    """The value in another UCUM unit, or None where that is not possible.

    None for units of another kind (mass and amount of substance), for unknown units, for
    arbitrary units (`[iU]`), and between two units without dimension: UCUM alone would turn
    64 mmol/mol of HbA1c into 6.4 %. Both units are UCUM codes, see `normalise`.
    """
    if not math.isfinite(value):
        return None
    if unit == to:
        return value
    line = _line(unit, to) if max(len(unit), len(to)) <= _LONGEST else None
    converted = line.at(value) if line else math.nan
    return converted if math.isfinite(converted) else None


def normalise(
    quantity_code: str | None, quantity_system: str | None, quantity_unit: str | None
) -> str | None:
    """The UCUM code of a Quantity's unit, or None where it has none that is known.

    `code` first where `system` is UCUM, then the text in `unit`, then a `code` without any
    system. Each may be UCUM or an exact synonym of `units.yaml`.
    """
    is_ucum = canonical_system(quantity_system) == UCUM
    written = [quantity_code] if is_ucum else []
    written.append(quantity_unit)
    if not quantity_system:
        written.append(quantity_code)
    for text in written:
        if text and len(text) <= _LONGEST and (unit := _normalised(text)):
            return unit
    return None


def same_kind(unit_a: str, unit_b: str) -> bool:
    """Whether two units are the very same unit, for findings that ask for an exact unit.

    Spelling aside (`mg/l` and `mg/L`); `%` and `mmol/mol` are not the same.
    """
    return (normalise(None, None, unit_a) or unit_a) == (normalise(None, None, unit_b) or unit_b)


def warm(units: Iterable[str] = ()) -> None:
    """Load the library and parse these units, so that the first patient does not wait."""
    _registry()
    for unit in units:
        _parsed(unit)


@lru_cache(maxsize=_CACHED)
def _normalised(text: str) -> str | None:
    codes, synonyms = _table()
    unit = text.strip().translate(_MICRO)
    unit = synonyms.get(unit, unit)
    return unit if unit in codes or _parsed(unit) is not None else None


@lru_cache(maxsize=1)
def _table() -> tuple[frozenset[str], Mapping[str, str]]:
    table = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    synonyms: dict[str, str] = {}
    for group in table["synonyms"]:
        synonyms.update(group["of"])
    return frozenset(table["codes"]), synonyms


_ALONE: Final = RLock()
"""The library knows nothing of threads, and quantities of two registries do not mix."""


def _registry() -> PintUcumRegistry:
    with _ALONE:
        return _loaded()


@lru_cache(maxsize=1)
def _loaded() -> PintUcumRegistry:
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()


@lru_cache(maxsize=_CACHED)
def _parsed(unit: str) -> Any | None:
    """The library's quantity of one such unit, or None where it is not UCUM."""
    bare = _ANNOTATION.sub("", unit)
    if not bare.isascii() or not bare or _ABSURD.search(bare):
        return None
    registry = _registry()
    from lark.exceptions import LarkError
    from pint import PintError

    try:
        with _ALONE:
            quantity = registry.from_ucum(unit)
    except (LarkError, PintError, ArithmeticError, ValueError, TypeError, AttributeError):
        return None
    return quantity if hasattr(quantity, "dimensionality") else None


@lru_cache(maxsize=_CACHED)
def _line(unit: str, to: str) -> _Line | None:
    """The straight line from one unit to the other; None where there is none."""
    with _ALONE:
        return _line_alone(unit, to)


def _line_alone(unit: str, to: str) -> _Line | None:
    one, other = _parsed(unit), _parsed(to)
    if one is None or other is None:
        return None
    from pint import PintError

    try:
        if one.dimensionless or other.dimensionless or _arbitrary(unit) != _arbitrary(to):
            return None
        zero, first, second = (_converted(value, one, other) for value in (0, 1, 2))
    except (PintError, ArithmeticError, ValueError, TypeError):
        return None
    line = _Line(first - zero, zero)
    return line if math.isclose(line.at(2), second, abs_tol=abs(zero) / 1000) else None


def _converted(value: float, one: Any, other: Any) -> float:
    there = _registry().Quantity(value * one.magnitude, one.units).to(other.units)
    return float(there.magnitude / other.magnitude)


def _arbitrary(unit: str) -> list[str]:
    """The bracketed parts without a dimension: arbitrary units, which UCUM does not convert."""
    parts = (_parsed(part) for part in _BRACKETED.findall(_ANNOTATION.sub("", unit)))
    return sorted(str(part.units) for part in parts if part is not None and part.dimensionless)
