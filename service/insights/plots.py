"""Pictures of figures: SVG drawn here, told apart by pattern, each number written beside its bar.

Nothing rests on a colour. All are as wide as a small screen, so that their words stay readable;
a wide page puts them side by side. What is hidden has its word and no bar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from markupsafe import Markup, escape

from service.insights.period import Period
from service.insights.sheet import HIDDEN, Shown

WIDTH = 360
BARS = 100
"""The height of the highest bar of a week."""

LINE = 14
"""From one line of words to the next."""

LEAST = 2
"""Even a small number has a bar that is seen."""

GAP = 4
"""Between a bar and its words."""

THICK = 0.72
"""How much of a week's room its bar takes."""

ROW, BAR = 34, 12
"""A row's height, its words above its bar; the height of a bar that lies."""

AT_MOST = 13
"""So many weeks have their names and numbers written; of more, only each second, third …"""

NUMBERS = 60
"""The room to the right of a lying bar for its number."""

PATTERNS = Markup(
    '<svg width="0" height="0" aria-hidden="true" class="patterns"><defs>'
    '<pattern id="stripes" width="5" height="5" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path d="M0 0V5" stroke="currentColor" stroke-width="2.4"/>'
    '</pattern><pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<circle cx="2.5" cy="2.5" r="1" fill="currentColor"/></pattern></defs></svg>'
)
"""What the pictures of a page are filled with: it stands once in the page."""

