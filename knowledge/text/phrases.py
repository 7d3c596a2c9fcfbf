"""The phrase language: how a clinician writes down the words that mean a finding.

`*` at a word's end is any ending, `(a|b c)` are alternatives, `[the]` may be left out, `...` stands
for up to five other words in the same clause.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml

from knowledge.safe_yaml import load
from knowledge.text.normalise import fold, tokens

_STEM = re.compile(r"(?<![^\W_])[^\W_]{1,4}")
_SHORT_STEM = re.compile(r"(?<![^\W_])[^\W_]{3}")
_PARTS = re.compile(r"\.\.\.|…|[()\[\]|]|[^\s()\[\]|…]+?(?=\.\.\.|[\s()\[\]|…]|$)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
_STOPS = frozenset(",;:?!")
_SUFFIX = ".phrases.yaml"


@dataclass(frozen=True, slots=True)
class PhraseSet:
    """The phrases of one value set, over all languages, and the look-alikes that cancel them."""

    id: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or with `open_end` all words that begin so."""

    text: str
    open_end: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to five other words."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences, or (`optional`) none."""

    options: tuple[tuple[Item, ...], ...]
    optional: bool


Item = Word | Gap | Choice


@dataclass(slots=True, eq=False)
class Pattern:
    """A phrase made ready: its expressions over ` normalised text ` and the stems it needs.

    `firm`: without a gap, so that no look-alike inside it can be meant. The expressions are
    compiled when a text first asks for them: few of the many phrases are ever tried.
    """

    phrase: str
    items: tuple[Item, ...]
    stems: frozenset[str]
    firm: bool
    gap: str
    _strict: re.Pattern[str] | None = None
    _loose: re.Pattern[str] | None = None

    @property
    def expression(self) -> re.Pattern[str]:
        """Its expression where one blank stands between its words."""
        if self._strict is None:
            self._strict = self._compiled(" ")
        return self._strict

    def over_colons(self) -> re.Pattern[str]:
        """Its expression where a colon may stand between its words: "DRE: reduced tone"."""
        if not self.firm:
            return self.expression
        if self._loose is None:
            self._loose = self._compiled(COLON)
        return self._loose

    def _compiled(self, between: str) -> re.Pattern[str]:
        return re.compile(_body(self.items, self.gap, between, first=True) + END)


def load_phrases(path: Path) -> PhraseSet:
    """Read `<id>.phrases.yaml`. ValueError with the file, the phrase and what is wrong."""
    try:
        data = load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name}: not YAML: {error}") from error
    try:
        return phrase_set(path.name.removesuffix(_SUFFIX), data)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def phrase_set(identifier: str, data: object) -> PhraseSet:
    """A phrase set from what its YAML file says: language tags and `unless`, each with a list."""
    if not isinstance(data, Mapping) or not data:
        raise ValueError("a phrase file has language tags with lists of phrases")
    lists = {key: _strings(key, value) for key, value in data.items()}
    unless = lists.pop("unless", ())
    phrases = tuple(phrase for found in lists.values() for phrase in found)
    if not phrases:
        raise ValueError("there is no phrase in any language")
    for phrase in (*phrases, *unless):
        parse(phrase)
    return PhraseSet(identifier, phrases, unless)


def _strings(key: object, value: object) -> tuple[str, ...]:
    if not isinstance(key, str):
        raise ValueError(f"{key!r} is no language tag; YAML needs quotes around this one")
    if key != "unless" and not _LANGUAGE.fullmatch(key):
        raise ValueError(f"{key!r} is neither a language tag nor 'unless'")
    if not isinstance(value, list) or not value:
        raise ValueError(f"{key!r} needs a list of phrases")
    for phrase in value:
        if not isinstance(phrase, str):
            raise ValueError(f"{phrase!r} under {key!r} is no text; put it in quotes")
    return tuple(value)


def parse(phrase: str) -> tuple[Item, ...]:
    """The items of a phrase. ValueError that names the phrase and what is wrong with it."""
    return _parsed(phrase)[0]


@cache
def _parsed(phrase: str) -> tuple[tuple[Item, ...], frozenset[str]]:
    """The items of a phrase and its stems: read once to be checked and to be made ready."""
    try:
        parts = _PARTS.findall(phrase)
        items, rest = _sequence(parts, 0, frozenset())
        if rest != len(parts):
            raise ValueError(f"{parts[rest]!r} closes nothing")
        if not items:
            raise ValueError("there is no word in it")
        _check(items)
        found = stems(items)
        if not found:
            raise ValueError("no word in it is always there; one must be")
        return items, found
    except ValueError as error:
        raise ValueError(f"phrase {phrase!r}: {error}") from None


def _sequence(
    parts: list[str], place: int, closers: frozenset[str]
) -> tuple[tuple[Item, ...], int]:
    items: list[Item] = []
    while place < len(parts) and parts[place] not in closers:
        part = parts[place]
        if part in ("(", "["):
            choice, place = _choice(parts, place)
            items.append(choice)
        elif part in (")", "]", "|"):
            break
        else:
            items += _words(part)
            place += 1
    return tuple(items), place


