"""Three values all the way: true, false, and unknown, which is an answer too."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    """A value of Kleene's strong three-valued logic."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # the inherited one is slow, and asked a thousand times a chart

    def __invert__(self) -> Truth:
        """Not: unknown stays unknown."""
        return _NOT[self]


_NOT = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}


def all_of(values: Iterable[Truth]) -> Truth:
    """And: one false decides, else one unknown leaves it open."""
    found = values if isinstance(values, list) else list(values)
    if Truth.FALSE in found:
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in found else Truth.TRUE


def any_of(values: Iterable[Truth]) -> Truth:
    """Or: one true decides, else one unknown leaves it open."""
    found = values if isinstance(values, list) else list(values)
    if Truth.TRUE in found:
        return Truth.TRUE
    return Truth.UNKNOWN if Truth.UNKNOWN in found else Truth.FALSE


def at_least(count: int, values: Iterable[Truth]) -> Truth:
    """At least `count` of the values are true; unknown where the open ones could make it so."""
    found = list(values)
    sure = found.count(Truth.TRUE)
    if sure >= count:
        return Truth.TRUE
    return Truth.UNKNOWN if sure + found.count(Truth.UNKNOWN) >= count else Truth.FALSE
