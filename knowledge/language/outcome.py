"""What a clause comes to: its truth, the facts that prove it, what is missing, and why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from knowledge.language.facts import Fact, Facts
from knowledge.language.schema import Urgency
from knowledge.language.truth import Truth


@dataclass(frozen=True, slots=True)
class Proof:
    """A fact that counted, and the limit that it passed in words ("over 200 mL")."""

    fact: Fact
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The value of a clause, with its reasons."""

    truth: Truth
    proofs: tuple[Proof, ...] = ()
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


Known = dict[tuple[object, ...], "Outcome"]
"""What was asked already, and what it came to."""


@dataclass(slots=True)
class Situation:
    """What a clause is judged in: the facts, the tier in question, and how sure it must be.

    `sure`: what lowers a criterion has to be confirmed, dated and wholly within its limits.
    `preliminary`: whether preliminary observations count (criteria with an emergency tier).
    `lowering`: it belongs to what lowers a criterion, so that a "not" turns `sure` round.
    `raw`: parts are taken as they are, without what explains them away.
    `known` remembers what was asked in this tier, `shared` what all criteria ask alike.
    """

    facts: Facts
    urgency: Urgency | None = None
    preliminary: bool = True
    sure: bool = False
    lowering: bool = False
    raw: bool = False
    met: dict[str, Urgency] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    known: Known = field(default_factory=dict)
    shared: Known = field(default_factory=dict)
    _turned: Situation | None = None
    _bare: Situation | None = None

    @property
    def now(self) -> float:
        """The moment of judgement, epoch seconds."""
        return self.facts.now

    @property
    def turned(self) -> Situation:
        """The same with `sure` the other way round: what a "not" in a lowering asks."""
        if self._turned is None:
            self._turned = replace(self, sure=not self.sure, _turned=self, _bare=None)
        return self._turned

    @property
    def bare(self) -> Situation:
        """The same with parts taken as they are."""
        if self.raw:
            return self
        if self._bare is None:
            self._bare = replace(self, raw=True, _turned=None, _bare=None)
        return self._bare

    @property
    def emergency(self) -> bool:
        """Whether an emergency tier is in question."""
        return self.urgency is Urgency.EMERGENCY


Check = Callable[[Situation], Outcome]
"""A compiled clause."""

T = TypeVar("T")

BARE = {truth: Outcome(truth) for truth in Truth}
"""A truth with nothing to say for it."""


def once(items: Iterable[T]) -> tuple[T, ...]:
    """The items in their order, each once."""
    kept = items if isinstance(items, tuple) else tuple(items)
    return kept if len(kept) < 2 else tuple(dict.fromkeys(kept))


def merge(truth: Truth, parts: Sequence[Outcome]) -> Outcome:
    """Join the reasons of several outcomes under one truth."""
    proofs: tuple[Proof, ...] = ()
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    for part in parts:
        if part.proofs and part.truth is Truth.TRUE:
            proofs += part.proofs
        if part.truth is not Truth.FALSE:
            missing += part.missing
        if part.reasons:
            reasons += part.reasons
    if not (proofs or missing or reasons):
        return BARE[truth]
    return Outcome(truth, once(proofs), once(missing), once(reasons))
