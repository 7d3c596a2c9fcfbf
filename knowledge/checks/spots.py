"""Where in a value set's files something stands, looked up only when there is a fault to tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from knowledge.language.files import Document, Fault, KnowledgeError, read, shown
from knowledge.text.phrases import parse

Place = tuple[object, ...]

_AT_LINE = re.compile(r"Invalid JSON: .* at line (\d+)")


class Spots:
    """The places of files, each file read at most once."""

    def __init__(self) -> None:
        self._read = lru_cache(maxsize=None)(_document)

    def fault(self, path: Path, place: Place, where: str, what: str) -> Fault:
        """A fault at a place, called `where`; on the first line where that cannot be found."""
        return Fault(shown(path), self.line(path, place), where, what)

    def line(self, path: Path, place: Place) -> int:
        """The line of a place."""
        document = self._read(path)
        return document.line(place) if document else 1

    def named(self, path: Path, place: Place) -> str:
        """A place as people read it: `valuesets/a.json:12`."""
        return f"{shown(path)}:{self.line(path, place)}"

    def nth(self, path: Path, key: str, under: bool, number: int) -> Place:
        """The place of the nth item under a key of lists, or of those under all others."""
        document = self._read(path)
        lists = document.content if document and isinstance(document.content, dict) else {}
        for name, items in lists.items():
            if (name == key) == under:
                if number < len(items):
                    return (name, number)
                number -= len(items)
        return ()


def _document(path: Path) -> Document | None:
    """The file with its lines; JSON is read as the YAML that it nearly always is."""
    try:
        return read(path)
    except KnowledgeError:
        return None


def shape_faults(path: Path, error: ValidationError) -> list[Fault]:
    """What a FHIR model says against a value set, each at its line."""
    spots = Spots()
    found = []
    for one in error.errors():
        place = tuple(step for step in one["loc"] if step != "__root__")
        what = one["msg"].removeprefix("Value error, ")
        said = _AT_LINE.search(what) if not place else None
        line = int(said[1]) if said else spots.line(path, place)
        found.append(Fault(shown(path), line, ".".join(map(str, place)), what))
    return list(dict.fromkeys(found))


def phrase_faults(path: Path, error: ValueError) -> list[Fault]:
    """Every phrase of a file that cannot be read, at its line; else what the loader said."""
    try:
        document = read(path)
    except KnowledgeError as unreadable:
        return list(unreadable.faults)
    found = list(_unreadable(document))
    what = str(error).removeprefix(f"{path.name}: ")
    return found or [Fault(shown(path), 1, "", what)]


def _unreadable(document: Document) -> Iterator[Fault]:
    lists = document.content if isinstance(document.content, dict) else {}
    for key, phrases in lists.items():
        for number, phrase in enumerate(phrases if isinstance(phrases, list) else ()):
            try:
                parse(str(phrase))
            except ValueError as error:
                yield document.fault((key, number), str(error))
