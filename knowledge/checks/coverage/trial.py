"""One change tried: on the examples that could notice it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from knowledge.cautions import NAME as CAUTIONS
from knowledge.cautions import Cautions, CautionsFile
from knowledge.checks.coverage.criteria import changed_criteria
from knowledge.checks.coverage.findings import changed_findings
from knowledge.checks.coverage.judging import Judging, users
from knowledge.checks.coverage.mutants import FINDINGS, Mutant
from knowledge.checks.coverage.numbers import moved_numbers
from knowledge.checks.coverage.overridden import Overridden
from knowledge.checks.coverage.reading import Reading
from knowledge.checks.coverage.shared import changed_cautions, changed_work_up
from knowledge.checks.references import numbers_judging
from knowledge.checks.short import facts_of
from knowledge.language.schema import Criterion, Example, Finding, Parameter, Parameters
from knowledge.library import Library, resolve
from knowledge.work_up import NAME as WORK_UP
from knowledge.work_up import Rules
from knowledge.work_up_file import WorkUpFile

CHART = "chart"


def all_changes(library: Library, only: str | None = None) -> Iterator[Mutant]:
    """Every change of the library, or of one file."""
    numbers = library.tables()
    for name, criterion in library.criteria.items():
        if only in (None, name):
            yield from moved_numbers(name, _own(criterion), numbers)
            yield from changed_criteria(criterion)
    for name, finding in library.findings.items():
        if only in (None, name):
            yield from moved_numbers(FINDINGS + name, finding.parameters, numbers)
            yield from changed_findings(finding)
    yield from _shared_changes(library, only)


def _own(criterion: Criterion) -> Parameters:
    """Its numbers, without those that only point to how long it stays quiet: moved there."""
    judging = set(numbers_judging(criterion))
    return {
        name: number
        for name, number in criterion.parameters.items()
        if name in judging or number.same_as is None
    }


def _shared_changes(library: Library, only: str | None) -> Iterator[Mutant]:
    numbers = library.tables()
    for name in (CHART, WORK_UP, CAUTIONS):
        if only in (None, name):
            yield from moved_numbers(name, numbers[name], numbers)
    if only in (None, WORK_UP):
        yield from changed_work_up(library.work_up.file)
    if only in (None, CAUTIONS):
        yield from changed_cautions(library.cautions.file)


@dataclass(slots=True)
class Trial:
    """Says of a change whether an example notices it."""

    library: Library
    numbers: Mapping[str, Parameters]
    judging: Judging
    reading: Reading
    users: Mapping[str, list[str]]
    quieting: Overridden

    @classmethod
    def of(cls, library: Library) -> Trial:
        """A trial over a library's examples."""
        numbers = library.tables()
        judging, reading = Judging(library, numbers), Reading(library)
        return cls(library, numbers, judging, reading, users(library), Overridden.of(library))

    def notices(self, mutant: Mutant) -> bool:
        """Whether any example notices."""
        match mutant.becomes:
            case Criterion() as criterion:
                return self.judging.notices(criterion, self.numbers, mutant.about)
            case Finding() as finding:
                return self._finding(finding)
            case WorkUpFile() as work_up:
                return self._work_up(work_up, self.numbers)
            case CautionsFile() as cautions:
                return self._cautions(cautions, self.numbers)
            case Parameter() as parameter:
                return self._number(mutant, parameter)

    def _work_up(self, file: WorkUpFile, numbers: Mapping[str, Parameters]) -> bool:
        rules = Rules.of(file, self.library.orders, partial(resolve, numbers))
        return self.judging.notices_rules(rules)

    def _cautions(self, file: CautionsFile, numbers: Mapping[str, Parameters]) -> bool:
        findings = self.library.findings
        cautions = Cautions.of(file, findings, partial(resolve, numbers))
        charts = [
            Example(name=one.name, chart=one.chart, expect="not-met") for one in file.examples
        ]
        return any(
            {noted.id for noted in cautions.judge(facts_of(chart, findings))} != set(one.expect)
            for one, chart in zip(file.examples, charts, strict=True)
        )

    def _finding(self, finding: Finding) -> bool:
        """Its own examples; else those of the criteria that ask it."""
        own = self.library.findings[finding.id]
        if (own.said_by or own.measure) and self.reading.notices(finding):
            return True
        findings = {**self.library.findings, finding.id: finding}
        asking = self.users[finding.id]
        for place, name in enumerate(asking):
            if self.judging.notices_finding(name, finding.id, findings):
                asking.insert(0, asking.pop(place))  # it will notice the next change, too
                return True
        return False

    def _number(self, mutant: Mutant, parameter: Parameter) -> bool:
        file, name = mutant.table, mutant.number
        numbers = {**self.numbers, file: {**self.numbers[file], name: parameter}}
        if self._step(file, name, parameter) or self.quieting.notices(file, name, numbers):
            return True
        if any(
            self.judging.notices(self.library.criteria[one], numbers)
            for one in self._affected(file, name)
        ):
            return True
        files = self._pointing_at(file, name)
        if WORK_UP in files and self._work_up(self.library.work_up.file, numbers):
            return True
        if CAUTIONS in files and self._cautions(self.library.cautions.file, numbers):
            return True
        return file == CHART and self.reading.notices_number(name, parameter)

    def _step(self, file: str, name: str, parameter: Parameter) -> bool:
        """Whether it is how much worse a measured value has to be, and an example notices."""
        for finding in self.library.findings.values():
            worse = finding.measure.worse if finding.measure else None
            mine = worse and (file, name) in self._way(finding.id, worse.by)
            if mine and self.reading.notices_step(finding, parameter):
                return True
        return False

    def _affected(self, file: str, name: str) -> list[str]:
        """The criteria in which a number counts: they name it, or a finding that they ask does."""
        files = self._pointing_at(file, name)
        found = [one for one in files if one in self.library.criteria]
        for one in files:
            found += self.users.get(one, [])
        return list(dict.fromkeys(found))

    def _pointing_at(self, file: str, name: str) -> list[str]:
        """The files in which a number is told or pointed to."""
        return [
            other
            for other, table in self.numbers.items()
            if any((file, name) in self._way(other, own) for own in table)
        ]

    def _way(self, file: str, name: str) -> list[tuple[str, str]]:
        """The places by which a name leads to its number."""
        found = [(file, name)]
        while (parameter := self.numbers[file][name]).same_as is not None:
            file, name = parameter.same_as.split(".")
            found.append((file, name))
        return found
