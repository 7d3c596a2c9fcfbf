"""What is known about orders and scans that answer a red flag: `work-up.yaml`, its shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from knowledge.language.schema import Name, Parameters, Shape, Unnoticed

FILE = "work-up.yaml"

Pressing = Literal["emergency", "urgent"]


class Scan(Shape):
    """A scan that can answer a red flag, and the findings by which a chart says so.

    `call`: who is called about it. `ordered`: alternatives, each a list of orders that have to be
    there together. `done`: that it was done, whatever it shows. `shows`: that its report shows what
    was looked for.
    """

    words: str
    call: str
    ordered: tuple[tuple[Name, ...], ...] = Field(min_length=1)
    done: tuple[Name, ...] = ()
    shows: tuple[Name, ...] = ()

    @property
    def findings(self) -> Iterator[str]:
        """All findings that it names."""
        yield from (name for names in self.ordered for name in names)
        yield from (*self.done, *self.shows)


class WorkUpFile(Shape):
    """Rule G9 in numbers and names.

    `background`: findings that are never the red flag. `weak`: those that are it only where there
    is nothing else, as far as orders go. `examined`: those of the weak ones that make a red flag
    new where it was not met without them before the order. `any_order`: findings of orders of
    whatever region. `not_in_force`: drafts, revoked orders and the like. `in_force`: the status of
    an order that is. `priorities`, `clocks`: by urgency. `same_day`: how vague a date may be that
    an order of that day may answer. `mention`: older orders that silence nothing are not worth a
    word. `scanned`, `operated`: how long a report or an operation settles what was there before it.
    """

    about: str
    scans: dict[Name, Scan]
    background: tuple[Name, ...]
    weak: tuple[Name, ...]
    examined: tuple[Name, ...]
    any_order: tuple[Name, ...]
    not_in_force: Name
    in_force: str
    priorities: dict[Pressing, tuple[str, ...]]
    clocks: dict[Pressing, str]
    same_day: str
    mention: str
    scanned: str
    operated: str
    parameters: Parameters
    unnoticed: tuple[Unnoticed, ...] = ()

    @property
    def lengths(self) -> tuple[str, str, str, str]:
        """The names of its durations, beside the clocks."""
        return (self.same_day, self.mention, self.scanned, self.operated)

    @property
    def findings(self) -> Iterator[str]:
        """All findings that it names."""
        for scan in self.scans.values():
            yield from scan.findings
        yield from (*self.any_order, self.not_in_force)

    @property
    def beside(self) -> tuple[str, ...]:
        """Findings that are no red flag by themselves."""
        return (*self.background, *self.weak)
