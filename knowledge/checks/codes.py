"""Codes as they stand in the files: their form, their check digit, one display for each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.chart.codes import (
    ATC,
    ICD_10,
    ICD_10_CM,
    LOINC,
    RXNORM,
    SNOMED,
    canonical_code,
    canonical_system,
)
from knowledge.checks.digits import loinc_holds, verhoeff_holds
from knowledge.checks.spots import Place, Spots
from knowledge.language.files import Fault, KnowledgeError, read

_CONCEPT = re.compile(r"[1-9]\d{2,14}[01]0\d")
"""A SNOMED CT id of a concept: its partition is 00, or 10 in an extension."""

_FORMS = {
    ICD_10_CM: (re.compile(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?"), "ICD-10-CM"),
    ICD_10: (re.compile(r"[A-Z]\d\d(\.\d{1,2})?"), "ICD-10"),
    RXNORM: (re.compile(r"[1-9]\d{0,8}"), "RxNorm"),
    ATC: (re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?"), "ATC"),
}
_ANSWER = re.compile(r"LA\d+-\d")


@dataclass(frozen=True, slots=True)
class Coded:
    """A code where it stands. `left_out`: by an `exclude`."""

    path: Path
    place: Place
    system: str
    code: str
    display: str
    left_out: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """System and code in their one spelling."""
        system = canonical_system(self.system) or self.system
        return system, canonical_code(system, self.code)


def codes_of(folder: Path) -> list[Coded]:
    """Every code of the value sets and of the orders; a file that cannot be read has none."""
    found = [one for path in sorted((folder / "valuesets").glob("*.json")) for one in _in_set(path)]
    return found + list(_in_orders(folder / "orders.yaml"))


def _in_set(path: Path) -> Iterator[Coded]:
    try:
        compose = json.loads(path.read_text(encoding="utf-8")).get("compose", {})
    except (ValueError, AttributeError):
        return
    for part in ("include", "exclude"):
        for number, block in _numbered(compose, part):
            for index, one in _numbered(block, "concept"):
                place = ("compose", part, number, "concept", index, "code")
                yield _coded(path, place, block, one, part == "exclude")


def _numbered(holder: object, key: str) -> list[tuple[int, dict[str, Any]]]:
    """The objects under a key with their places; nothing where the file is of another shape."""
    items = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(items, list):
        return []
    return [(place, item) for place, item in enumerate(items) if isinstance(item, dict)]


def _coded(
    path: Path, place: Place, block: dict[str, Any], one: dict[str, Any], left_out: bool = False
) -> Coded:
    texts = (block.get("system"), one.get("code"), one.get("display"))
    system, code, display = (str(text or "") for text in texts)
    return Coded(path, place, system, code, display, left_out)


def _in_orders(path: Path) -> Iterator[Coded]:
    try:
        content = read(path).content
    except KnowledgeError:
        return
    for place, holder in _objects(content, ()):
        for number, one in _numbered(holder, "codings"):
            yield _coded(path, (*place, "codings", number, "code"), one, one)


def _objects(value: object, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    if isinstance(value, dict):
        yield place, value
        for key, inner in value.items():
            yield from _objects(inner, (*place, key))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _objects(inner, (*place, number))


def code_faults(codes: Iterable[Coded], spots: Spots) -> Iterator[Fault]:
    """Everything that is wrong with codes and displays, each at the line of its code."""
    found = list(codes)
    for one in found:
        for what in _wrong(one):
            yield spots.fault(one.path, one.place, one.code, what)
    yield from _twice(found, spots)
    yield from _displays(found, spots)


def _wrong(one: Coded) -> Iterator[str]:
    system, code = one.key
    if system == SNOMED and not (_CONCEPT.fullmatch(code) and verhoeff_holds(code)):
        yield "is no SNOMED CT id: its form or its check digit is wrong"
    if system == LOINC and not (_ANSWER.fullmatch(code) or loinc_holds(code)):
        yield "is no LOINC code: its form or its check digit is wrong"
    form, name = _FORMS.get(system, (None, ""))
    if form and not form.fullmatch(code):
        yield f"has not the form of an {name} code"
    if not one.display.strip():
        yield "has no display"


def _twice(codes: Iterable[Coded], spots: Spots) -> Iterator[Fault]:
    first: dict[tuple[object, ...], Coded] = {}
    for one in codes:
        before = first.setdefault((one.path, one.left_out, *one.key), one)
        if before is not one and one.path.suffix == ".json":
            line = spots.line(before.path, before.place)
            yield spots.fault(one.path, one.place, one.code, f"stands on line {line}, too")


def _displays(codes: Iterable[Coded], spots: Spots) -> Iterator[Fault]:
    """A code has one display in all files; every file that has another is named."""
    first: dict[tuple[str, str], Coded] = {}
    for one in codes:
        before = first.setdefault(one.key, one)
        if one.display.strip() and one.display != before.display:
            where = spots.named(before.path, before.place)
            what = f"is {one.display!r} here and {before.display!r} in {where}"
            yield spots.fault(one.path, one.place, one.code, what)
