"""How draft orders are judged: `order-checks.yaml`, its shape, and its one clause compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from knowledge.card_files import Text, Topic, filled_with
from knowledge.evaluation import Evidence
from knowledge.filling import with_numbers
from knowledge.language.clauses import Resolve, Scope, compile_clause
from knowledge.language.criteria import evidence_of
from knowledge.language.facts import Facts
from knowledge.language.outcome import Check, Situation
from knowledge.language.schema import Asked, Clause, Finding, Name, Parameters, Shape, Unnoticed
from knowledge.language.strata import clauses
from knowledge.language.truth import Truth

NAME = "order-checks"
FILE = f"{NAME}.yaml"

Modality = Literal["mri", "ct", "xray"]
Why = Literal["kind", "region", "unnamed", "priority", "beside", "slow"]
"""What a draft lacks: another modality, more of the spine, a region, haste, company, or all."""


class DraftKind(Shape):
    """What a draft can be, by the finding that it answers.

    `spine`: judged whatever is met. `unnamed`: it says no region.
    """

    finding: Name
    words: Text
    modality: Modality
    spine: bool = True
    unnamed: bool = False


class Instead(Shape):
    """What can stand in for an MRI, where a caution asks for it or always."""

    findings: tuple[Name, ...] = Field(min_length=1)
    with_caution: Name | None = None


class Narrower(Shape):
    """Regions that together are enough where nothing but this criterion asks for more."""

    criterion: Name
    urgency: Literal["emergency", "urgent"]
    findings: tuple[Name, ...] = Field(min_length=1)
    sources: tuple[Name, ...] = Field(min_length=1)


_SCAN = ("title", "scan", "draft")


class WrongScan(Shape):
    """The first line where another scan is needed."""

    emergency: Annotated[str, filled_with(*_SCAN, "now")]
    urgent: Annotated[str, filled_with(*_SCAN)]


class Slow(Shape):
    """The first line where the scan is right and its priority too low."""

    emergency: Annotated[str, filled_with("title", "draft", "priority", "now")]
    urgent: Annotated[str, filled_with("title", "draft", "priority")]


class FitReasons(Shape):
    """What a draft lacks, behind it in its line."""

    kind: Text
    region: Text
    unnamed: Text
    priority: Annotated[str, filled_with("priority")]
    beside: Text
    slow: Annotated[str, filled_with("priority")]


class Fit(Shape):
    """The words about a draft that is not enough. `slow`: no scan answers the emergency."""

    kind: WrongScan
    region: WrongScan
    unnamed: WrongScan
    beside: WrongScan
    priority: Slow
    slow: Annotated[str, filled_with("title", "now", "draft")]
    why: FitReasons


class Contrast(Shape):
    """Contrast that is not needed. `where`: the wanted orders that ask for none."""

    finding: Name
    where: tuple[Name, ...] = Field(min_length=1)
    instead: tuple[Name, ...] = Field(min_length=1)
    sources: tuple[Name, ...] = Field(min_length=1)
    topic: Topic
    summary: Annotated[str, filled_with("title")]
    do: tuple[Text, ...]


class SafetyOf(Shape):
    """A caution of `cautions.yaml`, and which drafts it concerns."""

    caution: Name
    of: Literal["mri", "contrast"]


class SafetySummary(Shape):
    """The first line about a scan that needs a check first."""

    mri: Annotated[str, filled_with("found")]
    contrast: Annotated[str, filled_with("found")]


class Safety(Shape):
    """What to check before a drafted MRI. `criterion`: whose page is shown where none is met."""

    cautions: tuple[SafetyOf, ...]
    criterion: Name
    topic: Topic
    summary: SafetySummary
    emergency: Text


class Needless(Shape):
    """When a scan is not advised: `when`, on charts with one of the lists of `needs`.

    `complaints`: those of its findings that are no reason for a scan; a draft that gives another
    one as its reason is left alone, and so is one of a priority that is not in `priorities`.
    """

    needs: tuple[str, ...] = Field(min_length=1)
    priorities: tuple[str, ...] = Field(min_length=1)
    complaints: tuple[Name, ...] = Field(min_length=1)
    when: Clause
    criterion: Name
    sources: tuple[Name, ...] = Field(min_length=1)
    topic: Topic
    summary: Text
    do: tuple[Text, ...]


class DraftWords(Shape):
    """The words about drafts that all these cards share."""

    heading: Text
    line: Annotated[str, filled_with("draft", "reference")]
    wrong: Annotated[str, filled_with("draft", "reference", "why")]
    change: Annotated[str, filled_with("order")]
    changed: Annotated[str, filled_with("order")]
    escalate: Annotated[str, filled_with("priority")]
    escalated: Annotated[str, filled_with("priority")]


class NeedlessExample(Shape):
    """A patient in short, and whether a scan is not advised."""

    name: str
    chart: tuple[str | dict[str, Any], ...] = ()
    age: float | None = None
    not_supplied: tuple[str, ...] = ()
    expect: Literal["not-advised", "nothing"]


class OrderChecksFile(Shape):
    """The file `order-checks.yaml`."""

    about: str
    kinds: tuple[DraftKind, ...] = Field(min_length=1)
    instead_of_mri: tuple[Instead, ...] = ()
    narrower: tuple[Narrower, ...] = ()
    scans: dict[Name, Text]
    fit: Fit
    contrast: Contrast
    safety: Safety
    needless: Needless
    parameters: Parameters
    words: DraftWords
    unnoticed: tuple[Unnoticed, ...] = ()
    examples: tuple[NeedlessExample, ...] = ()

    @property
    def findings(self) -> Iterator[str]:
        """All findings of orders that it names."""
        yield from (one.finding for one in self.kinds)
        yield from (name for one in self.instead_of_mri for name in one.findings)
        yield from (name for one in self.narrower for name in one.findings)
        yield self.contrast.finding

    @property
    def cautions(self) -> Iterator[str]:
        """All cautions that it names."""
        yield from (one.caution for one in self.safety.cautions)
        yield from (one.with_caution for one in self.instead_of_mri if one.with_caution)


@dataclass(frozen=True, slots=True)
class OrderChecks:
    """The file with numbers in its words, and its clause as a function.

    `flags`: what speaks for a scan, in the chart or as the reason of a draft.
    """

    file: OrderChecksFile
    check: Check
    flags: frozenset[str]

    @classmethod
    def of(
        cls, file: OrderChecksFile, findings: Mapping[str, Finding], resolve: Resolve
    ) -> OrderChecks:
        """Compile it once, at the start."""
        check = compile_clause(file.needless.when, Scope(NAME, findings, resolve))
        number = partial(resolve, NAME)
        told = {
            "summary": with_numbers(file.needless.summary, number),
            "do": tuple(with_numbers(text, number) for text in file.needless.do),
        }
        needless = file.needless.model_copy(update=told)
        flags = frozenset(_asked(file.needless.when, findings)) - {*file.needless.complaints}
        return cls(file.model_copy(update={"needless": needless}), check, flags)

    def needless(self, facts: Facts) -> tuple[Evidence, ...]:
        """The complaint for which a scan is not advised; nothing where that cannot be said."""
        if facts.incomplete or not facts.supplied.intersection(self.file.needless.needs):
            return ()
        found = self.check(Situation(facts))
        return evidence_of(found.proofs) if found.truth is Truth.TRUE else ()


def _asked(clause: Clause, findings: Mapping[str, Finding]) -> Iterator[str]:
    """Every finding that a clause asks for, and those that it is made of."""
    for one in clauses(clause):
        if isinstance(one, Asked):
            yield one.name
            finding = findings[one.name]
            yield from finding.any_of
            if finding.when is not None:
                yield from _asked(finding.when, findings)
