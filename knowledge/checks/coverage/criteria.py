"""Every change of a criterion: its parts, its tiers, what lowers them, what confirms it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from knowledge.checks.coverage.clauses import Change, changes, names_in
from knowledge.checks.coverage.mutants import Mutant, Place, changed, label, numbered
from knowledge.language.schema import Asked, Clause, Criterion, Every, Lowering, Tier, Urgency
from knowledge.language.strata import all_clauses, clauses

_LEVELS = (*Urgency, "none")


def changed_criteria(criterion: Criterion) -> Iterator[Mutant]:
    """The criterion with one thing changed, in the order of its file."""
    yield from _definitions(criterion)
    yield from _tiers(criterion)
    yield from _lowers(criterion)
    yield from _settled(criterion)
    yield from _confirmed(criterion)


def _definitions(criterion: Criterion) -> Iterator[Mutant]:
    references = _references(criterion)
    for name, clause in criterion.define.items():
        for change in changes(clause, negate=references.count(name) != 1):
            define = {**criterion.define, name: change.clause}
            yield _mutant(criterion, ("define", name), ("define", name), change, define=define)


def _references(criterion: Criterion) -> list[str]:
    """Every definition that is named, as often as it is: once negated is negated at its place."""
    found = [one.part for one in criterion.lowers if one.part]
    for _, top in all_clauses(criterion):
        for one in clauses(top):
            if isinstance(one, Asked):
                related = (one.question.after, one.question.same_region_as)
                found += [one.name, *(name for name in related for _ in _LEVELS if name)]
    return found


def _mutant(
    criterion: Criterion, place: Place, steps: tuple[str, ...], change: Change, **fields: object
) -> Mutant:
    return Mutant(
        criterion.id,
        (*place, *change.place),
        label((*steps, *change.steps), change.what),
        criterion.model_copy(update=fields),
        change.about,
    )


def _plain(
    criterion: Criterion,
    place: Place,
    steps: tuple[str, ...],
    what: str,
    top: Clause,
    **fields: Any,
) -> Mutant:
    change = Change((), (), what, top, names_in(top))
    return _mutant(criterion, place, steps, change, **fields)


def _tiers(criterion: Criterion) -> Iterator[Mutant]:
    tiers = criterion.tiers
    names = numbered([str(tier.urgency) for tier in tiers])
    for number, tier in enumerate(tiers):
        place, steps = ("tiers", number), ("tiers", names[number])
        before, after = tiers[:number], tiers[number + 1 :]
        for change in changes(tier.when):
            new = changed(tier, when=change.clause)
            fields = {"tiers": (*before, new, *after)}
            yield _mutant(criterion, (*place, "when"), steps, change, **fields)
        for what, others in _other_tiers(tier, before, after):
            yield _plain(criterion, place, steps, what, tier.when, tiers=others)


def _other_tiers(
    tier: Tier, before: tuple[Tier, ...], after: tuple[Tier, ...]
) -> Iterator[tuple[str, tuple[Tier, ...]]]:
    if before or after:
        yield "left out", (*before, *after)
    for urgency in _beside(tier.urgency, tuple(Urgency)):
        yield f"urgency {urgency}", (*before, changed(tier, urgency=urgency), *after)
    if tier.clock:
        yield "without clock", (*before, changed(tier, clock=None), *after)
    if after:
        yield "after the next", (*before, after[0], tier, *after[1:])


def _beside(level: Any, levels: tuple[Any, ...]) -> list[Any]:
    """The neighbours of a level."""
    place = levels.index(level)
    return [*levels[max(place - 1, 0) : place], *levels[place + 1 : place + 2]]


def _lowers(criterion: Criterion) -> Iterator[Mutant]:
    lowers = criterion.lowers
    names = numbered([lowering.part or "whole" for lowering in lowers])
    for number, lowering in enumerate(lowers):
        place, steps = ("lowers", number), ("lowers", names[number])
        before, after = lowers[:number], lowers[number + 1 :]
        for change in changes(lowering.when):
            new = changed(lowering, when=change.clause)
            fields = {"lowers": (*before, new, *after)}
            yield _mutant(criterion, (*place, "when"), steps, change, **fields)
        for what, others in _other_lowers(criterion, lowering):
            new_lowers = (*before, *others, *after)
            yield _plain(criterion, place, steps, what, lowering.when, lowers=new_lowers)


def _other_lowers(
    criterion: Criterion, lowering: Lowering
) -> Iterator[tuple[str, tuple[Lowering, ...]]]:
    yield "left out", ()
    if lowering.part and not _whole(criterion, lowering.part, lowering.to):
        yield "without part", (changed(lowering, part=None),)
    if lowering.card:
        yield "without card", (changed(lowering, card=None),)
    for level in _beside(lowering.to, _LEVELS):
        if level is not Urgency.EMERGENCY and not _alike(criterion, lowering, level):
            yield f"to {level}", (changed(lowering, to=level),)


def _settled(criterion: Criterion) -> Iterator[Mutant]:
    """What answers it, with one report or operation less."""
    settled = criterion.settled_by
    for key in ("reports", "operations"):
        names: tuple[str, ...] = getattr(settled, key)
        for number, name in enumerate(names):
            rest = names[:number] + names[number + 1 :]
            place = ("settled_by", key, number)
            what = label(("settled_by", key), f"without {name}")
            new = changed(criterion, settled_by=changed(settled, **{key: rest}))
            yield Mutant(criterion.id, place, what, new, frozenset((name,)))


def _confirmed(criterion: Criterion) -> Iterator[Mutant]:
    place = ("confirmed_by",)
    for change in changes(criterion.confirmed_by) if criterion.confirmed_by else ():
        yield _mutant(criterion, place, place, change, confirmed_by=change.clause)


def _alike(criterion: Criterion, lowering: Lowering, level: Urgency | str) -> bool:
    """A part is held back in the same tiers whichever of two levels it is lowered to."""
    part = lowering.part
    if part is None:
        return False
    asking = [tier for tier in criterion.tiers if part in _behind(criterion, tier.when)]
    return all(_above(tier, lowering.to) == _above(tier, level) for tier in asking)


def _above(tier: Tier, level: Urgency | str) -> bool:
    return _LEVELS.index(tier.urgency) < _LEVELS.index(level)


def _behind(criterion: Criterion, clause: Clause) -> set[str]:
    """Everything that a clause names, through definitions."""
    found: set[str] = set()
    wanted = list(names_in(clause))
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            wanted += names_in(criterion.define[name]) if name in criterion.define else ()
    return found


def _whole(criterion: Criterion, part: str, to: Urgency | str) -> bool:
    """Whether no tier above a level is met without a part, so that it stands for the whole."""
    tiers = [tier for tier in criterion.tiers if _above(tier, to)]
    lands = to == "none" or any(tier.urgency == to for tier in criterion.tiers)
    return lands and all(_needs(tier.when, part) for tier in tiers)


def _needs(clause: Clause, part: str) -> bool:
    members = clause.all if isinstance(clause, Every) else (clause,)
    return any(isinstance(one, Asked) and one.name == part for one in members)
