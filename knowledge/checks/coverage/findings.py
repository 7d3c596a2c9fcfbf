"""Every change of a finding: a code set dropped, a unit, a member, a clause."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.checks.coverage.clauses import changes
from knowledge.checks.coverage.mutants import FINDINGS, Mutant, changed, label, numbered
from knowledge.language.schema import Finding, Way

_SETS = ("codes", "exam", "site", "together_with", "unless", "denies", "encounter_class")


def changed_findings(finding: Finding) -> Iterator[Mutant]:
    """The finding with one thing changed, in the order of its file."""
    yield from _ways(finding)
    yield from _measure(finding)
    yield from _members(finding)
    file = FINDINGS + finding.id
    if finding.when is not None:
        for change in changes(finding.when):
            becomes = changed(finding, when=change.clause)
            name = label(("when", *change.steps), change.what)
            yield Mutant(file, ("when", *change.place), name, becomes, change.about)


def _ways(finding: Finding) -> Iterator[Mutant]:
    file, ways = FINDINGS + finding.id, finding.said_by
    names = numbered([_called(way) for way in ways])
    for number, way in enumerate(ways):
        for key, what, new in _fewer(way):
            kept = (*ways[:number], *new, *ways[number + 1 :])
            name = label(("said_by", names[number]), what)
            yield Mutant(file, ("said_by", number, key), name, changed(finding, said_by=kept))


def _called(way: Way) -> str:
    return "+".join(way.codes or way.exam or way.encounter_class)


def _fewer(way: Way) -> Iterator[tuple[str, str, tuple[Way, ...]]]:
    """The way with a set less; without the last of its codes it is no way at all."""
    for key in _SETS:
        values = getattr(way, key)
        for value in values:
            rest = tuple(one for one in values if one != value)
            gone = not rest and value in (*way.codes, *way.exam) and key in ("codes", "exam")
            yield key, f"{key} without {value}", () if gone else (changed(way, **{key: rest}),)
    if not way.text:
        yield "text", "text allowed", (changed(way, text=True),)


def _measure(finding: Finding) -> Iterator[Mutant]:
    file, measure = FINDINGS + finding.id, finding.measure
    if measure is None:
        return
    for key in ("codes", "site", "units"):
        values = getattr(measure, key)
        for number, value in enumerate(values):
            rest = values[:number] + values[number + 1 :]
            name = label(("measure", key), f"without {getattr(value, 'unit', value)}")
            becomes = changed(finding, measure=changed(measure, **{key: rest}))
            yield Mutant(file, ("measure", key, number), name, becomes)
    for key in ("exact", "without_unit"):
        if getattr(measure, key):
            becomes = changed(finding, measure=changed(measure, **{key: False}))
            yield Mutant(file, ("measure", key), label(("measure", key), "false"), becomes)


def _members(finding: Finding) -> Iterator[Mutant]:
    file = FINDINGS + finding.id
    for number, member in enumerate(finding.any_of):
        rest = finding.any_of[:number] + finding.any_of[number + 1 :]
        name = label(("any_of",), f"without {member}")
        becomes = changed(finding, any_of=rest)
        about = frozenset((member,))
        yield Mutant(file, ("any_of", number), name, becomes, about)
