"""A site's own codes: each joins a value set, and no set that says the opposite."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.chart.codes import LOINC, SNOMED, canonical_code, canonical_system
from knowledge.checks.digits import loinc_holds, verhoeff_holds
from knowledge.checks.opposites import Pairs, pairs
from knowledge.checks.rules import load_rules
from knowledge.codelists import Key, ValueSets
from knowledge.site.folder import Folder
from knowledge.site.model import LocalCode
from knowledge.site.shapes import CODES, CodeShape
from knowledge.site.shipped import Shipped


def local_codes(folder: Folder, shipped: Shipped) -> tuple[LocalCode, ...]:
    """The site's codes; faults are kept in the folder."""
    against = pairs(load_rules(shipped.folder)[0], shipped.findings.values())
    joined: dict[Key, set[str]] = {}
    found: list[LocalCode] = []
    for number, one in enumerate(folder.codes.codes):
        system = canonical_system(one.system) or one.system
        key = (system, canonical_code(system, one.code))
        others = joined.setdefault(key, set())
        for what in _wrong(one, key, others, shipped.valuesets, against):
            folder.fault(CODES, ("codes", number), what)
        others.add(one.value_set)
        found.append(LocalCode(*key, one.display, one.value_set, one.why))
    return tuple(found)


def _wrong(
    one: CodeShape, key: Key, joined: set[str], sets: ValueSets, against: Pairs
) -> Iterator[str]:
    if one.value_set not in sets:
        yield f"there is no value set {one.value_set}"
        return
    known = sets.sets(*key)
    if one.value_set in joined:
        yield f"{one.code} stands twice for {one.value_set}"
    elif one.value_set in known:
        yield f"{one.code} is in {one.value_set} already"
    elif key in sets.lists[one.value_set].without:
        yield f"{one.code} is left out of {one.value_set} on purpose"
    for other in sorted(joined | known):
        sides = (min(other, one.value_set), max(other, one.value_set))
        if because := against.get(sides):
            yield f"{one.code} is in {other} too, the opposite of {one.value_set}: {because}"
    if key[0] == SNOMED and not verhoeff_holds(one.code):
        yield f"{one.code} is no SNOMED CT id: its check digit is wrong"
    if key[0] == LOINC and not one.code.startswith("LA") and not loinc_holds(one.code):
        yield f"{one.code} is no LOINC code: its check digit is wrong"
