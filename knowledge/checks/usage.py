"""What nothing uses: it looks as if it mattered, and nobody would miss it if it were wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from knowledge.checks.references import numbers_in, sets_of
from knowledge.checks.rules import SOURCE_AGE
from knowledge.checks.shelf import Shelf
from knowledge.language.criteria import findings_of
from knowledge.language.files import Document, Fault
from knowledge.language.schema import Asked, Finding, Parameters
from knowledge.language.strata import clauses
from knowledge.reading import traits
from knowledge.reading.concepts import ANSWER, FAMILY

READ_FINDINGS = ("encounter-in-progress",)
"""What the reader itself looks for: where the patient is already."""

READ_SETS = frozenset(
    (FAMILY, traits.LEFT, traits.RIGHT, traits.BOTH, traits.SUDDEN, traits.COMPLETE,
     traits.WORSE, traits.UNCHANGED, *traits.SEVERITIES)
)  # fmt: skip
READ_BEGINNINGS = (ANSWER, traits.SITE)
"""Sets that the reader itself looks up: answers, sites, sides, severities, qualifiers."""


def read_always(name: str) -> bool:
    """Whether the reader uses a value set in every chart, whatever the findings ask."""
    return name in READ_SETS or name.startswith(READ_BEGINNINGS)


@dataclass(slots=True)
class Reached:
    """What can be come to from the criteria and from the files of the folder itself."""

    findings: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)


def reached(shelf: Shelf) -> Reached:
    """Findings and sources that something leads to."""
    found = Reached()
    for criterion in shelf.criteria.values():
        found.findings |= findings_of(criterion, shelf.findings)
        found.sources |= {cited.id for cited in criterion.sources}
        found.sources |= _bases(criterion.parameters)
    named = named_in_roots(shelf)
    found.sources |= named & set(shelf.sources)
    found.findings |= followed(named, shelf.findings)
    for name in found.findings:
        finding = shelf.findings[name]
        found.sources |= _bases(finding.parameters)
        found.sources |= {finding.measure.basis} if finding.measure else set()
    return found


def named_in_roots(shelf: Shelf) -> set[str]:
    """Every word of the folder's own files that could be an id, and what the reader looks for."""
    words = {name for one in shelf.roots.values() for name in _texts(one.content)}
    return words | set(READ_FINDINGS)


def followed(names: set[str], findings: Mapping[str, Finding]) -> set[str]:
    """Those of the names that are findings, and all that these are made of."""
    found, open_ = set[str](), sorted(names & set(findings))
    while open_:
        finding = findings.get(open_.pop())
        if finding is not None and finding.id not in found:
            found.add(finding.id)
            open_ += finding.any_of
            inside = clauses(finding.when) if finding.when else ()
            open_ += [one.name for one in inside if isinstance(one, Asked)]
    return found


def _bases(parameters: Mapping[str, Any]) -> set[str]:
    return {one.basis for one in parameters.values() if one.basis}


def _texts(value: object) -> Iterator[str]:
    """Every word of a file that could be an id: keys and values."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def usage_faults(shelf: Shelf) -> Iterator[Fault]:
    """Findings, value sets, sources and numbers that nothing uses."""
    found = reached(shelf)
    for name in sorted(set(shelf.findings) - found.findings):
        what = "no criterion leads to this finding, nor does a file of the folder"
        yield _fault(shelf, "findings", name, ("id",), what)
    for name in sorted(set(shelf.sources) - found.sources):
        what = "no criterion, number or measurement cites this source"
        yield _fault(shelf, "sources", name, ("id",), what)
    asked = {name for one in shelf.findings.values() for _, name in sets_of(one)}
    for name in sorted(set(shelf.lists) - asked):
        if not read_always(name):
            yield Fault(f"valuesets/{name}.json", 1, "", "no finding uses this value set")
    yield from _numbers(shelf)
    for name, document in shelf.roots.items():
        if name != "chart":
            yield from _root(document, shelf.root_numbers(name))


def _root(document: Document, parameters: Parameters) -> Iterator[Fault]:
    """Numbers of a file of the folder that it does not name again; the chart's are shared."""
    rest = {key: value for key, value in document.content.items() if key != "parameters"}
    named = {*_texts(rest), SOURCE_AGE}
    for name in parameters:
        if name not in named:
            yield document.fault(("parameters", name), "is used nowhere")


def _numbers(shelf: Shelf) -> Iterator[Fault]:
    for finding in shelf.findings.values():
        used = set(_used(finding))
        for name in finding.parameters:
            if name not in used:
                place = ("parameters", name)
                yield _fault(shelf, "findings", finding.id, place, "is used nowhere")


def _used(finding: Finding) -> Iterator[str]:
    if finding.measure and finding.measure.worse:
        yield finding.measure.worse.by
    if finding.when is not None:
        yield from numbers_in(finding.when)


def _fault(shelf: Shelf, kind: str, name: str, place: tuple[object, ...], what: str) -> Fault:
    document = shelf.document(kind, name)
    return document.fault(place, what) if document else Fault(f"{kind}/{name}.yaml", 1, "", what)
