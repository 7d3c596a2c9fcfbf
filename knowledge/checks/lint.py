"""What is wrong in a knowledge folder, one line for each fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from knowledge.chart.codes import LOINC, SNOMED
from knowledge.checks.digits import loinc_holds, verhoeff_holds
from knowledge.language.files import Fault, KnowledgeError
from knowledge.language.schema import Criterion
from knowledge.library import FOLDER, Library, load_library

_ANSWERS = "LA"


def lint(folder: Path = FOLDER) -> list[Fault]:
    """Every fault of the folder, sorted by file and line; an empty list where there is none."""
    try:
        library = load_library(folder)
    except KnowledgeError as error:
        return list(error.faults)
    return sorted({*_codes(library), *_examples(library), *_idle(library)})


def _codes(library: Library) -> Iterator[Fault]:
    """Codes whose check digit is wrong, or that have no display."""
    for name, one in library.valuesets.lists.items():
        for (system, code), display in one.codes.items():
            file = f"{name}.json"
            if system == SNOMED and not verhoeff_holds(code):
                yield Fault(file, 1, code, "is no SNOMED CT id: its check digit is wrong")
            if system == LOINC and not code.startswith(_ANSWERS) and not loinc_holds(code):
                yield Fault(file, 1, code, "is no LOINC code: its check digit is wrong")
            if not display:
                yield Fault(file, 1, code, "has no display")


def _examples(library: Library) -> Iterator[Fault]:
    """Criteria that no example meets, misses or leaves open, and tiers without an example."""
    for criterion in library.criteria.values():
        document = library.documents[criterion.id]
        for what in _lacking(criterion):
            yield document.fault(("examples",), f"no example is {what}")


def _lacking(criterion: Criterion) -> list[str]:
    expected = {example.expect for example in criterion.examples}
    wanted = [str(tier.urgency) for tier in criterion.tiers]
    return [what for what in dict.fromkeys((*wanted, "not-met", "unknown")) if what not in expected]


def _idle(library: Library) -> Iterator[Fault]:
    """Findings without an example of their own that read resources."""
    for finding in library.findings.values():
        reads = finding.said_by or finding.measure
        if reads and not finding.examples:
            document = library.documents[f"findings/{finding.id}"]
            yield document.fault(("examples",), "no example shows how a chart says it")
