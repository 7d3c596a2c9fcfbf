"""What the check found: which changes go unnoticed, which of them are justified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knowledge.checks.coverage.mutants import FINDINGS, Mutant
from knowledge.checks.coverage.shared import excuses
from knowledge.checks.coverage.trial import CHART
from knowledge.language.files import Fault, shown
from knowledge.language.schema import Unnoticed
from knowledge.library import Library


@dataclass(frozen=True, slots=True)
class Report:
    """How many changes were made and noticed, and a line for each that should not stay so."""

    changes: int
    noticed: int
    justified: int
    faults: tuple[Fault, ...]

    @property
    def lines(self) -> list[str]:
        """What there is to do, then the figures."""
        unnoticed = self.changes - self.noticed - self.justified
        figures = f"{self.changes} changes, {self.noticed} noticed, {self.justified} justified, "
        return [*map(str, self.faults), f"{figures}{unnoticed} unnoticed"]


def report(library: Library, tried: Iterable[tuple[Mutant, bool]], only: str | None) -> Report:
    """The report on all changes that were tried."""
    found = list(tried)
    excuses = _excuses(library, only)
    kept = [mutant for mutant, noticed in found if not noticed]
    open_ = [mutant for mutant in kept if (mutant.file, mutant.name) not in excuses]
    faults = [_fault(library, mutant) for mutant in open_]
    faults += _needless(library, excuses, found)
    return Report(len(found), len(found) - len(kept), len(kept) - len(open_), tuple(sorted(faults)))


Excuses = dict[tuple[str, str], int]
"""The justified changes by file and name, with their place in the file's list."""


def _excuses(library: Library, only: str | None) -> Excuses:
    lists: dict[str, tuple[Unnoticed, ...]] = {CHART: library.chart.unnoticed}
    lists |= excuses(library.work_up.file, library.cautions.file)
    lists |= {name: one.unnoticed for name, one in library.criteria.items()}
    lists |= {FINDINGS + name: one.unnoticed for name, one in library.findings.items()}
    return {
        (file, one.change): number
        for file, unnoticed in lists.items()
        if only in (None, file.removeprefix(FINDINGS))
        for number, one in enumerate(unnoticed)
    }


def _fault(library: Library, mutant: Mutant) -> Fault:
    document = library.documents[mutant.file]
    where, _, what = mutant.name.rpartition(": ")
    return Fault(shown(document.path), document.line(mutant.place), where, what)


def _needless(
    library: Library, excuses: Excuses, found: list[tuple[Mutant, bool]]
) -> Iterator[Fault]:
    """Justifications of what an example does notice, or of what is no change any more."""
    noticed = {(mutant.file, mutant.name): seen for mutant, seen in found}
    for (file, name), number in excuses.items():
        seen = noticed.get((file, name), True)
        if seen:
            known = (file, name) in noticed
            why = "an example notices it" if known else "there is no such change"
            place = ("unnoticed", number)
            yield library.documents[file].fault(place, f"{why}, remove it: {name}")
