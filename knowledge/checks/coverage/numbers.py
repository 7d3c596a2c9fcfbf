"""Every parameter moved by its step, one way and the other, in all its units together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from knowledge.checks.coverage.mutants import FINDINGS, Mutant, label
from knowledge.language.schema import Amount, Parameter, Parameters
from knowledge.library import resolve

_WAYS = (("a step up", 1), ("a step down", -1))


def moved_numbers(
    file: str, own: Parameters, numbers: Mapping[str, Parameters]
) -> Iterator[Mutant]:
    """The numbers that a file names, each moved for this file alone."""
    for name in own:
        parameter = resolve(numbers, file.removeprefix(FINDINGS), name)
        for what, way in _WAYS:
            becomes = moved(parameter, way)
            place = ("parameters", name)
            yield Mutant(file, place, label(("parameters", name), what), becomes, number=name)


def moved(parameter: Parameter, way: int) -> Parameter:
    """The number one step up or down; other units of the same limit move in proportion."""
    value, step = parameter.value or 0, parameter.step or 0
    new = value + way * step
    ratio = new / value if value else 1
    others = tuple(Amount(value=one.value * ratio, unit=one.unit) for one in parameter.or_in)
    return parameter.model_copy(update={"value": new, "or_in": others})
