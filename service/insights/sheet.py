"""The figures as they may be seen: as they are, or with small counts hidden."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from service.insights import figures as of
from service.insights.figures import Figures, Key
from service.insights.masking import SMALLEST, Masked, masked

FEW, HIDDEN = f"<{SMALLEST}", "hidden"
"""In place of a count of 1 to 4, and of what would give one away."""

NOTHING = "–"
"""Where there is nothing to compute from."""

NOTE = (
    f"Counts of 1 to {SMALLEST - 1} are shown as {FEW}; what could give them away, such as a "
    f"total, a rate or a median, is shown as {HIDDEN}. This is done for each sum by itself."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A number to be read: its text, and its size for a picture (None: hidden, or none)."""

    text: str
    size: float | None

    def __str__(self) -> str:
        return self.text


class Sheet:
    """What one reader may see of the figures; `masks`: without small counts."""

    def __init__(self, figures: Figures, masks: bool) -> None:
        self.figures = figures
        self.masks = masks

    @cached_property
    def hidden(self) -> Masked:
        """The keys of what this reader may not see."""
        return masked(self.figures.counts, self.figures.sums) if self.masks else Masked()

    def count(
        self, what: str, criterion: str = of.ALL, week: date | None = None, detail: str = ""
    ) -> Shown:
        """How many."""
        key = Key(what, criterion, week, detail)
        number = self.figures[key]
        if key in self.hidden:
            return Shown(FEW if key in self.hidden.few else HIDDEN, None)
        return Shown(f"{number:,}", number)

    def rate(
        self, criterion: str = of.ALL, week: date | None = None, what: str = of.CARDS
    ) -> Shown:
        """Cards per 1,000 calls that were answered."""
        calls = self.count(of.ANSWERED, week=week)
        return _ratio(self.count(what, criterion, week), calls, 1000)

    def share(self, part: Key, whole: Key) -> Shown:
        """So many of a hundred."""
        found = _ratio(self.count(*part), self.count(*whole), 100)
        return Shown(f"{found.size:.0f}%", found.size) if found.size is not None else found

    def seconds(self, criterion: str = of.ALL, week: date | None = None) -> Shown:
        """The median time to the first answer."""
        found = self.figures.seconds.get((criterion, week))
        if found is None:
            return Shown(NOTHING, None)
        kinds = (of.ACCEPTED, of.OVERRIDDEN)
        if any(self.count(kind, criterion, week).size is None for kind in kinds):
            return Shown(HIDDEN, None)
        return Shown(duration(found), found)


def _ratio(part: Shown, whole: Shown, of_each: int) -> Shown:
    if part.size is None or whole.size is None:
        return Shown(HIDDEN, None)
    if not whole.size:
        return Shown(NOTHING, None)
    found = of_each * part.size / whole.size
    return Shown(f"{found:,.1f}", found)


_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3.4 h`, `2.1 d`: in the largest unit of which there is one."""
    for name, unit in _UNITS:
        number = seconds / unit.total_seconds()
        if number >= 1:
            return f"{number:.0f} {name}" if name == "min" else f"{number:.1f} {name}"
    return f"{seconds:.0f} s"
