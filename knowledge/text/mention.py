"""What a text says of a finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Assertion(StrEnum):
    """Whether the finding is there, by the words around it."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    """A question without an answer, "not tested", "unlikely"."""
    PAST = "past"
    FAMILY = "family"
    SUSPECTED = "suspected"
    HYPOTHETICAL = "hypothetical"
    """As in "if you develop …", "risk of", "to check for"."""


class Quality(StrEnum):
    """How a function is said to be: "reduced saddle sensation", "saddle sensation intact"."""

    ABNORMAL = "abnormal"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase found. `start` and `end` count characters of the normalised text.

    `clause` is the normalised clause with its label ("left leg : numbness") and its answer.
    For a function ("anal tone") `quality` is the message, and `assertion` is PRESENT unless the
    statement is of the past, of a relative, suspected, hypothetical or unknown.
    """

    phrases: str
    assertion: Assertion
    quality: Quality | None
    start: int
    end: int
    clause: str
