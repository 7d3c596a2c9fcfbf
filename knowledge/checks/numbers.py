"""Numbers in the files: a unit that is known, a step that moves. Their shape is the schema's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from knowledge.chart.units import normalise
from knowledge.checks.references import Place
from knowledge.language.schema import Finding, Parameter, Parameters

_NONE = "1"
_PLAIN = ("%", _NONE)


def known(unit: str) -> bool:
    """Whether a unit is UCUM, in its own spelling and not a synonym of it."""
    return unit in _PLAIN or normalise(None, None, unit) == unit


def parameter_faults(parameters: Parameters) -> Iterator[tuple[Place, str]]:
    """What is wrong with named numbers, each with its place in the file."""
    for name, parameter in parameters.items():
        for what in _wrong(parameter):
            yield ("parameters", name), what


def _wrong(parameter: Parameter) -> Iterator[str]:
    if parameter.same_as is not None:
        return
    for amount in parameter.amounts:
        if not known(amount.unit):
            yield f"{amount.unit} is no unit of UCUM"
    if parameter.step is not None and parameter.step <= 0:
        yield f"the step {parameter.step:g} moves nothing"


def measure_faults(finding: Finding) -> Iterator[tuple[Place, str]]:
    """What is wrong with the units and the plausible values of a measurement."""
    for number, one in enumerate(finding.measure.units if finding.measure else ()):
        place = ("measure", "units", number)
        if not known(one.unit):
            yield place, f"{one.unit} is no unit of UCUM"
        if one.lowest >= one.highest:
            yield place, f"nothing lies between {one.lowest:g} and {one.highest:g}"


def unused(parameters: Mapping[str, object], used: set[str]) -> Iterator[tuple[Place, str]]:
    """Numbers that nothing in their file uses."""
    for name in parameters:
        if name not in used:
            yield ("parameters", name), "is used nowhere"
