"""Value sets in two versions: codes with their displays, and phrases."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.chart.codes import ATC, ICD_10, ICD_10_CM, LOINC, RXNORM, SNOMED
from knowledge.checks.diff.model import SetChange
from knowledge.checks.references import sets_of
from knowledge.checks.shelf import Shelf
from knowledge.codelists import CodeList, Rule
from knowledge.language.criteria import findings_of

_SYSTEMS = {
    SNOMED: "SNOMED CT",
    LOINC: "LOINC",
    RXNORM: "RxNorm",
    ICD_10_CM: "ICD-10-CM",
    ICD_10: "ICD-10",
    ATC: "ATC",
}


def sets(old: Shelf, new: Shelf) -> tuple[SetChange, ...]:
    """Value sets that are new, gone or changed."""
    return tuple(_sets(old, new))


def _sets(old: Shelf, new: Shelf) -> Iterator[SetChange]:
    for name in sorted({*old.lists, *new.lists}):
        was, now = old.lists.get(name), new.lists.get(name)
        codes, phrases = _codes(was), _phrases(old, name)
        codes_now, phrases_now = _codes(now), _phrases(new, name)
        if was and now and codes == codes_now and phrases == phrases_now:
            continue
        one = now or was
        assert one is not None
        yield SetChange(
            id=name,
            title=one.title,
            kind="new" if was is None else "gone" if now is None else "changed",
            codes_added=tuple(sorted(codes_now - codes)),
            codes_removed=tuple(sorted(codes - codes_now)),
            phrases_added=tuple(sorted(phrases_now - phrases)),
            phrases_removed=tuple(sorted(phrases - phrases_now)),
            used_by=_used(name, new if now else old),
        )


def _codes(one: CodeList | None) -> frozenset[str]:
    if one is None:
        return frozenset()
    told = {f"{display} ({_named(system)} {code})" for (system, code), display in one.codes.items()}
    told |= {_rule(rule) for rule in one.rules}
    told |= {f"not {_named(system)} {code}" for system, code in one.without}
    return frozenset(told | {f"not {_rule(rule)}" for rule in one.without_rules})


def _rule(rule: Rule) -> str:
    seventh = f" with seventh character {', '.join(sorted(rule.seventh))}" if rule.seventh else ""
    return f"all of {_named(rule.system)} {rule.stem}{seventh}"


def _named(system: str) -> str:
    return _SYSTEMS.get(system, system)


def _phrases(shelf: Shelf, name: str) -> frozenset[str]:
    one = shelf.phrases.get(name)
    if one is None:
        return frozenset()
    return frozenset((*one.phrases, *(f"unless: {phrase}" for phrase in one.unless)))


def _used(name: str, shelf: Shelf) -> tuple[str, ...]:
    """The criteria that come to a value set."""
    findings = {
        one.id for one in shelf.findings.values() if name in {set_ for _, set_ in sets_of(one)}
    }
    return tuple(
        criterion.id
        for criterion in shelf.criteria.values()
        if findings & findings_of(criterion, shelf.findings)
    )
