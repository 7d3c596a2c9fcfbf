"""The examples of all criteria and findings, run: what each expects and what it gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from knowledge.chart.decode import Decoded, read_body
from knowledge.checks import overrides
from knowledge.checks.short import LISTS, NOW, facts_of
from knowledge.evaluation import Judged
from knowledge.language.criteria import Compiled, is_confirmed
from knowledge.language.facts import Facts, Standing
from knowledge.language.files import Fault
from knowledge.language.schema import Criterion, Example, Finding, FindingExample, Urgency
from knowledge.order_checks import NAME as ORDER_CHECKS
from knowledge.order_checks import NeedlessExample, OrderChecks
from knowledge.reading.reader import Chart, ChartReader

if TYPE_CHECKING:
    from knowledge.library import Library

CAUTIONS = "cautions"
"""The file whose examples belong to no criterion and no finding."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that does not hold: where it stands, what it expects and what it gets.

    `of`: the criterion or the finding that it belongs to, `case`: the example itself.
    """

    fault: Fault
    example: str
    expected: str
    got: str
    of: Criterion | Finding | None = None
    case: Example | FindingExample | None = None

    def __str__(self) -> str:
        """One readable difference."""
        place = f"{self.fault.file}:{self.fault.line}: {self.example}"
        return f"{place}\n    expected {self.expected}\n    got      {self.got}"


def run(library: Library, only: str | None = None) -> list[Failure]:
    """All examples that do not hold, in the order of the files; of one id only."""
    failures = [
        one for criterion in _some(library.criteria, only) for one in _of(library, criterion)
    ]
    failures += [
        one for finding in _some(library.findings, only) for one in _reads(library, finding)
    ]
    failures += _minded(library) if only in (None, CAUTIONS) else ()
    failures += _needless(library) if only in (None, ORDER_CHECKS) else ()
    failures += _quieting(library) if only in (None, overrides.NAME) else ()
    return failures


def count(library: Library, only: str | None = None) -> int:
    """How many examples there are."""
    judged = sum(len(one.examples) for one in _some(library.criteria, only))
    read = sum(len(one.examples) for one in _some(library.findings, only))
    minded = len(library.cautions.file.examples) if only in (None, CAUTIONS) else 0
    needless = len(library.order_checks.file.examples) if only in (None, ORDER_CHECKS) else 0
    told = overrides.load_examples(library.folder) if only in (None, overrides.NAME) else None
    return judged + read + minded + needless + (len(told[0].examples) if told else 0)


One = TypeVar("One")


def _some(of: Mapping[str, One], only: str | None) -> list[One]:
    return [one for name, one in of.items() if only in (None, name)]


def judge_example(library: Library, criterion: Criterion, example: Example) -> Judged:
    """The criterion's result for one example. Raises ValueError where it cannot be read."""
    facts = facts_of(example, library.findings)
    return library.judge_one(_compiled(library, criterion), facts, met_of(library, example))


def _compiled(library: Library, criterion: Criterion) -> Compiled:
    return next(one for one in library.compiled if one.criterion.id == criterion.id)


def confirms(compiled: Compiled, example: Example, facts: Facts) -> bool:
    """Whether `confirmed_by` comes out as an example says; one that says nothing is not asked."""
    return example.confirmed in (None, is_confirmed(compiled, facts))


def met_of(library: Library, example: Example) -> dict[str, Urgency]:
    """The other criteria that an example says are met, each with its urgency."""
    at = example.met_at
    return {name: at or library.criteria[name].most_urgent for name in example.met}


def outcome_of(judged: Judged) -> str:
    """The urgency where it is met, else `not-met` or `unknown`."""
    return str(judged.urgency) if judged.urgency else judged.outcome


