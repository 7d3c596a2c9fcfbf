"""Value sets that mean opposite things: what stands on both sides would turn an answer round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from knowledge.checks.codes import Coded
from knowledge.checks.rules import Rules
from knowledge.checks.spots import Spots
from knowledge.codelists import CodeList, Key, Rule
from knowledge.language.files import Fault
from knowledge.language.schema import Finding

Pairs = Mapping[tuple[str, str], str]
"""Two sets, by name, and why they are opposites."""

_LENGTH = 7
_SAMPLE = "X"
_NO_SEVENTH = "AS"


def pairs(rules: Rules | None, findings: Iterable[Finding]) -> dict[tuple[str, str], str]:
    """The declared opposites, and those that follow from how findings are asked."""
    found: dict[tuple[str, str], str] = {}
    for one in rules.opposites if rules else ():
        for sides in product(one.one, one.other):
            found.setdefault(_sorted(sides), one.because)
    for finding in findings:
        for sides, because in _derived(finding):
            found.setdefault(_sorted(sides), because)
    return {sides: because for sides, because in found.items() if sides[0] != sides[1]}


def _sorted(sides: tuple[str, str]) -> tuple[str, str]:
    return (min(sides), max(sides))


def _derived(finding: Finding) -> Iterator[tuple[tuple[str, str], str]]:
    coded = [name for way in finding.said_by for name in way.codes]
    exams = [name for way in finding.said_by for name in way.exam]
    for sides in product(coded, exams):
        yield sides, f"{finding.id} is told by the one and examined by the other"
    for way in finding.said_by:
        for sides in product(way.together_with, way.unless):
            yield sides, f"for {finding.id} the one has to speak and the other may not"


@dataclass(frozen=True, slots=True)
class Sets:
    """What is compared: the codes with their places, and the sets with their rules."""

    folder: Path
    codes: Iterable[Coded]
    lists: Mapping[str, CodeList]


def code_faults(sets: Sets, opposed: Pairs, spots: Spots) -> Iterator[Fault]:
    """Codes, and rules for codes, that stand in two sets with opposite meanings."""
    by_set: dict[str, list[Coded]] = {}
    for code in sets.codes:
        if code.path.suffix == ".json" and not code.left_out:
            by_set.setdefault(code.path.stem, []).append(code)
    for (one, other), because in sorted(opposed.items()):
        if one in sets.lists and other in sets.lists:
            yield from _shared(by_set, sets, (one, other), because, spots)
            yield from _rules(sets, (one, other), because)


def _shared(
    by_set: Mapping[str, list[Coded]],
    sets: Sets,
    sides: tuple[str, str],
    because: str,
    spots: Spots,
) -> Iterator[Fault]:
    """Codes of either set that the other one holds, by itself or by a rule."""
    told = set[Key]()
    for one, other in (sides, sides[::-1]):
        places = {code.key: code for code in by_set.get(other, ())}
        for code in by_set.get(one, ()):
            both = sets.lists[one].holds(*code.key) and sets.lists[other].holds(*code.key)
            if both and code.key not in told:
                told.add(code.key)
                twin = places.get(code.key)
                where = spots.named(twin.path, twin.place) if twin else f"a rule of {other}.json"
                what = f"stands in {where}, too, which means the opposite: {because}"
                yield spots.fault(code.path, code.place, code.code, what)


def _rules(sets: Sets, sides: tuple[str, str], because: str) -> Iterator[Fault]:
    """Rules of both sets that cover the same codes, though neither names one."""
    one, other = (sets.lists[name] for name in sides)
    shared = {
        code
        for rule in (*one.rules, *other.rules)
        for code in _samples(rule)
        if one.holds(rule.system, code) and other.holds(rule.system, code)
    }
    named = {code.replace(".", "") for _, code in (*one.codes, *other.codes)}
    if left := sorted(shared - named):
        what = f"covers {left[0]}, as {other.id}.json does, which means the opposite: {because}"
        yield Fault(f"valuesets/{one.id}.json", 1, "", what)


def _samples(rule: Rule) -> Iterator[str]:
    """Codes under a rule: its stem, and full ones with each seventh character that it names."""
    if not rule.seventh:
        yield rule.stem
    for last in rule.seventh or _NO_SEVENTH:
        yield f"{rule.stem.ljust(_LENGTH - 1, _SAMPLE)}{last}"
