"""Every change of a clause: a part left out, a part negated, an option dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from knowledge.checks.coverage.mutants import Place, changed, numbered
from knowledge.language.schema import (
    Age,
    AgeIs,
    Asked,
    Clause,
    CountOf,
    Every,
    Negated,
    NoneMet,
    Question,
    Some,
    Unless,
)
from knowledge.language.strata import named

_QUESTION = Question()


@dataclass(frozen=True, slots=True)
class Change:
    """A clause changed at one place. `steps` name the place for people."""

    place: Place
    steps: tuple[str, ...]
    what: str
    clause: Clause
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Part:
    """A clause inside another, and how the other looks with it replaced."""

    place: Place
    step: str
    clause: Clause
    around: Callable[[Clause], Clause]


def changes(clause: Clause, *, negate: bool = True) -> Iterator[Change]:
    """Every change of a clause; its own negation only where that is not told otherwise."""
    about = names_in(clause)
    if negate:
        yield Change((), (), "negated", negated(clause), about)
    yield from (Change((), (), what, found, about) for what, found in _own(clause))
    parts = _parts(clause)
    yield from _left_out(clause, parts)
    alone = len(parts) < 2 and not isinstance(clause, Unless)  # negating it negates the whole
    for part in parts:
        for inner in changes(part.clause, negate=not alone):
            yield _around(part, inner)


def names_in(clause: Clause) -> frozenset[str]:
    """The findings and definitions that a clause names."""
    return frozenset(one.name for one in named(clause))


def negated(clause: Clause) -> Clause:
    """The clause with `not` before it, or without the one that it has."""
    if isinstance(clause, Negated):
        return clause.not_
    return Negated.model_validate({"not": clause})


def _around(part: _Part, inner: Change) -> Change:
    return replace(
        inner,
        place=(*part.place, *inner.place),
        steps=(part.step, *inner.steps),
        clause=part.around(inner.clause),
    )


def _parts(clause: Clause) -> list[_Part]:
    match clause:
        case Every():
            return _members(clause.all, ("all",), lambda new: changed(clause, all=new))
        case Some():
            return _members(clause.any, ("any",), lambda new: changed(clause, any=new))
        case CountOf():
            several = clause.at_least
            return _members(
                several.of,
                ("at_least", "of"),
                lambda new: changed(clause, at_least=changed(several, of=new)),
            )
        case Negated():
            return [_Part(("not",), "not", clause.not_, lambda new: changed(clause, not_=new))]
        case Unless():
            return [
                _Part(("unless",), "unless", clause.unless, lambda new: changed(clause, unless=new))
            ]
    return []


def _members(
    members: tuple[Clause, ...], place: Place, around: Callable[[tuple[Clause, ...]], Clause]
) -> list[_Part]:
    steps = numbered([step_of(one) for one in members])
    return [
        _Part(
            (*place, number),
            f"{place[0]}.{step}",
            member,
            lambda new, number=number: around(  # type: ignore[misc]
                (*members[:number], new, *members[number + 1 :])
            ),
        )
        for number, (step, member) in enumerate(zip(steps, members, strict=True))
    ]


def step_of(clause: Clause) -> str:
    """What a clause is called among others: its finding, or the word that it begins with."""
    if isinstance(clause, Asked):
        return clause.name
    (field,) = type(clause).model_fields.items()
    return field[1].alias or field[0]


def _left_out(clause: Clause, parts: list[_Part]) -> Iterator[Change]:
    """Each of several members left out."""
    if len(parts) < 2:
        return
    members = tuple(part.clause for part in parts)
    for number, part in enumerate(parts):
        rest = members[:number] + members[number + 1 :]
        about = names_in(part.clause)
        yield Change(part.place, (part.step,), "left out", _holding(clause, rest), about)


def _holding(clause: Clause, members: tuple[Clause, ...]) -> Clause:
    match clause:
        case Every():
            return changed(clause, all=members)
        case Some():
            return changed(clause, any=members)
        case CountOf():
            return changed(clause, at_least=changed(clause.at_least, of=members))
    return clause


def _own(clause: Clause) -> Iterator[tuple[str, Clause]]:
    """What can be dropped from a clause that holds no others."""
    match clause:
        case Asked():
            for what, question in _options(clause.question):
                yield what, changed(clause, question=question)
        case NoneMet():
            for what, none in _fewer(clause.no_criterion, ("urgency", "ids")):
                yield what, changed(clause, no_criterion=none)
        case AgeIs() if clause.age.at_least and clause.age.under:
            yield "without at_least", changed(clause, age=Age(under=clause.age.under))
            yield "without under", changed(clause, age=Age(at_least=clause.age.at_least))


def _options(question: Question) -> Iterator[tuple[str, Question]]:
    """The question without one of its options, or without one of several values of it."""
    for key in question.model_dump(exclude_defaults=True):
        yield f"without {key}", changed(question, **{key: getattr(_QUESTION, key)})
        values = getattr(question, key)
        if isinstance(values, tuple) and len(values) > 1:
            for value in values:
                rest = tuple(one for one in values if one != value)
                yield f"{key} without {value}", changed(question, **{key: rest})


def _fewer(shape: Any, keys: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """The shape with one value of its lists less, where another is left."""
    if sum(len(getattr(shape, key)) for key in keys) < 2:
        return
    for key in keys:
        values = getattr(shape, key)
        for value in values:
            rest = tuple(one for one in values if one != value)
            yield f"{key} without {value}", changed(shape, **{key: rest})
