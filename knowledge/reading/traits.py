"""What stands beside a finding: where, which side, how bad, how it came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.text import Assertion, Mention

SITE = "site-"
LEFT, RIGHT, BOTH = "side-left", "side-right", "side-both"
SUDDEN, COMPLETE = "qualifier-sudden", "qualifier-complete"
WORSE, UNCHANGED = "qualifier-worse", "qualifier-unchanged"
SEVERITIES = {
    "severity-mild": "mild",
    "severity-moderate": "moderate",
    "qualifier-severe": "severe",
}
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Traits:
    """Sites and sides by their value sets, severity, and words such as sudden or worse."""

    sites: frozenset[str] = NONE
    sides: frozenset[str] = NONE
    severity: str | None = None
    sudden: bool = False
    complete: bool = False
    worse: bool = False
    unchanged: bool = False

    def and_(self, other: Traits) -> Traits:
        """Both together."""
        if other is NO_TRAITS or self is other:
            return self
        if self is NO_TRAITS:
            return other
        return Traits(
            self.sites | other.sites,
            self.sides | other.sides,
            self.severity or other.severity,
            self.sudden or other.sudden,
            self.complete or other.complete,
            self.worse or other.worse,
            self.unchanged or other.unchanged,
        )

    def or_sites_of(self, other: Traits) -> Traits:
        """With the other's qualifiers, and its sites and sides only where this has none.

        The side of another site is not borrowed: a panel of both legs says nothing of the side of
        the saddle.
        """
        if other is NO_TRAITS:
            return self
        joined = self.and_(other)
        elsewhere = self.sites and other.sites and not self.sites & other.sites
        return Traits(
            self.sites or other.sites,
            self.sides if elsewhere else self.sides or other.sides,
            joined.severity,
            joined.sudden,
            joined.complete,
            joined.worse,
            joined.unchanged,
        )

    def adds_to(self, other: Traits) -> bool:
        """Whether it names a site or a side that the other does not."""
        return not (self.sites <= other.sites and self.sides <= other.sides)


NO_TRAITS = Traits()
"""Nothing stands beside it."""


def traits_of(sets: Iterable[str]) -> Traits:
    """The traits that these value sets stand for."""
    names = frozenset(sets)
    if not names:
        return NO_TRAITS
    sides = set()
    if LEFT in names or BOTH in names:
        sides.add("left")
    if RIGHT in names or BOTH in names:
        sides.add("right")
    found = Traits(
        frozenset(name for name in names if name.startswith(SITE)),
        frozenset(sides),
        next((word for name, word in SEVERITIES.items() if name in names), None),
        SUDDEN in names,
        COMPLETE in names,
        WORSE in names,
        UNCHANGED in names,
    )
    return found if found != NO_TRAITS else NO_TRAITS


_SAID = (Assertion.PRESENT, Assertion.SUSPECTED, Assertion.PAST, Assertion.UNKNOWN)


def mentioned(mentions: Iterable[Mention]) -> Traits:
    """The traits that these mentions name, denied ones left out."""
    return traits_of(one.phrases for one in mentions if one.assertion in _SAID)


def covers(denied: frozenset[str], said: frozenset[str]) -> bool:
    """Whether a denial at these sites (or sides) speaks of what was said at those.

    A denial without a site speaks of all; one with a site only of that.
    """
    return not denied or (bool(said) and said <= denied)
