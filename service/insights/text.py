"""The figures in a terminal, in 80 columns or fewer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service.insights import figures as of
from service.insights.naming import Names
from service.insights.sheet import NOTE, Sheet, Shown
from service.insights.summary import summary
from service.insights.tables import Line, calls_by_week, emergencies, kinds

NARROW = 60
"""In fewer columns a criterion's numbers stand under its name, not beside it."""

ENDS = (of.ACCEPTED, of.OVERRIDDEN, of.IGNORED)
BARS = "▁▂▃▄▅▆▇█"
FINDINGS = 10
"""So many findings are named for want of which criteria were unknown; all are in the file."""


def write_text(console: Console, sheet: Sheet, names: Names) -> None:
    """Print everything that fits a terminal; week by week only how many calls and cards."""
    for part in _parts(sheet, names, console.width < NARROW):
        console.print(part)


def _parts(sheet: Sheet, names: Names, narrow: bool) -> Iterator[RenderableType]:
    period = sheet.figures.period
    of_whom = [f"{name} {value}" for name, value in _whose(sheet) if value is not None]
    yield Text("How the cards fare", style="bold underline")
    yield Text(", ".join([f"{period.since} to {period.until}", *of_whom]))
    if sheet.figures.empty:
        yield Text("\nNothing is recorded of these days.")
        return
    yield from _answers(sheet, names)
    yield _head("By criterion")
    yield from _stacked(sheet, names) if narrow else [_by_criterion(sheet, names)]
    for title, what in (
        ("Why cards were overridden", of.OVERRIDDEN),
        ("Unknown for want of", of.UNKNOWN),
    ):
        rows = kinds(sheet, names, what)[:FINDINGS]
        yield from _listing(title, rows)
    yield _head("Emergencies")
    yield from _emergencies(emergencies(sheet, names), narrow)
    yield _head("Calls by week")
    yield _table(("week", "calls", "answered", "failed", "incomplete"), calls_by_week(sheet))
    yield from _listing("Refused or failed", kinds(sheet, names, of.FAILED))
    yield from _listing("Incomplete for want of", kinds(sheet, names, of.INCOMPLETE))
    yield from _listing("Feedback kept apart", kinds(sheet, names, of.STRANGE))
    if sheet.masks:
        yield Text(f"\n{NOTE}", style="dim")


def _whose(sheet: Sheet) -> tuple[tuple[str, str | None], ...]:
    period = sheet.figures.period
    return ("client", period.client), ("tenant", period.tenant)


def _answers(sheet: Sheet, names: Names) -> Iterator[RenderableType]:
    for one in summary(sheet, names):
        yield _head(one.question)
        yield from (Padding(Text(line), (0, 0, 0, 2)) for line in one.says)


def _by_criterion(sheet: Sheet, names: Names) -> Table:
    """The cells are few, so that the name has room; cards by week stand as small bars."""
    table = _empty(("", "cards", "/1,000", "acc.", "over.", "ign.", "time", "by week"))
    for criterion in (*sheet.figures.criteria, of.ALL):
        if not sheet.figures[of.Key(of.CARDS, criterion)] and criterion:
            continue
        name = names.criterion(criterion) if criterion else "All"
        outcomes = (str(sheet.count(what, criterion)) for what in ENDS)
        table.add_row(
            Text(name),
            str(sheet.count(of.CARDS, criterion)),
            str(sheet.rate(criterion)),
            *outcomes,
            str(sheet.seconds(criterion)),
            _bars(_weekly(sheet, criterion)),
        )
    return table


def _stacked(sheet: Sheet, names: Names) -> Iterator[RenderableType]:
    for criterion in (*sheet.figures.criteria, of.ALL):
        if not sheet.figures[of.Key(of.CARDS, criterion)] and criterion:
            continue
        told = (f"{sheet.count(what, criterion)} {what}" for what in ENDS)
        cards = f"{sheet.count(of.CARDS, criterion)} cards ({sheet.rate(criterion)} per 1,000)"
        yield Text(names.criterion(criterion) if criterion else "All", style="bold")
        yield Padding(Text(f"{cards}: {', '.join(told)}"), (0, 0, 0, 2))
        yield Padding(Text(_bars(_weekly(sheet, criterion))), (0, 0, 0, 2))


def _emergencies(lines: Sequence[Line], narrow: bool) -> Iterator[RenderableType]:
    head = ("cards", "overridden", "later confirmed", "without a card")
    if not narrow:
        yield _table(("", *head), lines)
        return
    for line in lines:
        told = (f"{cell} {what}" for what, cell in zip(head, line.cells, strict=True))
        yield Text(line.name, style="bold")
        yield Padding(Text(", ".join(told)), (0, 0, 0, 2))


def _weekly(sheet: Sheet, criterion: str) -> list[Shown]:
    return [sheet.count(of.CARDS, criterion, week) for week in sheet.figures.period.weeks]


def _bars(numbers: Sequence[Shown]) -> str:
    """A sign for each week: a space for none, `?` for what is hidden."""
    highest = max((one.size or 0 for one in numbers), default=0) or 1
    return "".join(_bar(one, highest) for one in numbers)


def _bar(number: Shown, highest: float) -> str:
    if number.size is None:
        return "?"
    return BARS[round((len(BARS) - 1) * number.size / highest)] if number.size else "·"


def _listing(title: str, rows: Sequence[Line]) -> Iterator[RenderableType]:
    if rows:
        yield _head(title)
        yield _table(None, rows)


def _table(head: Sequence[str] | None, rows: Iterable[Line]) -> Table:
    lines = list(rows)
    table = _empty(head or ("", *([""] * len(lines[0].cells))), show_header=head is not None)
    for line in lines:
        table.add_row(Text(line.name), *line.cells)
    return table


def _empty(head: Sequence[str], show_header: bool = True) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=show_header)
    name, *others = head
    table.add_column(name, overflow="fold")
    for one in others:
        table.add_column(one, justify="right", overflow="fold")
    return table


def _head(title: str) -> Text:
    return Text(f"\n{title}", style="bold")
