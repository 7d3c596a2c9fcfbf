"""What was seen while something happened: how many calls were answered, and which were lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from tests.containers.engine import expect
from tests.containers.load import FEEDBACK, HOOK, LOST, Call, Span


@dataclass
class Seen:
    """What came of one thing that happened."""

    name: str
    calls: list[Call]
    seconds: float
    kills: Sequence[Span] = ()
    arrived: float = 0
    """Seconds after which the database had every record of an answered call."""

    def count(self, kind: str) -> int:
        """Answered right."""
        return sum(one.right for one in self.calls if one.kind == kind)

    @property
    def again(self) -> int:
        """Feedback that was not acknowledged at once: the client keeps it, and sends it again."""
        return sum(one.again for one in self.calls)

    @property
    def in_flight(self) -> int:
        """Calls that somebody waited for at the kill."""
        return sum(one.met(self.kills) for one in self.calls)

    @property
    def lost(self) -> list[Call]:
        """Calls that nobody answered, or that were answered wrong."""
        return [one for one in self.calls if not one.right and not one.again]

    @property
    def slowest(self) -> float:
        """Seconds, of the hook's answers."""
        return max(one.ended - one.began for one in self.calls if one.kind == HOOK)

    def __str__(self) -> str:
        return (
            f"{self.count(HOOK)} calls and {self.count(FEEDBACK)} reports answered in "
            f"{self.seconds:.0f} s, the slowest call in {self.slowest:.2f} s; "
            f"{self.again} reports asked for again; "
            f"lost {len(self.lost)} of {self.in_flight} in flight at a kill; "
            f"all records in the database {self.arrived:.1f} s after"
        )


def ensure_right(seen: Seen) -> None:
    """No call was lost but those in flight at a kill -9."""
    more = [one for one in seen.lost if not one.met(seen.kills)]
    expect(not more, f"{seen}; lost without a kill: {len(more)}, as {_told(more)}")
    refused = [one for one in seen.lost if one.status not in (LOST, HTTPStatus.BAD_GATEWAY)]
    expect(not refused, f"answered wrong: {_told(refused)}")


def _told(calls: list[Call]) -> list[str]:
    return [
        f"{one.kind} {one.status} after {one.ended - one.began:.2f} s {one.said}"
        for one in calls[:5]
    ]
