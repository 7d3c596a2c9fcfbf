"""Mutations of valid requests: of their structure, and of the bytes that stand for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tests.fuzz.charts import TYPES
from tests.fuzz.odd import copied, odd

Place = tuple[Any, Any]
"""A list or an object, and the position in it."""
Change = Callable[[Random, Place, list[Place]], None]

_KEPT = {"hook": 0.05, "hookInstance": 0.2, "context": 0.2, "patientId": 0.2, "prefetch": 0.3}
"""How seldom these are touched: a broken envelope is refused before the chart is read."""


def mutate(draw: Random, document: Any) -> None:
    """Change one to six places of a document, in place."""
    for _ in range(draw.choice((1, 1, 2, 3, 6))):
        places = list(_places(document))
        if not places:
            return
        place = draw.choice(places)
        if draw.random() < _KEPT.get(place[1], 1):
            draw.choice(_CHANGES)(draw, place, places)


def _places(node: Any) -> Iterator[Place]:
    """Every value of a document, with whatever holds it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            pairs = list(one.items())
        elif isinstance(one, list):
            pairs = list(enumerate(one))
        else:
            continue
        for where, value in pairs:
            yield one, where
            waiting.append(value)


def _delete(_draw: Random, place: Place, _places: list[Place]) -> None:
    holder, where = place
    del holder[where]


def _double(_draw: Random, place: Place, _places: list[Place]) -> None:
    holder, where = place
    if isinstance(holder, list):
        holder.append(copied(holder[where]))
    else:
        holder[where] = [copied(holder[where]), copied(holder[where])]


def _replace(draw: Random, place: Place, _places: list[Place]) -> None:
    holder, where = place
    holder[where] = odd(draw)


def _unwrap(draw: Random, place: Place, _places: list[Place]) -> None:
    """A list where one thing belongs, or one thing where a list belongs."""
    holder, where = place
    value = holder[where]
    holder[where] = value[0] if isinstance(value, list) and value else [value]


def _retype(draw: Random, place: Place, _places: list[Place]) -> None:
    """Another type of the same content."""
    holder, where = place
    value = holder[where]
    turned: Any = json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)
    if isinstance(value, str):
        turned = draw.choice((len(value), {"value": value}, [value], value.upper()))
    holder[where] = turned


def _move(draw: Random, place: Place, places: list[Place]) -> None:
    """What stands somewhere else, here."""
    holder, where = place
    other, there = draw.choice(places)
    holder[where] = copied(other[there])


def _rename(draw: Random, place: Place, places: list[Place]) -> None:
    holder, where = place
    if isinstance(holder, dict):
        names = [name for _, name in places if isinstance(name, str)]
        name = draw.choice((*names, "", "_" + where, where.upper(), "__proto__"))
        holder[name] = holder.pop(where)


def _swap_type(draw: Random, place: Place, places: list[Place]) -> None:
    """A resource that says that it is another."""
    typed = [one for one in places if one[1] == "resourceType"]
    holder, where = draw.choice(typed) if typed else place
    holder[where] = draw.choice((*TYPES, "Patient", "Bundle", "OperationOutcome", "patient", ""))


def _stretch(draw: Random, place: Place, _places: list[Place]) -> None:
    holder, where = place
    if isinstance(value := holder[where], str):
        tail = draw.choice(("", "\x07", "\ud83d", "’", "\n"))
        holder[where] = value * draw.choice((2, 100)) + tail


_CHANGES: tuple[Change, ...] = (
    _delete, _double, _replace, _replace, _replace, _unwrap, _retype, _move, _rename, _swap_type,
    _stretch,
)  # fmt: skip