def _choice(parts: list[str], place: int) -> tuple[Choice, int]:
    closer = ")" if parts[place] == "(" else "]"
    options: list[tuple[Item, ...]] = []
    while True:
        option, place = _sequence(parts, place + 1, frozenset({"|", closer}))
        if not option:
            raise ValueError("an alternative is empty")
        options.append(option)
        if place == len(parts):
            raise ValueError(f"a {closer!r} is missing")
        if parts[place] == closer:
            return Choice(tuple(options), optional=closer == "]"), place + 1
        if parts[place] != "|":
            raise ValueError(f"{parts[place]!r} stands where {closer!r} was expected")


@cache
def _words(part: str) -> tuple[Item, ...]:
    if part in ("...", "…"):
        return (Gap(),)
    stem, star, rest = part.partition("*")
    if rest:
        raise ValueError(f"a * stands only at a word's end, not in {part!r}")
    if _STOPS.intersection(stem):
        raise ValueError(f"{part!r} holds a mark that ends a clause")
    found = tokens(fold(stem))
    if not found or any(not token[0].isalnum() for token in found):
        raise ValueError(f"{part!r} is no word")
    last = found.pop()
    if star and not _SHORT_STEM.match(last):
        raise ValueError(f"{part!r} needs at least 3 letters before the *")
    return *(Word(word, open_end=False) for word in found), Word(last, open_end=bool(star))


def _check(items: tuple[Item, ...]) -> None:
    if isinstance(items[0], Gap) or isinstance(items[-1], Gap):
        raise ValueError("a gap (...) needs words on both sides")
    if sum(isinstance(item, Gap) for item in items) > 2:
        raise ValueError("more than two gaps (...)")
    for before, after in pairwise(items):
        if isinstance(before, Gap) and isinstance(after, Gap):
            raise ValueError("two gaps (...) in a row")
    for item in items:
        if isinstance(item, Choice):
            for option in item.options:
                if any(isinstance(part, Gap) for part in option):
                    raise ValueError("a gap (...) may not stand inside brackets")


def stems_of(folded: str) -> set[str]:
    """The stems of all words of a text that `fold` has made."""
    short = {f"{stem}*" for stem in _SHORT_STEM.findall(folded)}
    return short.union(_STEM.findall(folded))


def stems(items: tuple[Item, ...]) -> frozenset[str]:
    """Stems one of which stands in every text that matches; none if there is no such word.

    A stem is a word's first four letters, or three and a `*` where the phrase has no more.
    """
    return _rarest(items)[0]


_Stems = tuple[frozenset[str], int]
"""Stems, and the length of the shortest word behind them."""


def _rarest(items: tuple[Item, ...]) -> _Stems:
    """Of the words that are always there, those that the fewest texts will have."""
    found = [one for item in items if (one := _stems(item))[0]]
    return min(found, key=lambda one: (len(one[0]), -one[1]), default=(frozenset(), 0))


def _stems(item: Item) -> _Stems:
    if isinstance(item, Word):
        stem = str(_STEM.findall(item.text)[0])
        short = item.open_end and stem == item.text and _STEM.fullmatch(f"{stem}x") is not None
        return frozenset({f"{stem}*" if short else stem}), len(item.text)
    if isinstance(item, Gap) or item.optional:
        return frozenset(), 0
    each = [_rarest(option) for option in item.options]
    if not all(found for found, _ in each):
        return frozenset(), 0
    return frozenset().union(*(found for found, _ in each)), min(size for _, size in each)


def expanded(phrase: str) -> list[tuple[str, ...]]:
    """All sequences of words that a phrase without `*` and `...` stands for."""
    found = [one for one in _sequences(parse(phrase)) if one]
    return list(dict.fromkeys(found))


def _sequences(items: tuple[Item, ...]) -> list[tuple[str, ...]]:
    out: list[tuple[str, ...]] = [()]
    for item in items:
        if isinstance(item, Gap) or (isinstance(item, Word) and item.open_end):
            raise ValueError("neither * nor ... can stand here")
        ends = [(item.text,)] if isinstance(item, Word) else _options(item)
        out = [(*begun, *end) for begun in out for end in ends]
    return out


def _options(choice: Choice) -> list[tuple[str, ...]]:
    found = [one for option in choice.options for one in _sequences(option)]
    return [*found, ()] if choice.optional else found


def compile_phrase(phrase: str, stops: frozenset[str] = frozenset()) -> Pattern:
    """Make a phrase ready to be found; its gaps do not jump over one of `stops`."""
    items, found = _parsed(phrase)
    firm = not any(isinstance(item, Gap) for item in items)
    return Pattern(phrase, items, found, firm, _gap(stops))


@cache
def _gap(stops: frozenset[str]) -> str:
    halt = rf"(?!(?:{'|'.join(map(re.escape, sorted(stops)))}) )" if stops else ""
    return rf"(?:(?: ,)? {halt}[^\W_][^ ]*){{0,5}}?(?: ,)?"


COLON = "(?: :)? "
END = "(?= )"


def _body(items: tuple[Item, ...], gap: str, between: str, *, first: bool) -> str:
    out = ""
    for item in items:
        out += _expression(item, gap, between, first=first)
        first = first and isinstance(item, Choice) and item.optional
    return out


def _expression(item: Item, gap: str, between: str, *, first: bool) -> str:
    if isinstance(item, Gap):
        return gap
    if isinstance(item, Word):
        blank = " " if first else between
        return blank + re.escape(item.text) + ("[^ ]*" if item.open_end else "")
    options = "|".join(_body(one, gap, between, first=first) for one in item.options)
    return f"(?:{options})" + ("?" if item.optional else "")
