"""Small counts hidden, and with them what would give them away.

A count of 1 to 4 says little about a service and may say much about a person. Where a hidden
count could be computed from a sum and its other parts, another part, or the sum, is hidden too.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from service.insights.figures import Key, Sum

SMALLEST = 5
"""Counts from 1 up to, but not with, this one are hidden."""

Bounds = tuple[float, float]


def masked(counts: Mapping[Key, int], sums: tuple[Sum, ...]) -> frozenset[Key]:
    """The keys whose numbers must not be seen where small counts are hidden."""
    hidden = {key for key, number in counts.items() if 0 < number < SMALLEST}
    while True:
        more = _given_away(counts, sums, hidden)
        if not more:
            return frozenset(hidden)
        hidden |= more


def _given_away(counts: Mapping[Key, int], sums: tuple[Sum, ...], hidden: set[Key]) -> set[Key]:
    """What is to be hidden too, since a sum tells a hidden number; empty where none does."""
    bounds = _bounds(counts, hidden)
    victims: set[Key] = set()
    for one in sums:
        if not _tells(one, counts, hidden, bounds):
            continue
        if any(key in victims for key in (one.total, *one.parts)):
            continue
        open_parts = [key for key in one.parts if key not in hidden and counts.get(key, 0)]
        if open_parts:
            victims.add(min(open_parts, key=lambda key: (counts[key], *map(str, key))))
        elif one.total not in hidden:
            victims.add(one.total)
    return victims


def _bounds(counts: Mapping[Key, int], hidden: set[Key]) -> dict[Key, Bounds]:
    """Between which numbers a reader knows each hidden one to lie, from how it is written."""
    small, other = (1.0, SMALLEST - 1.0), (float(SMALLEST), inf)
    return {key: small if counts[key] < SMALLEST else other for key in hidden}


def _tells(
    one: Sum, counts: Mapping[Key, int], hidden: set[Key], bounds: Mapping[Key, Bounds]
) -> bool:
    """Whether a reader who knows all that is not hidden knows a hidden part, or the total."""
    known = sum(counts.get(key, 0) for key in one.parts if key not in hidden)
    unknown = [bounds[key] for key in one.parts if key in hidden]
    total = float(counts.get(one.total, 0))
    low, high = bounds.get(one.total, (total, total))
    left = low - known, high - known
    if one.total in hidden and _pinned(left, _together(unknown)):
        return True
    return any(
        _pinned(own, (left[0] - others[1], left[1] - others[0]))
        for place, own in enumerate(unknown)
        for others in [_together(unknown[:place] + unknown[place + 1 :])]
    )


def _together(bounds: list[Bounds]) -> Bounds:
    return sum(one[0] for one in bounds), sum(one[1] for one in bounds)


def _pinned(own: Bounds, left: Bounds) -> bool:
    """Whether two bounds on one number leave a single one."""
    return max(own[0], left[0]) == min(own[1], left[1])
