"""The order of the criteria: whoever asks that no other is met comes after that other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from pydantic import BaseModel

from knowledge.language.schema import Asked, Clause, Criterion, NoneMet, Question


def clauses(clause: BaseModel) -> Iterator[BaseModel]:
    """A clause and all clauses inside it."""
    yield clause
    if isinstance(clause, Question):
        return  # it has many options and no clause among them
    for name in type(clause).model_fields:
        value = getattr(clause, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, BaseModel):
                yield from clauses(one)


def all_clauses(criterion: Criterion) -> Iterator[tuple[tuple[object, ...], Clause]]:
    """Every top clause of a criterion with its place in the file."""
    for name, clause in criterion.define.items():
        yield ("define", name), clause
    for number, tier in enumerate(criterion.tiers):
        yield ("tiers", number, "when"), tier.when
    for number, lowering in enumerate(criterion.lowers):
        yield ("lowers", number, "when"), lowering.when
    if criterion.confirmed_by is not None:
        yield ("confirmed_by",), criterion.confirmed_by


def depends_on(criterion: Criterion, criteria: Mapping[str, Criterion]) -> set[str]:
    """The criteria that this one asks not to be met."""
    found: set[str] = set()
    for _, top in all_clauses(criterion):
        for clause in clauses(top):
            if isinstance(clause, NoneMet):
                found |= set(clause.no_criterion.ids)
                wanted = set(clause.no_criterion.urgency)
                found |= {
                    other.id
                    for other in criteria.values()
                    if other.id != criterion.id and wanted & {tier.urgency for tier in other.tiers}
                }
    return found


def in_order(criteria: Mapping[str, Criterion]) -> list[str]:
    """The criteria so that each comes after those it asks about. Raises ValueError in a circle."""
    graph = {name: sorted(depends_on(one, criteria)) for name, one in criteria.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise ValueError(f"criteria ask about each other: {' -> '.join(error.args[1])}") from None


def named(clause: Clause) -> Iterator[Asked]:
    """Every finding or definition that a clause names."""
    for one in clauses(clause):
        if isinstance(one, Asked):
            yield one
