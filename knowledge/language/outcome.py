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


@dataclass(slots=True)
class Situation:
    """What a clause is judged in: the facts, the tier in question, and how sure it must be.

    `sure`: what lowers a criterion has to be confirmed, dated and wholly within its limits.
    `preliminary`: whether preliminary observations count (criteria with an emergency tier).
    `lowering`: it belongs to what lowers a criterion, so that a "not" turns `sure` round.
    `raw`: parts are taken as they are, without what explains them away.
    """

    facts: Facts
    urgency: Urgency | None = None
    preliminary: bool = True
    sure: bool = False
    lowering: bool = False
    raw: bool = False
    met: dict[str, Urgency] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    known: dict[tuple[int, bool, bool], Outcome] = field(default_factory=dict)

    @property
    def now(self) -> float:
        """The moment of judgement, epoch seconds."""
        return self.facts.now

    @property
    def emergency(self) -> bool:
        """Whether an emergency tier is in question."""
        return self.urgency is Urgency.EMERGENCY


Check = Callable[[Situation], Outcome]
"""A compiled clause."""

T = TypeVar("T")

FALSE = Outcome(Truth.FALSE)
TRUE = Outcome(Truth.TRUE)


def once(items: Iterable[T]) -> tuple[T, ...]:
    """The items in their order, each once."""
    return tuple(dict.fromkeys(items))


def merge(truth: Truth, parts: Sequence[Outcome]) -> Outcome:
    """Join the reasons of several outcomes under one truth."""
    return Outcome(
        truth,
        once(proof for part in parts for proof in part.proofs if part.truth is Truth.TRUE),
        once(name for part in parts for name in part.missing),
        once(why for part in parts for why in part.reasons),
    )
