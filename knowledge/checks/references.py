"""What the files say of each other: every name leads somewhere, every number can be used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from knowledge.card_files import Orders
from knowledge.cautions import CautionsFile
from knowledge.chart.dates import seconds
from knowledge.chart.units import convert
from knowledge.language.files import Document, Fault
from knowledge.language.schema import (
    LIMITS,
    AgeIs,
    Asked,
    ChartNumbers,
    Clause,
    CountOf,
    Criterion,
    Finding,
    Measure,
    NoneMet,
    Parameter,
    Parameters,
    Source,
)
from knowledge.language.strata import all_clauses, clauses, in_order
from knowledge.order_checks import NAME as ORDER_CHECKS
from knowledge.order_checks import OrderChecksFile
from knowledge.work_up_file import WorkUpFile

_CHANGES = ("falls_by", "rises_by")
_VALUES = ("over", "at_least", "below", "at_most", *_CHANGES)
_DOSE = "dose_at_least"

Place = tuple[object, ...]


class Known(Protocol):
    """Anything that can be asked whether it knows an id."""

    def __contains__(self, name: object) -> bool:
        """Whether the id is known."""
        ...


@dataclass(frozen=True, slots=True)
class Files:
    """All knowledge files by what they are; `lasting` the codes of the reasons that last."""

    documents: Mapping[str, Document]
    criteria: Mapping[str, Criterion]
    findings: Mapping[str, Finding]
    sources: Mapping[str, Source]
    valuesets: Known
    orders: Orders
    chart: ChartNumbers
    work_up: WorkUpFile
    cautions: CautionsFile
    order_checks: OrderChecksFile
    numbers: Mapping[str, Parameters]
    lasting: frozenset[str] = frozenset()

    def document(self, name: str, folder: str = "") -> Document:
        """A finding's or a source's file by folder and id; of the others by id."""
        return self.documents[f"{folder}/{name}" if folder else name]


FINDINGS = "findings"


@dataclass(slots=True)
class _File:
    """One file being checked, with what it may name beside findings."""

    files: Files
    name: str
    folder: str = ""
    define: Collection[str] = ()
    faults: list[Fault] = field(default_factory=list)

    def fault(self, place: Place, what: str) -> None:
        """A fault at a place of this file."""
        self.faults.append(self.files.document(self.name, self.folder).fault(place, what))

    def known(self, place: Place, kind: str, name: str, of: Known) -> None:
        """A fault where the name leads nowhere."""
        if name not in of:
            self.fault(place, f"there is no {kind} {name}")

    def number(self, place: Place, name: str) -> Parameter | None:
        """The parameter that a name stands for; a fault and None where there is none."""
        table = self.files.numbers.get(self.name, {})
        for _ in self.files.numbers:
            found = table.get(name)
            if found is None:
                break
            if found.same_as is None:
                return found
            other, name = found.same_as.split(".")
            table = self.files.numbers.get(other, {})
        self.fault(place, f"there is no parameter {name}")
        return None

    def duration(self, place: Place, name: str) -> None:
        """A fault where the name leads to no number, or to one that is no duration."""
        parameter = self.number(place, name)
        if parameter is not None and seconds(*_first(parameter)) is None:
            self.fault(place, f"is no duration: {parameter.amounts[0].unit}")

    def clause(self, place: Place, top: Clause) -> None:
        """A clause with all clauses inside."""
        for one in clauses(top):
            match one:
                case Asked():
                    self._asked(place, one)
                case CountOf():
                    self.number(place, one.at_least.count)
                case AgeIs():
                    for name in filter(None, (one.age.at_least, one.age.under)):
                        self.number(place, name)
                case NoneMet():
                    for name in one.no_criterion.ids:
                        self.known(place, "criterion", name, self.files.criteria)

    def _asked(self, place: Place, one: Asked) -> None:
        question = one.question
        for name in filter(None, (one.name, question.after, question.same_region_as)):
            if name not in self.define:
                self.known(place, "finding or definition", name, self.files.findings)
        for name in question.site:
            self.known(place, "value set", name, self.files.valuesets)
        for key in LIMITS:
            name = getattr(question, key)
            parameter = self.number((*place, one.name, key), name) if name else None
            if parameter is None:
                continue
            if key in _VALUES:
                self._value(place, self.files.findings.get(one.name), key, parameter)
            elif key != _DOSE and seconds(*_first(parameter)) is None:
                self.fault(place, f"{name} is no duration: {parameter.amounts[0].unit}")

    def _value(self, place: Place, finding: Finding | None, key: str, parameter: Parameter) -> None:
        if finding is None:
            return
        if finding.measure is None:
            self.fault(place, f"{finding.id} is not measured: {key} cannot be asked")
            return
        for amount in parameter.amounts:
            per_cent = amount.unit == "%" and key in _CHANGES
            if not per_cent and not _comes_in(amount.unit, finding.measure):
                self.fault(place, f"{finding.id} does not come in {amount.unit}")


def _first(parameter: Parameter) -> tuple[float, str]:
    amount = parameter.amounts[0]
    return amount.value, amount.unit


def _comes_in(unit: str, measure: Measure) -> bool:
    """Whether a limit in this unit can be compared with the measurement."""
    units = [one.unit for one in measure.units]
    if unit in units or measure.exact:
        return unit in units
    return any(convert(1, unit, one) is not None for one in units)


def check_references(files: Files) -> list[Fault]:
    """Every fault of reference in the knowledge, in the order of the files."""
    found = [fault for name in files.numbers for fault in _numbers(files, name)]
    found += _chart(files)
    found += _work_up(files)
    found += _cautions(files)
    found += _order_checks(files)
    for finding in files.findings.values():
        found += _finding(files, finding)
    for criterion in files.criteria.values():
        found += _criterion(files, criterion)
    if not found:
        try:
            in_order(files.criteria)
        except ValueError as error:
            found.append(Fault("criteria", 1, "", str(error)))
    return sorted(set(found))


def _numbers(files: Files, name: str) -> list[Fault]:
    of_finding = name in files.findings and name not in files.criteria
    file = _File(files, name, FINDINGS if of_finding else "")
    for key, parameter in files.numbers[name].items():
        place = ("parameters", key)
        if parameter.same_as is not None:
            other, wanted = parameter.same_as.split(".")
            if wanted not in files.numbers.get(other, {}):
                file.fault(place, f"there is no {parameter.same_as}")
        elif parameter.basis is not None:
            file.known((*place, "basis"), "source", parameter.basis, files.sources)
    return file.faults


def _chart(files: Files) -> list[Fault]:
    """The shared file: its findings, and numbers of the reader that have to be durations."""
    file = _File(files, "chart")
    for name in (files.chart.anchor, *files.chart.screen):
        file.known(("screen",), "finding", name, files.findings)
    own = {*READERS_NUMBERS, *((files.chart.quiet.for_,) if files.chart.quiet else ())}
    for name in READERS_NUMBERS:
        parameter = file.number(("parameters",), name)
        if parameter is not None and seconds(*_first(parameter)) is None:
            file.fault(("parameters", name), f"is no duration: {parameter.amounts[0].unit}")
    if files.chart.quiet is not None:
        file.duration(("quiet", "for"), files.chart.quiet.for_)
    pointed = {one.same_as for table in files.numbers.values() for one in table.values()}
    for name in files.chart.parameters:
        if name not in own and f"chart.{name}" not in pointed:
            file.fault(("parameters", name), "is used nowhere")
    return file.faults


READERS_NUMBERS = (
    "clock-skew",
    "conflict",
    "partial-date-lookback",
    "observation-stands",
    "screen",
    "chronic",
    "adult",
)
"""The numbers of `chart.yaml` that the reader itself uses."""


def _finding(files: Files, finding: Finding) -> list[Fault]:
    file = _File(files, finding.id, FINDINGS)
    if finding.parameters and finding.id in files.criteria:
        file.fault(("parameters",), "a criterion of this name hides these numbers: move them")
    for place, name in sets_of(finding):
        file.known(place, "value set", name, files.valuesets)
    for name in finding.any_of:
        file.known(("any_of",), "finding", name, files.findings)
        if name in files.findings and files.findings[name].when is not None:
            file.fault(("any_of",), f"{name} is combined: it has no facts to unite")
    if finding.measure is not None:
        file.known(("measure",), "source", finding.measure.basis, files.sources)
        if finding.measure.worse:
            file.number(("measure", "worse"), finding.measure.worse.by)
    if finding.when is not None:
        file.clause(("when",), finding.when)
    return file.faults


def _work_up(files: Files) -> list[Fault]:
    """The file of rule G9: its findings, its durations, and the scans that orders name."""
    file, work_up = _File(files, "work-up"), files.work_up
    for name in dict.fromkeys(work_up.findings):
        file.known(("scans",), "finding", name, files.findings)
    for place in ("background", "weak"):
        for number, name in enumerate(getattr(work_up, place)):
            file.known((place, number), "finding", name, files.findings)
    lengths = (*work_up.clocks.values(), *work_up.lengths)
    for name in dict.fromkeys(lengths):
        parameter = file.number(("parameters",), name)
        if parameter is not None and seconds(*_first(parameter)) is None:
            file.fault(("parameters", name), f"is no duration: {parameter.amounts[0].unit}")
    for name in work_up.parameters:
        if name not in lengths:
            file.fault(("parameters", name), "is used nowhere")
    for order in files.orders.orders:
        if order.scan and order.scan not in work_up.scans:
            file.fault(("scans",), f"order {order.id} asks for {order.scan}, which is not here")
    return file.faults


def _cautions(files: Files) -> list[Fault]:
    """The file of rule G10: its clauses, numbers and sources."""
    file = _File(files, "cautions")
    for number, one in enumerate(files.cautions.cautions):
        file.clause(("cautions", number, "when"), one.when)
        for name in one.sources:
            file.known(("cautions", number, "sources"), "source", name, files.sources)
    return file.faults


def _order_checks(files: Files) -> list[Fault]:
    """How drafts are judged: its findings, orders, scans, cautions, criteria and sources."""
    file, checks = _File(files, ORDER_CHECKS), files.order_checks
    known: tuple[tuple[str, str, Iterable[str], Known], ...] = (
        ("kinds", "finding", checks.findings, files.findings),
        ("contrast", "order", (*checks.contrast.where, *checks.contrast.instead), files.orders),
        ("contrast", "source", checks.contrast.sources, files.sources),
        ("narrower", "criterion", (one.criterion for one in checks.narrower), files.criteria),
        ("narrower", "source", (s for one in checks.narrower for s in one.sources), files.sources),
        ("needless", "finding", checks.needless.complaints, files.findings),
        ("needless", "source", checks.needless.sources, files.sources),
        ("needless", "criterion", (checks.needless.criterion,), files.criteria),
        ("safety", "criterion", (checks.safety.criterion,), files.criteria),
        ("safety", "caution", checks.cautions, {one.id for one in files.cautions.cautions}),
        ("scans", "scan", checks.scans, files.work_up.scans),
    )
    for place, kind, names, of in known:
        for name in dict.fromkeys(names):
            file.known((place,), kind, name, of)
    for name in files.work_up.scans:
        file.known(("scans",), "word for the scan", name, checks.scans)
    file.clause(("needless", "when"), checks.needless.when)
    return file.faults


def sets_of(finding: Finding) -> Iterator[tuple[Place, str]]:
    """Every value set that a finding names, with its place."""
    for number, way in enumerate(finding.said_by):
        for name in (
            *way.codes,
            *way.exam,
            *way.site,
            *way.together_with,
            *way.unless,
            *way.denies,
        ):
            yield ("said_by", number), name
    if finding.measure is not None:
        for name in (*finding.measure.codes, *finding.measure.site):
            yield ("measure",), name


def _criterion(files: Files, criterion: Criterion) -> list[Fault]:
    file = _File(files, criterion.id, define=criterion.define)
    for number, cited in enumerate(criterion.sources):
        file.known(("sources", number, "id"), "source", cited.id, files.sources)
    for name in criterion.define:
        if name in files.findings:
            file.fault(("define", name), "is the name of a finding, too")
    for place, top in all_clauses(criterion):
        file.clause(place, top)
    settled = criterion.settled_by
    for name in (*settled.reports, *settled.operations):
        file.known(("settled_by",), "finding", name, file.files.findings)
    _ask(file, criterion)
    _cards(file, criterion)
    for urgency, quiet in criterion.quiet.items():
        file.duration(("quiet", str(urgency), "for"), quiet.for_)
        for reason in quiet.reasons:
            place = ("quiet", str(urgency), "reasons")
            file.known(place, "lasting reason", reason, files.lasting)
    _idle(file, criterion)
    return file.faults


def _ask(file: _File, criterion: Criterion) -> None:
    for number, name in enumerate(criterion.ask):
        finding = file.files.findings.get(name)
        if finding is None:
            file.fault(("ask", number), f"there is no finding {name}")
        elif finding.ask is None:
            file.fault(("ask", number), f"{name} has no words to ask with")


def _cards(file: _File, criterion: Criterion) -> None:
    for number, tier in enumerate(criterion.tiers):
        if tier.clock is not None:
            file.number(("tiers", number, "clock"), tier.clock)
        for order in tier.card.order:
            file.known(("tiers", number, "card", "order"), "order", order, file.files.orders)
    for number, lowering in enumerate(criterion.lowers):
        if lowering.part is not None and lowering.part not in criterion.define:
            file.fault(("lowers", number, "part"), f"there is no part {lowering.part}")
        for order in lowering.card.order if lowering.card else ():
            file.known(("lowers", number, "card", "order"), "order", order, file.files.orders)


def _idle(file: _File, criterion: Criterion) -> None:
    """A number or a definition that nothing uses is a fault: it looks as if it mattered."""
    numbers, names = set(_numbers_used(criterion)), set(_names_used(criterion))
    for name in criterion.parameters:
        if name not in numbers:
            file.fault(("parameters", name), "is used nowhere")
    for name in criterion.define:
        if name not in names:
            file.fault(("define", name), "is used nowhere")


def _names_used(criterion: Criterion) -> Iterator[str]:
    yield from (one.part for one in criterion.lowers if one.part)
    for _, top in all_clauses(criterion):
        for one in clauses(top):
            if isinstance(one, Asked):
                question = one.question
                yield from filter(None, (one.name, question.after, question.same_region_as))


def _numbers_used(criterion: Criterion) -> Iterator[str]:
    yield from (quiet.for_ for quiet in criterion.quiet.values())
    yield from numbers_judging(criterion)


def numbers_judging(criterion: Criterion) -> Iterator[str]:
    """The names of the numbers by which a criterion is judged: those of its clauses and clocks."""
    yield from (tier.clock for tier in criterion.tiers if tier.clock)
    for _, top in all_clauses(criterion):
        yield from numbers_in(top)


def numbers_in(top: Clause) -> Iterator[str]:
    """The names of the numbers that a clause and all clauses inside it use."""
    for one in clauses(top):
        match one:
            case Asked():
                yield from one.question.limits
            case CountOf():
                yield one.at_least.count
            case AgeIs():
                yield from filter(None, (one.age.at_least, one.age.under))
