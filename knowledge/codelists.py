"""Value sets: which codes, and which phrases, mean one thing.

Files are FHIR R4 ValueSet resources, read through fhir.resources, with their phrases beside
them. Rules of an `include` or `exclude` that are understood: `concept is-a CODE` (this code and
all below it, ICD-10 and its kin, by the code's beginning) and, beside it,
`seventh-character in A,B` (ICD-10-CM's encounter character).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fhir.resources.R4B.valueset import ValueSet, ValueSetComposeInclude
from pydantic import ValidationError

from knowledge.chart.codes import canonical_code, canonical_system
from knowledge.checks.spots import phrase_faults, shape_faults
from knowledge.language.files import Fault, KnowledgeError, shown
from knowledge.text import PhraseSet, load_phrases

Key = tuple[str, str]
"""A canonical system and code."""

NONE: frozenset[str] = frozenset()
_SEVENTH = 7
_REMEMBERED = 100 * 1000
_LONGEST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Rule:
    """This code and all below it; with `seventh`, only those with one of these characters."""

    system: str
    stem: str
    seventh: frozenset[str] = NONE

    def covers(self, system: str, code: str) -> bool:
        """Whether a code without its dot falls under the rule."""
        if system != self.system or not code.startswith(self.stem):
            return False
        return not self.seventh or code[_SEVENTH - 1 : _SEVENTH] in self.seventh


@dataclass(frozen=True, slots=True)
class CodeList:
    """One value set: its codes with displays, its rules, and what it leaves out again."""

    id: str
    title: str
    codes: Mapping[Key, str]
    rules: tuple[Rule, ...] = ()
    without: frozenset[Key] = frozenset()
    without_rules: tuple[Rule, ...] = ()

    def holds(self, system: str, code: str) -> bool:
        """Whether a canonical code is in the set."""
        bare = _bare(code)
        if (system, code) in self.without or _any(self.without_rules, system, bare):
            return False
        return (system, code) in self.codes or _any(self.rules, system, bare)


def _any(rules: Iterable[Rule], system: str, bare: str) -> bool:
    return any(rule.covers(system, bare) for rule in rules)


def _bare(code: str) -> str:
    return code.replace(".", "")


@dataclass(slots=True)
class ValueSets:
    """All value sets, asked the other way round: which sets hold this code?"""

    lists: Mapping[str, CodeList]
    phrases: Mapping[str, PhraseSet]
    _by_code: dict[Key, list[str]] = field(default_factory=dict)
    _by_stem: dict[Key, list[str]] = field(default_factory=dict)
    _longest: int = 0
    _found: dict[tuple[str | None, str | None], frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Turn the lists round once."""
        for one in self.lists.values():
            for key in one.codes:
                self._by_code.setdefault(key, []).append(one.id)
            for rule in one.rules:
                self._by_stem.setdefault((rule.system, rule.stem), []).append(one.id)
                self._longest = max(self._longest, len(rule.stem))

    def __contains__(self, name: object) -> bool:
        """Whether there is a set of this id."""
        return name in self.lists

    def sets(self, system: str | None, code: str | None) -> frozenset[str]:
        """The ids of the sets that hold a code as it was sent; without a system none do."""
        key = (system, code)
        found = self._found.get(key)
        if found is None:
            found = self._look_up(system, code)
            if len(system or "") + len(code or "") <= _LONGEST_KEPT:
                self._remember(key, found)
        return found

    def _remember(self, key: tuple[str | None, str | None], found: frozenset[str]) -> None:
        if len(self._found) >= _REMEMBERED:
            self._found.clear()
        self._found[key] = found

    def _look_up(self, system: str | None, code: str | None) -> frozenset[str]:
        known = canonical_system(system)
        if known is None or not code:
            return NONE
        plain = canonical_code(known, code)
        for name in (known, *_mistaken_for(known)):
            found = self._holding(name, plain)
            if found:
                return found
        return NONE

    def _holding(self, system: str, code: str) -> frozenset[str]:
        bare = _bare(code)
        names = set(self._by_code.get((system, code), ()))
        for length in range(1, min(len(bare), self._longest) + 1):
            names.update(self._by_stem.get((system, bare[:length]), ()))
        return frozenset(name for name in names if self.lists[name].holds(system, code))

    def display(self, system: str | None, code: str | None) -> str:
        """The display that a set gives to a code, else nothing."""
        known = canonical_system(system)
        if known is None or not code:
            return ""
        key = (known, canonical_code(known, code))
        names = self._by_code.get(key, ())
        return self.lists[names[0]].codes[key] if names else ""


ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"


def _mistaken_for(system: str) -> tuple[str, ...]:
    """The system that a site may have meant: ICD-10 and ICD-10-CM are mislabelled as each other."""
    pairs = {ICD_10: (ICD_10_CM,), ICD_10_CM: (ICD_10,)}
    return pairs.get(system, ())


def load_valuesets(folder: Path) -> ValueSets:
    """All value sets of a folder. Raises KnowledgeError with every fault."""
    faults: list[Fault] = []
    lists: dict[str, CodeList] = {}
    phrases: dict[str, PhraseSet] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            lists[path.stem] = load_list(path)
        except ValidationError as error:
            faults += shape_faults(path, error)
        except ValueError as error:
            faults.append(Fault(shown(path), 1, "", str(error)))
    for path in sorted(folder.glob("*.phrases.yaml")):
        name = path.name.removesuffix(".phrases.yaml")
        if name not in lists:
            faults.append(Fault(shown(path), 1, "", f"there is no {name}.json beside it"))
        try:
            phrases[name] = load_phrases(path)
        except ValueError as error:
            faults += phrase_faults(path, error)
    if faults:
        raise KnowledgeError(faults)
    return ValueSets(lists, phrases)


def load_list(path: Path) -> CodeList:
    """One ValueSet file. Raises ValueError where it is not one, or has a rule we do not know."""
    resource = ValueSet.model_validate_json(path.read_bytes())
    if resource.id != path.stem:
        raise ValueError(f"its id {resource.id} is not the file's name")
    include = resource.compose.include if resource.compose else []
    exclude = (resource.compose.exclude if resource.compose else None) or []
    return CodeList(
        path.stem,
        str(resource.title),
        {key: display for part in include for key, display in _codes(part)},
        tuple(rule for part in include if (rule := _rule(part))),
        frozenset(key for part in exclude for key, _ in _codes(part)),
        tuple(rule for part in exclude if (rule := _rule(part))),
    )


def _codes(part: ValueSetComposeInclude) -> Iterable[tuple[Key, str]]:
    system = _system(part)
    for concept in part.concept or []:
        yield (system, canonical_code(system, str(concept.code))), str(concept.display or "")


def _system(part: ValueSetComposeInclude) -> str:
    system = canonical_system(str(part.system) if part.system else None)
    if system is None:
        raise ValueError("an include has no system that is known")
    return system


def _rule(part: ValueSetComposeInclude) -> Rule | None:
    stem, seventh = "", NONE
    for one in part.filter or []:
        match (one.property, one.op):
            case ("concept", "is-a"):
                stem = _bare(str(one.value).upper())
            case ("seventh-character", "in"):
                seventh = frozenset(str(one.value).split(","))
            case _:
                raise ValueError(f"the rule {one.property} {one.op} is not one that is understood")
    return Rule(_system(part), stem, seventh) if stem else None
