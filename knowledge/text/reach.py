"""Cues in force: how far each has come on its way to the findings before which it stands."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.text.cues import Cue


@dataclass(slots=True)
class Reach:
    """A cue on its way forward: words since it, pauses crossed, and where it must stop."""

    cue: Cue
    place: int
    words: int = 0
    item: int = 0
    pauses: int = 0
    found: bool = False
    """Whether a finding stood in its reach already."""
    weak: bool = False
    near: bool = False
    """Only over words that link it to the finding: "father paraplegic", "mother is also numb"."""
    person: bool = False
    """What somebody else has, not a list under "family history"."""
    header: bool = False
    """It stands before a colon and holds for all behind it."""
    stop: int = 0
    denied: Reach | None = None
    """For a word of loss: the negation that was in force ("no reduced tone")."""

    def is_denial(self) -> bool:
        """Whether a list after it stays denied ("denies a, b, c")."""
        return "denials" in self.cue.roles


@dataclass(frozen=True, slots=True)
class Header:
    """A cue that holds behind a colon; `sure` where the colon stands right behind it."""

    cue: Cue
    sure: bool


Before = dict[str, Reach]
"""The cues in force where a span begins, by kind (`negation`, `past` …)."""
