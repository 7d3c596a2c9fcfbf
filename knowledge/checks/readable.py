"""An example that does not hold, told so that a clinician sees why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from knowledge.checks.deciding import Line, decide
from knowledge.checks.examples import Failure, judge_example, met_of
from knowledge.checks.short import facts_of
from knowledge.explaining.examples import Shower
from knowledge.explaining.wording import load_wording
from knowledge.language.schema import Criterion, Example, Finding, FindingExample

if TYPE_CHECKING:
    from knowledge.evaluation import Judged
    from knowledge.library import Library

_INDENT = "  "
_LABEL = 10
_MOST = 10
_MARKS = {"true": "yes", "false": "no", "unknown": "open"}


@dataclass(frozen=True, slots=True)
class Page:
    """Lines of so many columns."""

    width: int

    def labelled(self, label: str, text: str) -> Iterator[str]:
        """A label with its text beside it, wrapped."""
        yield from self.hanging(f"{_INDENT}{label:<{_LABEL}} ", text)

    def hanging(self, head: str, text: str) -> Iterator[str]:
        """Text that hangs on its head; a word that is too long for a line stands alone."""
        pad = " " * len(head)
        lines = wrap(text, max(self.width - len(head), 2 * 10), break_on_hyphens=False) or [""]
        for number, line in enumerate(lines):
            yield f"{pad if number else head}{line}".rstrip()


def tell(library: Library, failure: Failure, width: int) -> list[str]:
    """One failure in lines: where it stands, who the patient is, what was expected, and why not."""
    page = Page(width)
    title = failure.of.title if failure.of else "Beside a scan"
    lines = [f"{failure.fault.file}:{failure.fault.line}"]
    lines += page.hanging(_INDENT, f"{title}: {failure.example}")
    lines += _chart(library, failure, page)
    lines += page.labelled("expected", _bare(failure.expected))
    lines += page.labelled("got", _bare(failure.got.partition("  [")[0]))
    lines += _why(library, failure, page)
    return [*lines, ""]


def _bare(text: str) -> str:
    return text.removeprefix("outcome ").removeprefix("answer ")


def _chart(library: Library, failure: Failure, page: Page) -> Iterator[str]:
    """The patient: findings in words, or the resource as it was sent."""
    match failure.case:
        case Example():
            titles = {one.id: one.title for one in library.criteria.values()}
            shown = Shower(library.findings, titles, load_wording()).show(failure.case)
            items = [*shown.chart, *shown.more] or ["nothing on record"]
            for number, item in enumerate(items):
                yield from page.labelled("" if number else "chart", item)
        case FindingExample():
            yield from page.labelled("sent", in_short(failure.case.resource))


def in_short(value: Any) -> str:
    """A resource without the marks of JSON, systems by the end of their name."""
    if isinstance(value, dict):
        told = [f"{key} {in_short(one)}" for key, one in value.items() if key != "system"]
        return ", ".join(told) if len(told) < 2 else f"({', '.join(told)})"
    if isinstance(value, list):
        return "; ".join(map(in_short, value))
    return str(value)


def _why(library: Library, failure: Failure, page: Page) -> Iterator[str]:
    if not isinstance(failure.of, Criterion) or not isinstance(failure.case, Example):
        if isinstance(failure.of, Finding):
            yield from page.labelled("asked", failure.of.question)
        return
    try:
        judged = judge_example(library, failure.of, failure.case)
        trees = list(_deciding(library, failure.of, failure.case, judged))
    except (ValueError, LookupError, TypeError):
        return
    for because in judged.because:
        yield from page.labelled("lowered", because)
    for number, lines in enumerate(trees):
        yield from _tree(lines, page, "" if number else "why")


def _deciding(
    library: Library, criterion: Criterion, example: Example, judged: Judged
) -> Iterator[list[Line]]:
    """What decided: tiers of the urgency that was expected, up to the first that is met.

    Where none was expected, the first that is met or open is what stands against that.
    """
    facts = facts_of(example, library.findings)
    met = met_of(library, example)
    for number, tier in enumerate(criterion.tiers):
        found = decide(library, criterion, number, facts, met)
        first = found[0].truth == ("true" if judged.urgency else judged.outcome)
        if first or tier.urgency == example.expect:
            yield found
        if first:
            return


def _tree(lines: list[Line], page: Page, label: str) -> Iterator[str]:
    for number, line in enumerate(lines[:_MOST]):
        label = "" if number else label
        head = f"{_INDENT}{label:<{_LABEL}} {_MARKS[line.truth]:<5}{_INDENT * line.depth}"
        yield from page.hanging(head, line.text)
    if len(lines) > _MOST:
        yield f"{_INDENT}{'':<{_LABEL}} … and {len(lines) - _MOST} lines more"
