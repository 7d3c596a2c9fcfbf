"""How long a finding has lasted or how long ago it was: "3/7", "since yesterday"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

Unit = Literal["h", "d", "wk", "mo", "a"]
Kind = Literal["for", "ago"]

_UNITS = ("h", "d", "wk", "mo", "a")
_MINUTES_IN_HOUR = 60
_NEAR = 100
"""Characters around a time in which its neighbouring words are looked for."""
_PARTS = (
    "numbers",
    "units",
    "others",
    "minutes",
    "moments",
    "ago",
    "since",
    "not-before",
    "not-after",
    "unless-before",
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A time in hours, days, weeks, months or years; `ago`: since when, `for`: how long."""

    value: float
    unit: Unit
    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DurationWords:
    """The words for times, and one expression that finds them in normalised text."""

    expression: re.Pattern[str]
    numbers: Mapping[str, float]
    units: Mapping[str, tuple[float, Unit]]
    moments: Mapping[str, tuple[float, Unit]]
    fractions: Mapping[str, Unit]
    ago: frozenset[str]
    since: frozenset[str]
    not_before: frozenset[str]
    not_after: frozenset[str]
    unless_before: frozenset[str]

    def read(self, clause: str) -> tuple[Duration, ...]:
        """All times in a normalised clause, with their places in it, in order."""
        found = (self._duration(match, clause) for match in self.expression.finditer(clause))
        return tuple(one for one in found if one is not None)

    def _duration(self, match: re.Match[str], clause: str) -> Duration | None:
        before = clause[max(0, match.start() - _NEAR) : match.start()].split()[-2:]
        after = clause[match.end() : match.end() + _NEAR].split()[:1]
        moment = match["moment"]
        last = before[-1] if before else ""
        if moment is None and self._other(before, last, after):
            return None
        value, unit = self.moments[moment] if moment else self._amount(match)
        ago = moment is not None if last not in self.since else False
        ago = ago or (bool(after) and after[0] in self.ago)
        if last in self.since:
            ago = False
        return Duration(value, unit, "ago" if ago else "for", match.start(), match.end())

    def _other(self, before: list[str], last: str, after: list[str]) -> bool:
        """Whether this is an age, an interval or a time to come."""
        if after and after[0] in self.not_after:
            return True
        return last in self.not_before and not self.unless_before.intersection(before)

    def _amount(self, match: re.Match[str]) -> tuple[float, Unit]:
        if match["fraction"]:
            count, _, parts = match["fraction"].partition("/")
            return float(count), self.fractions[parts]
        word = match["number"]
        number = self.numbers[word] if word in self.numbers else float(word)
        times, unit = self.units[match["unit"]]
        return number * times, unit


def duration_words(sections: Iterable[Mapping[str, object]]) -> DurationWords:
    """The words of all languages together. ValueError with the part that is wrong."""
    numbers: dict[str, float] = {}
    units: dict[str, tuple[float, Unit]] = {}
    moments: dict[str, tuple[float, Unit]] = {}
    fractions: dict[str, Unit] = {}
    words: dict[str, set[str]] = {name: set() for name in _PARTS}
    for section in sections:
        _check(section)
        numbers.update(_numbers(section["numbers"]))
        _add_units(section, units, fractions)
        moments.update(_amounts(section["moments"], "moments"))
        for name in ("ago", "since", "not-before", "not-after", "unless-before"):
            words[name].update(_strings(section[name], name))
    return DurationWords(
        _expression(numbers, units, moments, fractions),
        numbers,
        units,
        moments,
        fractions,
        ago=frozenset(words["ago"]),
        since=frozenset(words["since"]),
        not_before=frozenset(words["not-before"]),
        not_after=frozenset(words["not-after"]),
        unless_before=frozenset(words["unless-before"]),
    )


def _check(section: Mapping[str, object]) -> None:
    for name in _PARTS:
        if name not in section:
            raise ValueError(f"durations: {name} is missing")
    for name in section:
        if name not in _PARTS:
            raise ValueError(f"durations: {name} is not known here")


def _numbers(data: object) -> dict[str, float]:
    if not isinstance(data, Mapping):
        raise ValueError("durations numbers: each word needs its number")
    for word, value in data.items():
        if not isinstance(word, str) or not isinstance(value, int | float):
            raise ValueError(f"durations numbers: {word!r} is no word with a number")
    return {word: float(value) for word, value in data.items()}


def _strings(data: object, place: str) -> list[str]:
    if not isinstance(data, list) or not all(isinstance(one, str) for one in data):
        raise ValueError(f"durations {place}: must be a list of words (in quotes if need be)")
    return cast(list[str], data)


def _unit(name: object, place: str) -> Unit:
    if name not in _UNITS:
        raise ValueError(f"durations {place}: {name!r} is none of {', '.join(_UNITS)}")
    return cast(Unit, name)


def _add_units(
    section: Mapping[str, object],
    units: dict[str, tuple[float, Unit]],
    fractions: dict[str, Unit],
) -> None:
    entries = section["units"]
    if not isinstance(entries, Mapping):
        raise ValueError("durations units: each unit needs its words")
    for name, entry in entries.items():
        unit = _unit(name, "units")
        if not isinstance(entry, Mapping):
            raise ValueError(f"durations units {unit}: needs words")
        units.update(dict.fromkeys(_strings(entry.get("words"), f"units {unit}"), (1, unit)))
        if "fraction" in entry:
            fractions[str(entry["fraction"])] = unit
    units.update(_amounts(section["others"], "others"))
    minutes = _strings(section["minutes"], "minutes")
    units.update(dict.fromkeys(minutes, (1 / _MINUTES_IN_HOUR, "h")))


def _amounts(data: object, place: str) -> dict[str, tuple[float, Unit]]:
    out: dict[str, tuple[float, Unit]] = {}
    if not isinstance(data, Mapping):
        raise ValueError(f"durations {place}: each word needs a value and a unit")
    for word, entry in data.items():
        value = entry.get("value") if isinstance(entry, Mapping) else None
        if not isinstance(value, int | float):
            raise ValueError(f"durations {place} {word}: needs a value and a unit")
        out[str(word)] = (float(value), _unit(entry.get("unit"), f"{place} {word}"))
    return out


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda one: (-len(one), one)))


def _expression(
    numbers: Iterable[str], units: Iterable[str], moments: Iterable[str], fractions: Iterable[str]
) -> re.Pattern[str]:
    count = rf"(?P<number>\d{{1,3}}(?:\.\d{{1,2}})?(?= ?[^ \d.])|(?:{_either(numbers)})(?= ))"
    return re.compile(
        rf"(?<![^ ])(?:(?P<moment>{_either(moments)})"
        rf"|(?P<fraction>\d{{1,2}}/(?:{_either(fractions)}))"
        rf"|{count} ?(?P<unit>{_either(units)}))(?![^ ])"
    )