def expected_of(example: Example) -> dict[str, Any]:
    """What an example says that comes out."""
    expected: dict[str, Any] = {"outcome": example.expect}
    if example.clock is not None:
        expected["clock"] = example.clock
    if example.says is not None:
        expected["says"] = example.says
    if example.missing is not None:
        expected["missing"] = sorted(example.missing)
    if example.held_back_by is not None:
        expected["held back by"] = sorted(example.held_back_by)
    if example.work_up is not None:
        expected["work-up"] = example.work_up
    return expected


def got_of(example: Example, judged: Judged) -> dict[str, Any]:
    """What came out, as far as the example says something of it."""
    got: dict[str, Any] = {"outcome": outcome_of(judged)}
    if example.clock is not None:
        got["clock"] = judged.clock or "none"
    if example.says is not None:
        summary = judged.words.summary if judged.words else "nothing"
        got["says"] = example.says if example.says in summary else summary
    if example.missing is not None:
        got["missing"] = sorted(judged.missing)
    if example.held_back_by is not None:
        got["held back by"] = sorted(judged.held_back_by)
    if example.work_up is not None:
        got["work-up"] = str(judged.work_up.state) if judged.work_up else "none"
    return got


def _of(library: Library, criterion: Criterion) -> Iterator[Failure]:
    for number, example in enumerate(criterion.examples):
        fault = library.documents[criterion.id].fault(("examples", number), example.name)
        try:
            judged = judge_example(library, criterion, example)
        except (ValueError, LookupError, TypeError) as error:
            what = "an example that can be read"
            yield Failure(fault, example.name, what, str(error), criterion, example)
            continue
        expected, got = expected_of(example), got_of(example, judged)
        if expected != got:
            told = f"{_show(got)}{_why(judged)}"
            yield Failure(fault, example.name, _show(expected), told, criterion, example)
        facts = facts_of(example, library.findings)
        if not confirms(_compiled(library, criterion), example, facts):
            sides = ("not confirmed", "confirmed")
            wanted, got_ = sides[bool(example.confirmed)], sides[not example.confirmed]
            yield Failure(fault, example.name, wanted, got_, criterion, example)


def _show(found: dict[str, Any]) -> str:
    return "; ".join(
        f"{key} {', '.join(value) if isinstance(value, list) else value}"
        for key, value in found.items()
    )


def _why(judged: Judged) -> str:
    parts = [one.finding for one in judged.evidence]
    words = [f"evidence {', '.join(parts)}"] if parts else []
    words += [f"missing {', '.join(judged.missing)}"] if judged.missing else []
    words += [f"why not: {'; '.join(judged.reasons)}"] if judged.reasons else []
    return f"  [{' | '.join(words)}]" if words else ""


def _minded(library: Library) -> Iterator[Failure]:
    """The examples of what a card says beside a scan."""
    for number, one in enumerate(library.cautions.file.examples):
        fault = library.documents[CAUTIONS].fault(("examples", number), one.name)
        chart = Example(name=one.name, chart=one.chart, expect="not-met")
        facts = facts_of(chart, library.findings)
        got = sorted(noted.id for noted in library.cautions.judge(facts))
        if got != sorted(one.expect):
            expected = ", ".join(sorted(one.expect))
            yield Failure(fault, one.name, expected or "nothing", ", ".join(got) or "nothing")


def _needless(library: Library) -> Iterator[Failure]:
    """The examples of when a scan is not advised."""
    for number, one in enumerate(library.order_checks.file.examples):
        got = needless_of(library.order_checks, one, library.findings)
        if got != one.expect:
            fault = library.documents[ORDER_CHECKS].fault(("examples", number), one.name)
            yield Failure(fault, one.name, one.expect, got)


def _quieting(library: Library) -> Iterator[Failure]:
    """The examples of what stays quiet after an override."""
    told = overrides.load_examples(library.folder)
    for number, one in enumerate(told[0].examples if told else ()):
        expected = overrides.expected_of(one)
        try:
            got = overrides.got_of(library, one, library.quieting)
        except ValueError as error:
            got = {"cannot be read": str(error)}
        if told and got != expected:
            fault = told[1].fault(("examples", number), one.name)
            yield Failure(fault, one.name, _show(expected), _show(got))


