"""Two versions of a file's content, place by place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

import yaml

from knowledge.checks.diff.model import Moved

_WIDE = 10 * 1000
_NAMES = ("urgency", "id", "because", "name")
"""By what an item of a list is called, where it has one of these."""


def moved(was: Any, now: Any, place: tuple[str, ...] = ()) -> Iterator[Moved]:
    """Every place at which two contents differ, the deepest that both have."""
    if was == now:
        return
    if isinstance(was, dict) and isinstance(now, dict):
        for key in dict.fromkeys((*was, *now)):
            yield from moved(was.get(key), now.get(key), (*place, str(key)))
    elif isinstance(was, list) and isinstance(now, list):
        yield from _items(was, now, place)
    else:
        yield Moved(place=" / ".join(place), was=_told(was), now=_told(now))


def _items(was: list[Any], now: list[Any], place: tuple[str, ...]) -> Iterator[Moved]:
    """Items that stayed are found again; one that took the place of another is compared with it."""
    matcher = SequenceMatcher(None, _keys(was), _keys(now), autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        pairs = min(b - a, d - c)
        for number in range(pairs):
            step = _step(now[c + number], c + number)
            yield from moved(was[a + number], now[c + number], (*place, step))
        for one in was[a + pairs : b]:
            yield Moved(place=" / ".join(place), was=_told(one))
        for one in now[c + pairs : d]:
            yield Moved(place=" / ".join(place), now=_told(one))


def _keys(items: Sequence[Any]) -> list[str]:
    return [json.dumps(item, sort_keys=True, default=str) for item in items]


def _step(item: Any, number: int) -> str:
    if isinstance(item, dict):
        name = next((str(item[key]) for key in _NAMES if isinstance(item.get(key), str)), None)
        return f"{number + 1} ({name})" if name else str(number + 1)
    return str(number + 1)


def _told(value: Any) -> str | None:
    """A value as it would stand in the file, on one line."""
    if value is None or isinstance(value, str):
        return value
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=_WIDE
    )
    return text.removesuffix("\n").removesuffix("\n...")
