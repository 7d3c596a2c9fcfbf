"""Phrases that stand twice, that cancel themselves, or that mean opposite things.

A phrase stands for many texts. It is compared by samples of them: every alternative once, without
and with the words that may be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

from knowledge.checks.spots import Spots
from knowledge.language.files import Fault
from knowledge.text import Cues, TextReader, load_cues
from knowledge.text.normalise import fold
from knowledge.text.phrases import (
    Choice,
    Gap,
    Item,
    Pattern,
    PhraseSet,
    Word,
    compile_phrase,
    parse,
    stems,
    stems_of,
)

_FEW = 100
_SHOWN = 60
UNLESS = "unless"


@dataclass(frozen=True)
class Phrase:
    """One phrase of a set, and its number in its list."""

    set: str
    text: str
    number: int
    unless: bool = False

    @property
    def shown(self) -> str:
        """As much of it as a line of a fault can show."""
        return self.text if len(self.text) <= _SHOWN else f"{self.text[:_SHOWN]}…"

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """What it is made of."""
        return parse(self.text)

    @cached_property
    def pattern(self) -> Pattern:
        """Ready to be found."""
        return compile_phrase(self.text)

    @cached_property
    def samples(self) -> tuple[str, ...]:
        """Texts that it means, each alternative in one of them."""
        rounds = max((_rounds(item) for item in self.items), default=1)
        texts = [
            " ".join(_words(self.items, turn, full)) for turn in range(rounds) for full in (0, 1)
        ]
        return tuple(dict.fromkeys(texts))

    @cached_property
    def all(self) -> frozenset[str]:
        """Every text that it means where those are few, else none."""
        found = _texts(self.items)
        return frozenset(found or ())

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems one of which stands in every text that it means."""
        return stems(self.items)

    @cached_property
    def sample_stems(self) -> frozenset[str]:
        """The stems of all its samples."""
        return frozenset(stem for text in self.samples for stem in stems_of(fold(text)))

    def means(self, text: str) -> bool:
        """Whether it means the whole of a text."""
        padded = f" {text} "
        return any(one.span() == (0, len(text) + 1) for one in self.finds(padded))

    def finds(self, padded: str) -> Iterator[Found]:
        """Its places in a text with a blank before and behind."""
        return (Found(*one.span()) for one in self.pattern.expression.finditer(padded))


@dataclass(frozen=True, slots=True)
class Found:
    """From where to where a phrase was found."""

    start: int
    end: int

    def span(self) -> tuple[int, int]:
        """Both ends."""
        return self.start, self.end


def _rounds(item: Item) -> int:
    if not isinstance(item, Choice):
        return 1
    return max(len(item.options), *(_rounds(one) for option in item.options for one in option))


def _words(items: Iterable[Item], turn: int, full: int) -> Iterator[str]:
    for item in items:
        match item:
            case Word():
                yield item.text
            case Choice() if full or not item.optional:
                yield from _words(item.options[turn % len(item.options)], turn, full)
            case _:
                continue


def _texts(items: tuple[Item, ...]) -> list[str] | None:
    """Every text, a word with an open end by its stem and a star; None where they are many."""
    found = [""]
    for item in items:
        found = [f"{one} {more}".strip() for one, more in product(found, _each(item))]
        if len(found) > _FEW:
            return None
    return found


def _each(item: Item) -> list[str]:
    if isinstance(item, Word):
        return [item.text + "*" * item.open_end]
    if isinstance(item, Gap):
        return ["..."]
    options = [text for option in item.options for text in _texts(option) or [f"<{id(option)}>"]]
    return [*options, ""] if item.optional else options


def phrases_of(sets: Iterable[PhraseSet]) -> dict[str, list[Phrase]]:
    """All phrases by their set."""
    found: dict[str, list[Phrase]] = {}
    for one in sets:
        own = [Phrase(one.id, text, place) for place, text in enumerate(one.phrases)]
        own += [Phrase(one.id, text, place, True) for place, text in enumerate(one.unless)]
        found[one.id] = own
    return found