def needless_of(
    checks: OrderChecks, example: NeedlessExample, findings: Mapping[str, Finding]
) -> str:
    """What comes out for one example."""
    told = {"chart": example.chart, "age": example.age, "not_supplied": example.not_supplied}
    chart = Example(name=example.name, expect="not-met", **told)
    return "not-advised" if checks.needless(facts_of(chart, findings)) else "nothing"


# -- findings: a resource, and the answer that it gives -----------------------------------------


def _reads(library: Library, finding: Finding) -> Iterator[Failure]:
    for number, example in enumerate(finding.examples):
        document = library.documents[f"findings/{finding.id}"]
        fault = document.fault(("examples", number), example.name)
        facts = read_chart(library.reader, decoded_of(example.resource))
        expected, got = read_expected(example), read_got(finding, example, facts)
        if expected != got:
            told = _show(expected), _show(got)
            yield Failure(fault, example.name, *told, finding, example)


def read_expected(example: FindingExample) -> dict[str, Any]:
    """What an example says that is read."""
    expected: dict[str, Any] = {"answer": example.expect}
    if example.ignored is not None:
        expected["ignored"] = example.ignored
    if example.site:
        expected["site"] = sorted(example.site)
    if example.side:
        expected["side"] = sorted(example.side)
    if example.worse is not None:
        expected["worse"] = example.worse
    if example.began is not None:
        expected["began"] = example.began
    if example.value is not None:
        expected["value"] = [f"{example.value.value:.4g} {example.value.unit}"]
    return expected


def read_got(finding: Finding, example: FindingExample, facts: Facts) -> dict[str, Any]:
    """What was read, as far as the example says something of it."""
    standing = facts.standing.get(finding.id, Standing())
    said = (*standing.present, *standing.past, *standing.absent)
    got: dict[str, Any] = {"answer": _answer(standing)}
    if example.ignored is not None:
        got["ignored"] = ", ".join(sorted({one.reason for one in facts.ignored}))
    if example.site:
        got["site"] = sorted({site for fact in said for site in fact.sites})
    if example.side:
        got["side"] = sorted({side for fact in said for side in fact.sides})
    if example.worse is not None:
        got["worse"] = any(fact.worse for fact in said)
    if example.began is not None:
        got["began"] = min((_day(fact.began.start) for fact in said if fact.began), default="never")
    if example.value is not None:
        numbers = [fact.number for fact in said if fact.number]
        got["value"] = [f"{number.value:.4g} {number.unit}" for number in numbers]
    return got


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def decoded_of(resource: dict[str, Any]) -> Decoded:
    """One resource, or a Bundle of several, as it would be sent."""
    body = {"id": "example", "status": _STATUS.get(resource["resourceType"])} | resource
    body = {key: value for key, value in body.items() if value is not None}
    return read_body(msgspec.json.encode(body))


def read_chart(reader: ChartReader, decoded: Decoded) -> Facts:
    """The facts of a chart, judged at the examples' moment."""
    return reader.read(Chart(decoded, None, None, LISTS), NOW, ZoneInfo("UTC"))


_STATUS = {
    "Observation": "final",
    "DiagnosticReport": "final",
    "Procedure": "completed",
    "ServiceRequest": "active",
    "MedicationRequest": "active",
    "Encounter": "in-progress",
    "Device": "active",
}


def _answer(standing: Standing) -> str:
    if any(fact.suspected for fact in standing.present):
        return "suspected"
    for name in ("present", "past", "absent", "unknown"):
        if getattr(standing, name):
            return name
    return "nothing"


def main() -> None:
    """Print every failure: `python -m knowledge.checks.examples`."""
    from knowledge.library import load_library

    library = load_library()
    failures = run(library)
    for failure in failures:
        print(failure)  # noqa: T201 - it is a command
    print(f"{count(library) - len(failures)} passed, {len(failures)} failed")  # noqa: T201


if __name__ == "__main__":
    main()
