"""What is wrong in a knowledge folder, one line for each fault.

A fault hides another only where it has to: in a file that cannot be read nothing else is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from knowledge.chart.dates import seconds
from knowledge.checks import opposites, overrides
from knowledge.checks.codes import code_faults, codes_of
from knowledge.checks.numbers import measure_faults, parameter_faults
from knowledge.checks.phrases import PhraseCheck
from knowledge.checks.release.unreleased import unreleased
from knowledge.checks.rules import Rules, load_rules
from knowledge.checks.salvage import reference_faults
from knowledge.checks.shelf import Shelf, read_shelf, shelf_of
from knowledge.checks.sources import date_faults
from knowledge.checks.spots import Spots
from knowledge.checks.usage import usage_faults
from knowledge.language.files import Fault, KnowledgeError
from knowledge.language.schema import Criterion, Parameters, Urgency
from knowledge.library import FOLDER, load_library, resolve


def lint(folder: Path = FOLDER, today: date | None = None, *, released: bool = True) -> list[Fault]:
    """Every fault of the folder, sorted by file and line; an empty list where there is none.

    Args:
        folder: the knowledge.
        today: the day by which the age of sources is judged; without it that is not judged.
        released: whether knowledge that differs from its last release is a fault.
    """
    try:
        shelf, found = shelf_of(load_library(folder), folder), list[Fault]()
    except KnowledgeError as error:
        shelf, found = read_shelf(folder), list(error.faults)
    except (OSError, ValueError) as error:
        shelf, found = read_shelf(folder), [Fault("knowledge", 1, "", str(error))]
    rules, faults = _rules(folder)
    faults += found
    faults += _of(shelf, rules, today)
    faults += reference_faults(shelf, folder) if found else []
    faults += [] if shelf.broken else usage_faults(shelf)
    # By the files as they lie there, as a release takes them: a library has filled in its words.
    faults += unreleased(read_shelf(folder)) if released and not shelf.broken else []
    return sorted(set(faults))


def _rules(folder: Path) -> tuple[Rules | None, list[Fault]]:
    try:
        rules, document = load_rules(folder)
    except KnowledgeError as error:
        return None, list(error.faults)
    known = {path.stem for path in (folder / "valuesets").glob("*.json")}
    faults = [
        document.fault(("opposites", number), f"there is no value set {name}")
        for number, one in enumerate(rules.opposites)
        for name in (*one.one, *one.other)
        if name not in known
    ]
    return rules, faults


def _of(shelf: Shelf, rules: Rules | None, today: date | None) -> Iterator[Fault]:
    """What can be said of each file that can be read, whatever is wrong with the others."""
    spots = Spots()
    codes = codes_of(shelf.folder)
    yield from code_faults(codes, spots)
    opposed = opposites.pairs(rules, shelf.findings.values())
    yield from opposites.code_faults(
        opposites.Sets(shelf.folder, codes, shelf.lists), opposed, spots
    )
    yield from PhraseCheck(shelf.folder, shelf.phrases.values(), spots).faults(opposed)
    yield from _numbers(shelf)
    yield from _examples(shelf)
    yield from _quiet(shelf)
    yield from _unshown(shelf)
    if rules is not None and today is not None:
        yield from date_faults(shelf, rules, today)


def _numbers(shelf: Shelf) -> Iterator[Fault]:
    """Numbers of all files: units, steps, bounds of the plausible."""
    for kind, name, parameters in _tables(shelf):
        if (document := shelf.document(kind, name)) is not None:
            yield from (document.fault(*wrong) for wrong in parameter_faults(parameters))
    for name, finding in shelf.findings.items():
        for place, what in measure_faults(finding):
            yield shelf.documents[f"findings/{name}"].fault(place, what)


def _tables(shelf: Shelf) -> Iterator[tuple[str, str, Parameters]]:
    yield from (("criteria", name, one.parameters) for name, one in shelf.criteria.items())
    yield from (("findings", name, one.parameters) for name, one in shelf.findings.items())
    yield from (("root", name, shelf.root_numbers(name)) for name in shelf.roots)


def _examples(shelf: Shelf) -> Iterator[Fault]:
    """Criteria that no example meets, misses or leaves open, and tiers without an example."""
    for name, criterion in shelf.criteria.items():
        document = shelf.documents[name]
        for what in _lacking(criterion):
            told = f"no example is {what}: write one with `expect: {what}`"
            yield document.fault(("examples",), told)
        for told in _confirming(criterion):
            yield document.fault(("examples",), told)


def _quiet(shelf: Shelf) -> Iterator[Fault]:
    """Criteria that do not say for how long an override keeps them quiet, in each urgency."""
    tables = shelf.tables()
    for name, criterion in shelf.criteria.items():
        document = shelf.documents[name]
        for urgency in criterion.comes_to:
            if urgency not in criterion.quiet:
                yield document.fault(("quiet",), f"does not say what an override of {urgency} does")
        for urgency in criterion.quiet:
            if urgency not in criterion.comes_to:
                yield document.fault(("quiet", str(urgency)), f"it is never {urgency}")
        for urgency in overrides.longer_when_more_urgent(_lengths(criterion, tables)):
            what = "is quiet for longer than what is less urgent"
            yield document.fault(("quiet", str(urgency), "for"), what)


def _lengths(criterion: Criterion, tables: Mapping[str, Parameters]) -> list[tuple[Urgency, float]]:
    """How long each urgency stays quiet, in seconds; what leads nowhere is told elsewhere."""
    found = []
    for urgency, quiet in criterion.quiet.items():
        with suppress(LookupError, ValueError):
            amount = resolve(tables, criterion.id, quiet.for_).amounts[0]
            found.append((urgency, seconds(amount.value, amount.unit) or 0))
    return found


def _confirming(criterion: Criterion) -> Iterator[str]:
    """What is missing to tell later whether an emergency was one."""
    if criterion.confirmed_by is None and criterion.most_urgent is Urgency.EMERGENCY:
        yield "can be an emergency: say under `confirmed_by` what confirms it"
    said = {example.confirmed for example in criterion.examples}
    for side in (True, False) if criterion.confirmed_by else ():
        if side not in said:
            yield f"no example says `confirmed: {str(side).lower()}`"
    if criterion.confirmed_by is None and said != {None}:
        yield "an example says `confirmed`, and there is no `confirmed_by`"


def _lacking(criterion: Criterion) -> list[str]:
    expected = {example.expect for example in criterion.examples}
    wanted = [str(tier.urgency) for tier in criterion.tiers]
    return [what for what in dict.fromkeys((*wanted, "not-met", "unknown")) if what not in expected]


def _unshown(shelf: Shelf) -> Iterator[Fault]:
    """Findings without an example of their own that read resources."""
    for name, finding in shelf.findings.items():
        reads = finding.said_by or finding.measure
        if reads and not finding.examples:
            document = shelf.documents[f"findings/{name}"]
            yield document.fault(("examples",), "no example shows how a chart says it")
