"""The examples of what stays quiet after an override: two charts, and what is said of the second.

They stand in `patients/quieting.yaml`; each chart is in short, as in the criteria, with its times
as seen from the moment of the second one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from knowledge.checks.short import NOW, facts_of, moment
from knowledge.evaluation import Evaluation, Judged, NewsKind, Overridden
from knowledge.language.files import Document, parse, read
from knowledge.language.schema import Example, Name, Shape, Urgency
from knowledge.quieting import MISSING, Dismissal, Quieting, marks_of

if TYPE_CHECKING:
    from knowledge.library import Library

FILE = Path("patients") / "quieting.yaml"
NAME = "quieting"
"""What the examples go by where others go by a criterion's id."""

Chart = tuple[str | dict[str, Any], ...]
Result = Literal["info", "no-card", "speaks", "not-met", "in-hand"]


class Override(Shape):
    """An override: when, with which reason's code ("none" for none), and the chart at that moment.

    `of`: the criteria that the card spoke of; without it, all that were met.
    """

    at: str
    reason: str
    chart: Chart
    of: tuple[Name, ...] = ()


class QuietExample(Shape):
    """What was overridden, the chart now, and what becomes of each criterion (or `missing`).

    `because`: in which ways something is new, for those that speak.
    """

    name: str
    overridden: tuple[Override, ...] = Field(min_length=1)
    chart: Chart
    age: float | None = None
    expect: dict[Name, Result] = Field(min_length=1)
    because: dict[Name, tuple[NewsKind, ...]] = Field(default_factory=dict)


class QuietExamples(Shape):
    """The file."""

    about: str
    examples: tuple[QuietExample, ...]


def load_examples(folder: Path) -> tuple[QuietExamples, Document] | None:
    """The file of a folder; None where it has none. Raises KnowledgeError."""
    path = folder / FILE
    if not path.is_file():
        return None
    document = read(path)
    return parse(document, QuietExamples), document


def expected_of(example: QuietExample) -> dict[str, str]:
    """What an example says that comes out, by criterion."""
    return {name: _told(found, example.because.get(name)) for name, found in example.expect.items()}


def got_of(library: Library, example: QuietExample, quieting: Quieting) -> dict[str, str]:
    """What comes out of it. Raises ValueError where a chart cannot be read."""
    known = [one for each in example.overridden for one in _dismissals(library, example, each)]
    evaluation = quieting.quieted(_evaluated(library, example, example.chart), lambda: known, NOW)
    found = {name: _result(evaluation, name) for name in example.expect}
    return {
        name: _told(result, _since(override) if name in example.because else None)
        for name, (result, override) in found.items()
    }


def fails(library: Library, example: QuietExample, quieting: Quieting) -> bool:
    """Whether it comes out other than it says."""
    return got_of(library, example, quieting) != expected_of(example)


def _told(result: str, since: Sequence[str] | None) -> str:
    return result if since is None else f"{result} ({', '.join(sorted(since))})"


def _since(found: Overridden | None) -> list[str]:
    return [] if found is None else [one.kind for one in found.since]


def _evaluated(
    library: Library, example: QuietExample, chart: Chart, at: datetime = NOW
) -> Evaluation:
    written = Example(name=example.name, chart=chart, age=example.age, expect="unknown")
    facts = replace(facts_of(written, library.findings), now=at.timestamp())
    return library.evaluate(facts, at)


def _dismissals(library: Library, example: QuietExample, told: Override) -> Iterator[Dismissal]:
    """The override of the card that spoke of all that was met then."""
    at = datetime.fromtimestamp(moment(told.at).start, UTC)
    then = _evaluated(library, example, told.chart, at)
    names = [one.criterion.id for one in then.met]
    names += [MISSING] if then.anchors and then.screen_missing else []
    if strange := sorted(set(told.of) - set(names)):
        raise ValueError(f"{', '.join(strange)}: not met when it was overridden")
    reason = "" if told.reason == "none" else told.reason
    for name in told.of or names:
        known = marks_of(then, name)
        yield Dismissal(name, known.get("urgency", ""), reason, at, known)


def _result(evaluation: Evaluation, name: str) -> tuple[Result, Overridden | None]:
    if name == MISSING:
        asked = evaluation.anchors and evaluation.screen_missing
        found = evaluation.missing_overridden
        return (_becomes(found) if asked else "not-met"), found
    judged = next(one for one in evaluation.criteria if one.criterion.id == name)
    return _of(judged), judged.overridden


def _of(judged: Judged) -> Result:
    if not judged.met:
        return "not-met"
    return "in-hand" if judged.acknowledged else _becomes(judged.overridden)


def _becomes(found: Overridden | None) -> Result:
    return (found and found.becomes) or "speaks"


def longer_when_more_urgent(lengths: Sequence[tuple[Urgency, float]]) -> Iterator[Urgency]:
    """The urgencies that stay quiet for longer than a less urgent one."""
    for urgency, length in lengths:
        if any(urgency.rank < other.rank and length > shorter for other, shorter in lengths):
            yield urgency
