"""A site's numbers: only those that may be moved, within bounds, in the units they have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from knowledge.language.schema import Amount, Parameter, Range
from knowledge.site.folder import Folder
from knowledge.site.model import Change
from knowledge.site.shapes import SITE, NumberShape
from knowledge.site.shipped import Shipped

_APART = 1 / 10
"""How far one limit in two units may be apart, as a part of the bounds: both are rounded."""


def changes(folder: Folder, shipped: Shipped) -> Iterator[Change]:
    """Every number that the site moved; faults are kept in the folder."""
    for place, number in folder.site.parameters.items() if folder.site else ():
        known = shipped.number(place)
        faults = ["there is no such number"] if known is None else list(_wrong(known, number))
        for what in faults:
            folder.fault(SITE, ("parameters", place), what)
        if known is not None and not faults and _moved(known, number) != known:
            file, name = place.split(".")
            yield Change(file, name, known, _moved(known, number), number.why)


def _moved(known: Parameter, number: NumberShape) -> Parameter:
    return known.model_copy(update={"value": number.value, "or_in": number.or_in})


def _wrong(known: Parameter, number: NumberShape) -> Iterator[str]:
    if known.same_as is not None:
        yield f"is told at {known.same_as}: move it there"
        return
    if known.bounds is None:
        yield "has no bounds: a site may not move it"
        return
    amounts = (Amount(value=number.value, unit=number.unit), *number.or_in)
    units = [span.unit for span in known.ranges]
    if [one.unit for one in amounts] != units:
        yield f"needs a value in {' and, under or_in, in '.join(units)}"
        return
    outside = [
        f"{one.value:g} {one.unit} is outside of {span.lowest:g} to {span.highest:g}"
        for one, span in zip(amounts, known.ranges, strict=True)
        if not span.lowest <= one.value <= span.highest
    ]
    yield from outside or _unlike(amounts, known.ranges)


def _unlike(amounts: tuple[Amount, ...], ranges: tuple[Range, ...]) -> Iterator[str]:
    """Two units that do not say the same limit, by where each stands between its bounds."""
    parts = [_part(one, span) for one, span in zip(amounts, ranges, strict=True)]
    for (one, here), (other, there) in pairwise(zip(amounts, parts, strict=True)):
        if abs(here - there) > _APART:
            yield f"{one.value:g} {one.unit} and {other.value:g} {other.unit} are not the same"


def _part(amount: Amount, span: Range) -> float:
    return (amount.value - span.lowest) / (span.highest - span.lowest)
