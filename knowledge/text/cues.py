"""Cue words: which expressions deny, query or date a finding (read from cues.yaml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path
from typing import cast

import yaml

from knowledge.safe_yaml import load
from knowledge.text.durations import DurationWords, duration_words
from knowledge.text.normalise import fold, tokens
from knowledge.text.phrases import expanded
from knowledge.text.shorthand import Shorthand, make_shorthand

CUES = Path(__file__).with_name("cues.yaml")
"""The cue file of this package."""

_YEAR = re.compile(r"^(?:19|20)\d\d$")
_MOST = 2 * 100
"""So many expressions one entry may stand for."""
_OPTIONS = re.compile(r"[(\[]")
_ANY_YEAR = "yyyy"
_ROLES = {
    "negation": ("before", "after", "answer"),
    "affirmation": ("after", "answer"),
    "still": ("before",),
    "unknown": ("before", "after", "answer"),
    "past": ("before", "after", "answer"),
    "complaint": ("before",),
    "tense": ("before",),
    "plain": ("before",),
    "family": ("before", "after"),
    "suspected": ("before", "after", "answer"),
    "hypothetical": ("before", "after"),
    "abnormal": ("before", "after", "noun"),
    "normal": ("before", "after", "answer"),
}
_SETS = (
    "links",
    "informs",
    "being",
    "relating",
    "verbal",
    "owners",
    "company",
    "ends",
    "new-statement",
    "joiners",
    "alternatives",
    "denials",
    "earlier",
    "over",
    "current",
    "onset",
    "history",
    "functions",
    "doings",
    "continuations",
    "fillers",
    "all",
    "openers",
    "repliers",
    "gap-stops",
)
_LIMITS = ("before", "after", "list-item", "longest-text")
_LISTS = ("relatives", "others", "relative-verbs", "in-relative")


@dataclass(frozen=True, slots=True)
class Cue:
    """An expression found in a text: its words and what it can be (`negation.before` …)."""

    words: tuple[str, ...]
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """The expressions that begin with one word, and their lengths, longest first."""

    lengths: tuple[int, ...]
    cues: Mapping[tuple[str, ...], Cue]


@dataclass(frozen=True, slots=True)
class Cues:
    """Everything that cues.yaml says, ready for use."""

    limits: Mapping[str, int]
    words: Mapping[str, frozenset[str]]
    table: Mapping[str, Entry]
    durations: DurationWords
    modifiers: tuple[str, ...]
    """How the names of phrase sets begin that only describe a finding."""
    shorthand: Shorthand

    def at(self, text: Sequence[str], place: int, limit: int, role: str = "") -> Cue | None:
        """The longest expression (of a role) that begins at `place` and ends before `limit`."""
        entry = self.table.get(text[place]) if place < limit else None
        if entry is None:
            return None
        for length in entry.lengths:
            if place + length <= limit:
                found = _look_up(entry, tuple(text[place : place + length]))
                if found is not None and (not role or role in found.roles):
                    return found
        return None

    def knows(self, word: str) -> bool:
        """Whether a word is one of this file's: it begins a cue, joins, fills, or tells a time."""
        return word in self.table or any(word in found for found in self.words.values())

    def expressions(self) -> Iterator[Cue]:
        """All expressions of the file."""
        return chain.from_iterable(entry.cues.values() for entry in self.table.values())


def _look_up(entry: Entry, words: tuple[str, ...]) -> Cue | None:
    found = entry.cues.get(words)
    if found is None and any(word.isdigit() for word in words):
        return entry.cues.get(tuple(_YEAR.sub(_ANY_YEAR, word) for word in words))
    return found


def load_cues(path: Path = CUES) -> Cues:
    """Read a cue file. ValueError with the file, the section and what is wrong."""
    try:
        data = load(path.read_text(encoding="utf-8"))
        return make_cues(data)
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name}: not YAML: {error}") from error
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def make_cues(data: object) -> Cues:
    """Cues from what a cue file says: `limits`, then one section per language."""
    top = dict(_mapping(data, "the file"))
    limits = _limits(_mapping(top.pop("limits", None), "limits"))
    modifiers = tuple(_strings(top.pop("modifiers", None), "modifiers"))
    if not top:
        raise ValueError("there is no language in it")
    table: dict[tuple[str, ...], set[str]] = {}
    words: dict[str, set[str]] = {name: set() for name in _SETS}
    durations: list[Mapping[str, object]] = []
    short: dict[str, str] = {}
    for language, section in top.items():
        _add_language(_mapping(section, language), language, table, words, durations)
        short |= _short(_mapping(_mapping(section, language)["shorthand"], f"{language} shorthand"))
    for one in words["ends"] | words["alternatives"]:
        table.setdefault((one,), set())
    _mark(table, words)
    return Cues(
        limits,
        {name: frozenset(found) for name, found in words.items()},
        _by_first_word(table),
        duration_words(durations),
        modifiers,
        make_shorthand(short),
    )


