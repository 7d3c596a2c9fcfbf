"""What a criterion asks of a chart: its findings, and the codes and phrases that mean them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from knowledge.chart.codes import ATC, ICD_10, ICD_10_CM, LOINC, RXNORM, SNOMED
from knowledge.codelists import CodeList, Rule, ValueSets
from knowledge.language.schema import Finding, Measure, Way

SYSTEMS = {
    SNOMED: "SNOMED CT",
    LOINC: "LOINC",
    RXNORM: "RxNorm",
    ICD_10_CM: "ICD-10-CM",
    ICD_10: "ICD-10",
    ATC: "ATC",
}
"""Code systems by the names that people use."""


class AskedOf(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """A finding as a criterion asks it. `read_from`: resource types that can answer it."""

    id: str
    title: str
    question: str
    silence: str
    value_sets: tuple[str, ...] = ()
    made_of: tuple[str, ...] = ()
    read_from: tuple[str, ...] = ()


class Code(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One code of a value set; `name` is how people call its system."""

    system: str
    name: str
    code: str
    display: str


class Listed(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """A value set: its codes, its rules in words, its phrases."""

    id: str
    title: str
    codes: tuple[Code, ...] = ()
    rules: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


SILENCE = {
    "closed": "not recorded means no, where the list was sent",
    "open": "not recorded means unknown",
}


def asked_of(finding: Finding) -> AskedOf:
    """One finding in words."""
    return AskedOf(
        id=finding.id,
        title=finding.title,
        question=finding.question,
        silence=SILENCE[finding.world],
        value_sets=tuple(dict.fromkeys(sets_of(finding))),
        made_of=finding.any_of,
        read_from=tuple(dict.fromkeys(_kinds(finding))),
    )


def _kinds(finding: Finding) -> Iterator[str]:
    for way in finding.said_by:
        yield from way.in_
    if finding.measure:
        yield from finding.measure.in_


def sets_of(finding: Finding) -> Iterator[str]:
    """The value sets by which a finding is known, in the order of its ways."""
    for way in finding.said_by:
        yield from _of_way(way)
    if finding.measure:
        yield from _of_measure(finding.measure)


def _of_way(way: Way) -> Iterator[str]:
    for names in (way.codes, way.exam, way.site, way.together_with, way.unless, way.denies):
        yield from names


def _of_measure(measure: Measure) -> Iterator[str]:
    yield from measure.codes
    yield from measure.site


def listed(names: Iterable[str], valuesets: ValueSets) -> tuple[Listed, ...]:
    """The value sets of these ids, each once."""
    lists: Mapping[str, CodeList] = valuesets.lists
    return tuple(_list(lists[name], valuesets) for name in dict.fromkeys(names) if name in lists)


def _list(one: CodeList, valuesets: ValueSets) -> Listed:
    said = valuesets.phrases.get(one.id)
    return Listed(
        id=one.id,
        title=one.title,
        codes=tuple(
            Code(system=system, name=SYSTEMS.get(system, system), code=code, display=display)
            for (system, code), display in one.codes.items()
            if (system, code) not in one.without
        ),
        rules=(
            *(_rule(rule, "and all below it") for rule in one.rules),
            *(_rule(rule, "and all below it are left out") for rule in one.without_rules),
            *(f"{SYSTEMS.get(system, system)} {code} is left out" for system, code in one.without),
        ),
        phrases=said.phrases if said else (),
        unless=said.unless if said else (),
    )


def _rule(rule: Rule, end: str) -> str:
    told = f"{SYSTEMS.get(rule.system, rule.system)} {rule.stem} {end}"
    if not rule.seventh:
        return told
    return f"{told}, with the seventh character {', '.join(sorted(rule.seventh))}"
