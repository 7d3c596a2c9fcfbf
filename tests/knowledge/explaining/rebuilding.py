"""A clause made again from its tree: what the tree left out or invented shows as a difference."""

from __future__ import annotations

from typing import Any

from knowledge.explaining.tree import Node
from knowledge.language.schema import AgeIs, Asked, Clause, NoneMet, Question
from knowledge.language.strata import clauses


def agrees(node: Node, clause: Clause) -> bool:
    """Whether a tree says exactly what its clause asks, down to the parts that it names."""
    return bool(_shape(node) == _plain(clause))


def _shape(node: Node) -> Any:
    if node.kind in ("all", "any", "at-least", "not", "unless"):
        return [node.kind, *map(_shape, node.of)]
    if node.kind in ("age", "no-criterion"):
        return [node.kind]
    options = {
        key: value["parameter"] if isinstance(value, dict) else value
        for key, value in node.options.items()
    }
    return [node.part or node.finding, Question.model_validate(options)]


def _plain(clause: Any) -> Any:
    if isinstance(clause, Asked):
        return [clause.name, clause.question]
    if isinstance(clause, AgeIs):
        return ["age"]
    if isinstance(clause, NoneMet):
        return ["no-criterion"]
    ((name, field),) = type(clause).model_fields.items()
    inner = getattr(clause, name)
    parts = inner if isinstance(inner, tuple) else getattr(inner, "of", (inner,))
    return [(field.alias or name).replace("_", "-"), *map(_plain, parts)]


def lines(node: Node) -> list[str]:
    """All sentences of a tree."""
    return [node.text, *(text for one in node.of for text in lines(one))]


def findings(node: Node) -> set[str]:
    """All findings that a tree names."""
    own = {node.finding} if node.finding else set()
    return own.union(*(findings(one) for one in node.of))


def asked(clause: Clause) -> list[Asked]:
    """All that a clause names."""
    return [one for one in clauses(clause) if isinstance(one, Asked)]