def _mapping(data: object, place: str) -> Mapping[str, object]:
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise ValueError(f"{place} must have named parts (a name such as no needs quotes)")
    return cast(Mapping[str, object], data)


def _strings(data: object, place: str) -> list[str]:
    if not isinstance(data, list):
        raise ValueError(f"{place} must be a list")
    for one in data:
        if not isinstance(one, str):
            raise ValueError(f"{place}: {one!r} is no text; put it in quotes")
    return cast(list[str], data)


def _limits(data: Mapping[str, object]) -> dict[str, int]:
    _same_names(data, _LIMITS, "limits")
    out: dict[str, int] = {}
    for name, entry in data.items():
        parts = _mapping(entry, f"limits {name}")
        _same_names(parts, ("value", "unit", "basis"), f"limits {name}")
        value = parts["value"]
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"limits {name}: the value must be a whole number above 0")
        out[name] = value
    return out


def _same_names(data: Mapping[str, object], names: Iterable[str], place: str) -> None:
    for missing in sorted(set(names) - set(data)):
        raise ValueError(f"{place}: {missing} is missing")
    for unknown in sorted(set(data) - set(names)):
        raise ValueError(f"{place}: {unknown} is not known here")


def _add_language(
    section: Mapping[str, object],
    language: str,
    table: dict[tuple[str, ...], set[str]],
    words: dict[str, set[str]],
    durations: list[Mapping[str, object]],
) -> None:
    _same_names(section, ("cues", "words", "shorthand", "durations", *_LISTS), language)
    kinds = _mapping(section["cues"], f"{language} cues")
    _same_names(kinds, _ROLES, f"{language} cues")
    for kind, uses in kinds.items():
        parts = _mapping(uses, f"{language} cues {kind}")
        _same_names(parts, _ROLES[kind], f"{language} cues {kind}")
        for use, found in parts.items():
            _add(table, _strings(found, f"{language} cues {kind} {use}"), f"{kind}.{use}")
    lists = {name: _strings(section[name], f"{language} {name}") for name in _LISTS}
    _add_people(table, lists)
    sets = _mapping(section["words"], f"{language} words")
    _same_names(sets, _SETS, f"{language} words")
    for name, entry in sets.items():
        found = _strings(entry, f"{language} words {name}")
        words[name] |= {" ".join(_expression(one, name)) for one in found}
    durations.append(_mapping(section["durations"], f"{language} durations"))


def _short(found: Mapping[str, object]) -> dict[str, str]:
    """Each short form, and what it is read as."""
    return {
        " ".join(_expression(one, f"shorthand {full}")): full
        for full, forms in found.items()
        for one in _strings(forms, f"shorthand {full}")
    }


def _add_people(table: dict[tuple[str, ...], set[str]], lists: Mapping[str, list[str]]) -> None:
    """What others have: "mother had", "friend recently diagnosed with", "in his father"."""
    people = lists["relatives"] + lists["others"]
    _add(table, _pairs(lists["in-relative"], people), "family.after")
    _add(table, people, "family.person")
    _add(table, lists["relatives"], "family.relative")
    _add(table, lists["relative-verbs"], "family.verb")


def _pairs(first: list[str], second: list[str]) -> list[str]:
    return [f"{one} {other}" for one, other in product(first, second)]


def _add(table: dict[tuple[str, ...], set[str]], found: Iterable[str], role: str) -> None:
    for one in chain.from_iterable(_spelled(text, role) for text in found):
        table.setdefault(one, set()).add(role)


def _spelled(text: str, place: str) -> list[tuple[str, ...]]:
    """All that an expression with (a|b) and [the] stands for; without them itself alone."""
    if not _OPTIONS.search(text):
        return [_expression(text, place)]
    try:
        found = expanded(text)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
    if len(found) > _MOST:
        raise ValueError(f"{place}: {text!r} stands for {len(found)} expressions; part it")
    return found


def _expression(text: str, place: str) -> tuple[str, ...]:
    found = tuple(tokens(fold(text)))
    if not found:
        raise ValueError(f"{place}: {text!r} has no word in it")
    return found


def _mark(table: dict[tuple[str, ...], set[str]], words: dict[str, set[str]]) -> None:
    """Note on the expressions what the word lists say of them."""
    for name in ("denials", "earlier", "over", "verbal"):
        for one in words[name]:
            if (found := table.get(tuple(one.split(" ")))) is not None:
                found.add(name)


def _by_first_word(table: Mapping[tuple[str, ...], set[str]]) -> dict[str, Entry]:
    out: dict[str, dict[tuple[str, ...], Cue]] = {}
    for words, roles in sorted(table.items()):
        out.setdefault(words[0], {})[words] = Cue(words, frozenset(roles))
    return {
        first: Entry(tuple(sorted({len(words) for words in cues}, reverse=True)), cues)
        for first, cues in out.items()
    }
