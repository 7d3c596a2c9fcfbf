"""Small counts hidden, and with them what would give them away.

A count of 1 to 4 says little about a service and may say much about a person. Where a hidden
count could be computed from a sum and its other parts, another part, or the sum, is hidden too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from service.insights.figures import Key, Sum

SMALLEST = 5
"""Counts from 1 up to, but not with, this one are hidden."""

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Masked:
    """The keys of what a reader is told to be few, and of what a reader is told nothing of."""

    few: set[Key] = field(default_factory=set)
    veiled: set[Key] = field(default_factory=set)

    def __contains__(self, key: Key) -> bool:
        return key in self.few or key in self.veiled

    def veil(self, keys: set[Key]) -> None:
        """Tell nothing more of these."""
        self.few.difference_update(keys)
        self.veiled.update(keys)


def masked(counts: Mapping[Key, int], sums: tuple[Sum, ...]) -> Masked:
    """What must not be seen where small counts are hidden."""
    hidden = Masked({key for key, number in counts.items() if 0 < number < SMALLEST})
    while more := _given_away(counts, sums, hidden):
        hidden.veil(more)
    return hidden


def _given_away(counts: Mapping[Key, int], sums: tuple[Sum, ...], hidden: Masked) -> set[Key]:
    """What is to be hidden too, since a sum tells a hidden number; empty where none does."""
    victims: set[Key] = set()
    for one in sums:
        met_already = any(key in victims for key in (one.total, *one.parts))
        if met_already or not _tells(one, counts, hidden):
            continue
        open_parts = [key for key in one.parts if key not in hidden and counts.get(key, 0)]
        if open_parts:
            victims.add(min(open_parts, key=lambda key: (counts[key], *map(str, key))))
        elif one.total not in hidden.veiled:
            victims.add(one.total)
    return victims


def _tells(one: Sum, counts: Mapping[Key, int], hidden: Masked) -> bool:
    """Whether a reader who knows all that is not hidden knows a hidden part, or the total."""
    known = sum(counts.get(key, 0) for key in one.parts if key not in hidden)
    unknown = [_bounds(key, counts, hidden) for key in one.parts if key in hidden]
    low, high = _bounds(one.total, counts, hidden)
    left = low - known, high - known
    if one.total in hidden and _pinned(left, _together(unknown)):
        return True
    return any(
        _pinned(own, (left[0] - others[1], left[1] - others[0]))
        for place, own in enumerate(unknown)
        for others in [_together(unknown[:place] + unknown[place + 1 :])]
    )


def _bounds(key: Key, counts: Mapping[Key, int], hidden: Masked) -> Bounds:
    """Between which numbers a reader knows one to lie, who knows how they are hidden."""
    number = counts.get(key, 0)
    if key in hidden.few:
        return 1, SMALLEST - 1
    if key in hidden.veiled:
        return (1 if number < SMALLEST else SMALLEST), inf
    return number, number


def _together(bounds: list[Bounds]) -> Bounds:
    return sum(one[0] for one in bounds), sum(one[1] for one in bounds)


def _pinned(own: Bounds, left: Bounds) -> bool:
    """Whether two bounds on one number leave a single one."""
    return max(own[0], left[0]) == min(own[1], left[1])