class PhraseCheck:
    """The phrases of a folder, compared with each other."""

    def __init__(self, folder: Path, sets: Iterable[PhraseSet], spots: Spots) -> None:
        self._folder = folder
        self._phrases = phrases_of(sets)
        self._spots = spots

    def faults(self, opposed: Mapping[tuple[str, str], str]) -> Iterator[Fault]:
        """Everything that is wrong with phrases."""
        for own in self._phrases.values():
            yield from self._within(own)
        for (one, other), because in sorted(opposed.items()):
            yield from self._between(one, other, because)

    def _within(self, own: list[Phrase]) -> Iterator[Fault]:
        unless = [one for one in own if one.unless]
        for number, phrase in enumerate(own):
            twin = next((one for one in own[:number] if _covers(one, phrase)), None)
            if twin is not None and twin.unless == phrase.unless:
                yield self._fault(phrase, f"says nothing that {twin.shown!r} does not say")
            by = None if phrase.unless else _cancelled(phrase, unless)
            if by is not None and not self._is_read(phrase):
                yield self._fault(phrase, f"can never match: unless {by.shown!r} cancels it")

    def _is_read(self, phrase: Phrase) -> bool:
        """Whether the reader of texts finds it all the same: it knows when an `unless` counts."""
        unless = tuple(one.text for one in self._phrases[phrase.set] if one.unless)
        alone = PhraseSet(phrase.set, (phrase.text,), unless)
        reader = TextReader({phrase.set: alone}, self._cues)
        return any(reader.read(text) for text in phrase.samples)

    @cached_property
    def _cues(self) -> Cues:
        path = self._folder / "text" / "cues.yaml"
        return load_cues(path) if path.is_file() else load_cues()

    def _between(self, one: str, other: str, because: str) -> Iterator[Fault]:
        """Phrases of either set that mean a text which a phrase of the other means, too."""
        told = set[frozenset[str]]()
        for first, second in ((one, other), (other, one)):
            for phrase in self._said(first):
                for twin in self._said(second):
                    if twin.stems.isdisjoint(phrase.sample_stems):
                        continue
                    both = next((text for text in phrase.samples if twin.means(text)), None)
                    pair = frozenset((phrase.text, twin.text))
                    if both and pair not in told and not self._parted(phrase, twin, both):
                        told.add(pair)
                        where = self._named(twin)
                        what = f"{both!r} is said by {where}, too, which means the opposite"
                        yield self._fault(phrase, f"{what}: {because}")

    def _said(self, name: str) -> list[Phrase]:
        return [one for one in self._phrases.get(name, ()) if not one.unless]

    def _parted(self, one: Phrase, other: Phrase, text: str) -> bool:
        """Whether an `unless` of either set cancels the text that both mean."""
        unless = [u for name in (one.set, other.set) for u in self._phrases[name] if u.unless]
        return any(list(cancel.finds(f" {text} ")) for cancel in unless)

    def _path(self, phrase: Phrase) -> Path:
        return self._folder / "valuesets" / f"{phrase.set}.phrases.yaml"

    def _place(self, phrase: Phrase) -> tuple[object, ...]:
        """The list and the place in it; the languages' lists follow each other."""
        return self._spots.nth(self._path(phrase), UNLESS, phrase.unless, phrase.number)

    def _named(self, phrase: Phrase) -> str:
        return self._spots.named(self._path(phrase), self._place(phrase))

    def _fault(self, phrase: Phrase, what: str) -> Fault:
        return self._spots.fault(self._path(phrase), self._place(phrase), phrase.shown, what)


def _covers(one: Phrase, other: Phrase) -> bool:
    """Whether every text of the second is one of the first."""
    if one.items == other.items:
        return True
    return bool(other.all) and other.all <= one.all


def _cancelled(phrase: Phrase, unless: Iterable[Phrase]) -> Phrase | None:
    """The `unless` that always cancels a phrase, if there is one."""
    near = [one for one in unless if one.items == phrase.items or _touches(one, phrase)]
    return next(iter(near), None)


def _touches(unless: Phrase, phrase: Phrase) -> bool:
    """Whether it is found in every sample of a phrase."""
    if unless.stems.isdisjoint(phrase.sample_stems):
        return False
    return all(list(unless.finds(f" {text} ")) for text in phrase.samples)