FILLS = {
    "solid": "currentColor",
    "stripes": "url(#stripes)",
    "dots": "url(#dots)",
    "empty": "none",
    "dashed": "none",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One kind in a bar that is made of several, and its pattern (`FILLS`)."""

    name: str
    fill: str


HIDDEN_PART = Part("hidden", "dashed")


def weekly(title: str, period: Period, numbers: Sequence[Shown], fill: str = "solid") -> Markup:
    """A bar for each week of a period; an empty week has its 0."""
    top = LINE * 2
    height = top + BARS + LINE * 2
    return _picture(
        title, height, _weeks(period, numbers, fill, top + BARS), _told(period, numbers)
    )


def _weeks(period: Period, numbers: Sequence[Shown], fill: str, base: int) -> Iterator[str]:
    step = WIDTH / len(numbers)
    highest = max((one.size or 0 for one in numbers), default=0) or 1
    each = ceil(len(numbers) / AT_MOST)
    yield f'<path d="M0 {base}H{WIDTH}" stroke="currentColor"/>'
    for place, (week, number) in enumerate(zip(period.weeks, numbers, strict=True)):
        middle = step * (place + 1 / 2)
        tall = max(BARS * number.size / highest, LEAST) if number.size else 0
        if tall:
            yield _box(middle - step * THICK / 2, base - tall, step * THICK, tall, fill)
        if place % each == 0:
            yield _word(middle, base - tall - GAP, short(number), "number")
            yield _word(middle, base + LINE, _week(period, week), "week")


def _week(period: Period, week: date) -> str:
    """Its number in its year; with a star where only a part of it is counted."""
    return f"{week.isocalendar().week}{'' if period.whole(week) else '*'}"


def _told(period: Period, numbers: Sequence[Shown]) -> str:
    pairs = zip(period.weeks, numbers, strict=True)
    return "; ".join(f"week {_week(period, week)}: {number}" for week, number in pairs)


def lying(title: str, rows: Sequence[tuple[str, Shown]], fill: str = "stripes") -> Markup:
    """A bar for each name, under the name, with its number beside it."""
    return _picture(title, ROW * len(rows) + LINE, _rows(rows, fill), _listed(rows))


def _rows(rows: Sequence[tuple[str, Shown]], fill: str) -> Iterator[str]:
    highest = max((one.size or 0 for _, one in rows), default=0) or 1
    for place, (name, number) in enumerate(rows):
        top = ROW * place + LINE
        wide = max((WIDTH - NUMBERS) * (number.size or 0) / highest, LEAST)
        yield _word(0, top, _cut(name), "name")
        if number.size:
            yield _box(0, top + GAP + 1, wide, BAR, fill)
        yield _word((wide if number.size else 0) + GAP, top + GAP + BAR - 1, str(number), "beside")


@dataclass(frozen=True, slots=True)
class Division:
    """A whole, and the sizes of its parts; a part that is hidden is a rest of the whole."""

    name: str
    whole: Shown
    parts: tuple[Shown, ...]


def shares(title: str, parts: Sequence[Part], rows: Sequence[Division]) -> Markup:
    """A bar of one length for each whole, divided by parts; the whole's number beside it."""
    told = "; ".join(
        f"{row.name}: {row.whole}, of these "
        + ", ".join(f"{one} {part.name}" for part, one in zip(parts, row.parts, strict=True))
        for row in rows
    )
    rest = any(one.size is None for row in rows for one in row.parts)
    legend = [*parts, HIDDEN_PART] if rest else list(parts)
    return _picture(title, LINE * 2 + LINE + ROW * len(rows), _divided(legend, rows), told)


def _divided(legend: Sequence[Part], rows: Sequence[Division]) -> Iterator[str]:
    left = 0.0
    for part in legend:
        yield _box(left, GAP - 1, BAR, BAR, part.fill)
        yield _word(left + BAR + GAP, BAR + 1, part.name, "beside")
        left += BAR * 2 + LETTER * len(part.name)
    for place, row in enumerate(rows):
        top = ROW * place + LINE * 2 + LINE
        yield _word(0, top, _cut(row.name), "name")
        if row.whole.size:
            yield from _bar(legend, row, row.whole.size, top + GAP + 1)
        yield _word(
            (WIDTH - NUMBERS if row.whole.size else 0) + GAP,
            top + GAP + BAR - 1,
            str(row.whole),
            "beside",
        )


def _bar(legend: Sequence[Part], row: Division, whole: float, top: float) -> Iterator[str]:
    """The parts that are known, one after the other; what is left is hidden."""
    sizes = [one.size or 0 for one in row.parts]
    left = 0.0
    for part, size in zip(legend, [*sizes, whole - sum(sizes)], strict=False):
        wide = (WIDTH - NUMBERS) * size / whole
        if wide:
            yield _box(left, top, wide, BAR, part.fill)
        left += wide


def spark(numbers: Sequence[Shown]) -> Markup:
    """Small bars without words, for a row of a table that tells the numbers elsewhere."""
    highest = max((one.size or 0 for one in numbers), default=0) or 1
    step, high = 7, 24
    found = [f'<path d="M0 {high}H{step * len(numbers)}" stroke="currentColor"/>']
    for place, one in enumerate(numbers):
        tall = max(high * one.size / highest, LEAST) if one.size else 0
        if tall or one.size is None:
            fill = "solid" if tall else "dashed"
            found.append(_box(place * step + 1, high - (tall or GAP), step - 2, tall or GAP, fill))
    size = f'width="{step * len(numbers)}" height="{high + 1}"'
    return Markup(f'<svg class="spark" {size} aria-hidden="true">{"".join(found)}</svg>')


def short(number: Shown) -> str:
    """So short that it stands above a narrow bar: `8.4k`; `?` for what is hidden."""
    if number.text == HIDDEN:
        return "?"
    if number.size is None or number.size < 10:
        return number.text.removesuffix(".0")
    if number.size < 1000:
        return f"{number.size:.0f}"
    return f"{number.size / 1000:.1f}k"


def _picture(title: str, height: float, drawn: Iterator[str], told: str) -> Markup:
    """A figure with its title in words above it, and its numbers for who cannot see it."""
    box = f"0 0 {WIDTH} {height:.0f}"
    return Markup(
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="{box}" role="img" '
        f'aria-label="{escape(title)}. {escape(told)}">{"".join(drawn)}</svg></figure>'
    )


def _listed(rows: Sequence[tuple[str, Shown]]) -> str:
    return "; ".join(f"{name}: {number}" for name, number in rows)


def _box(left: float, top: float, wide: float, high: float, fill: str) -> str:
    place = f'x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}"'
    line = ' stroke-dasharray="2 2"' if fill == "dashed" else ""
    return f'<rect {place} fill="{FILLS[fill]}" stroke="currentColor"{line}/>'


def _word(left: float, base: float, text: str, kind: str) -> str:
    return f'<text x="{left:.1f}" y="{base:.1f}" class="{kind}">{escape(text)}</text>'


LETTER = 6.6
"""The room for a letter of the small words."""

LETTERS = 52
"""So many letters of a name are sure to fit above a bar."""


def _cut(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"
