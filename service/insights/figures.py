"""What was counted: plain numbers, each under a key, and the sums that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from service.insights.period import Period

CALLS, ANSWERED, FAILED, INCOMPLETE = "calls", "answered", "failed", "incomplete"
CARDS, ACCEPTED, OVERRIDDEN, IGNORED, WAITING = (
    "cards", "accepted", "overridden", "ignored", "waiting",
)  # fmt: skip
MET, UNKNOWN, KEPT_BACK = "met", "unknown", "kept-back"
EMERGENCY, EMERGENCY_OVERRIDDEN, LATER_CONFIRMED = (
    "emergency", "emergency-overridden", "overridden-and-later-confirmed",
)  # fmt: skip
NEVER_SPOKEN = "confirmed-without-a-card"
STRANGE = "feedback-kept-apart"

ALL = ""
"""In place of a criterion: all of them together. A call can meet several, and leave several
unknown: of these it counts each."""


class Key(NamedTuple):
    """What is counted; of which criterion; in which week (its Monday), or (None) in all.

    `detail` is one kind of it, such as a reason; empty for all kinds together.
    """

    what: str
    criterion: str = ALL
    week: date | None = None
    detail: str = ""


class Sum(NamedTuple):
    """That one number is the sum of others, whether these are shown or not."""

    total: Key
    parts: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is shown of a period; a count that is not there is 0.

    `criteria` are all that were met, unknown or on a card, those with most cards first.
    `seconds` holds the median time to the first answer of each criterion and week (None: all).
    `clients` are those that called in these days, whoever was asked for, with their tenants.
    """

    period: Period
    as_of: datetime
    counts: Mapping[Key, int]
    seconds: Mapping[tuple[str, date | None], float]
    sums: tuple[Sum, ...]
    criteria: tuple[str, ...] = ()
    clients: tuple[tuple[str, str | None], ...] = ()

    def __getitem__(self, key: Key) -> int:
        return self.counts.get(key, 0)

    def details(self, what: str, criterion: str | None = ALL) -> tuple[str, ...]:
        """The kinds of what was counted, the most frequent first; None: of any criterion."""
        found: Counter[str] = Counter()
        for key, number in self.counts.items():
            if key.what == what and key.detail and key.week is None:
                found[key.detail] += number if criterion in (None, key.criterion) else 0
        return most_first((name, number) for name, number in found.items() if number)

    @property
    def empty(self) -> bool:
        """Whether nothing at all is recorded of these days."""
        return not any(self.counts.values())


def most_first(numbers: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """Names by their number, the highest first, then by the alphabet."""
    return tuple(name for name, _ in sorted(numbers, key=lambda one: (-one[1], one[0])))
