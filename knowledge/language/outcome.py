"""What a clause comes to: its truth, the facts that prove it, what is missing, and why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
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


Outcomes = dict[int, Outcome]
"""What checks came to, by the `id` of each."""

Known = dict[tuple[bool, ...], Outcomes]
"""What was asked already in each kind of situation, and what it came to."""


@dataclass(slots=True)
class Situation:
    """What a clause is judged in: the facts, the tier in question, and how sure it must be.

    `sure`: what lowers a criterion has to be confirmed, dated and wholly within its limits.
    `preliminary`: whether preliminary observations count (criteria with an emergency tier).
    `lowering`: it belongs to what lowers a criterion, so that a "not" turns `sure` round.
    `raw`: parts are taken as they are, without what explains them away.
    `known` remembers what was asked in this tier, `plain` what all tiers of a criterion ask where
    parts are taken as they are, `shared` what all criteria ask alike. What was asked in situations
    like this one stands in `asked` and `asked_alike`.
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
    plain: Known = field(default_factory=dict)
    shared: Known = field(default_factory=dict)
    emergency: bool = field(init=False)
    asked: Outcomes = field(init=False)
    asked_alike: Outcomes = field(init=False)
    _turned: Situation | None = None
    _bare: Situation | None = None
    _certain: Situation | None = None

    def __post_init__(self) -> None:
        self.emergency = self.urgency is Urgency.EMERGENCY
        alike = (self.sure, self.emergency, self.preliminary)
        self.asked_alike = self.shared.setdefault(alike, {})
        of = self.plain if self.raw else self.known
        self.asked = of.setdefault((*alike, self.lowering), {})

    @property
    def now(self) -> float:
        """The moment of judgement, epoch seconds."""
        return self.facts.now

    @property
    def turned(self) -> Situation:
        """The same with `sure` the other way round: what a "not" in a lowering asks."""
        if self._turned is None:
            self._turned = self._like(sure=not self.sure, raw=self.raw)
            self._turned._turned = self
        return self._turned

    @property
    def bare(self) -> Situation:
        """The same with parts taken as they are."""
        if self.raw:
            return self
        if self._bare is None:
            self._bare = self._like(sure=self.sure, raw=True)
        return self._bare

    @property
    def certain(self) -> Situation:
        """What lowers a criterion is judged in: final, sure, parts taken as they are."""
        if self._certain is None:
            self._certain = Situation(
                self.facts, self.urgency, preliminary=False, sure=True, lowering=True, raw=True,
                met=self.met, plain=self.plain, shared=self.shared,
            )  # fmt: skip
        return self._certain

    def _like(self, *, sure: bool, raw: bool) -> Situation:
        return Situation(
            self.facts, self.urgency, self.preliminary, sure, self.lowering, raw,
            self.met, self.held, self.known, self.plain, self.shared,
        )  # fmt: skip


Check = Callable[[Situation], Outcome]
"""A compiled clause."""

T = TypeVar("T")

BARE = {truth: Outcome(truth) for truth in Truth}
"""A truth with nothing to say for it."""


def once(items: Iterable[T]) -> tuple[T, ...]:
    """The items in their order, each once."""
    kept = tuple(items)  # the same one where it is a tuple
    return kept if len(kept) < 2 else tuple(dict.fromkeys(kept))


def merge(truth: Truth, parts: Sequence[Outcome]) -> Outcome:
    """Join the reasons of several outcomes under one truth."""
    proofs: tuple[Proof, ...] = ()
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    for part in parts:
        if part.proofs and part.truth is Truth.TRUE:
            proofs += part.proofs
        if part.missing and part.truth is not Truth.FALSE:
            missing += part.missing
        if part.reasons:
            reasons += part.reasons
    if not (proofs or missing or reasons):
        return BARE[truth]
    return Outcome(truth, once(proofs), once(missing), once(reasons))
