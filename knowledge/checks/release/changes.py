"""What differs from the last release, criterion by criterion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from knowledge.checks.release.meaning import SHARED, Meaning
from knowledge.checks.release.released import Released
from knowledge.checks.shelf import Shelf

_KINDS = {
    "findings": "finding",
    "valuesets": "value set",
    "orders": "order",
    "sources": "source",
}
_SHOWN = 2 + 2


@dataclass(frozen=True, slots=True)
class Changed:
    """One criterion that is not as it was released. `parts`: what it rests on that changed."""

    criterion: str
    new: bool = False
    own: bool = False
    version_was: int = 0
    parts: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What changed, in words."""
        if self.new:
            return "is new"
        words = ["its own text or numbers"] if self.own else []
        words += [_named(part) for part in self.parts[:_SHOWN]]
        more = len(self.parts) - _SHOWN
        words += [f"{more} more"] if more > 0 else []
        return f"changed ({', '.join(words) or 'what it comes to'})"


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs: criteria, those that are gone, and what all criteria share."""

    criteria: Mapping[str, Changed]
    gone: tuple[str, ...]
    shared: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.criteria or self.gone or self.shared)

    @property
    def names(self) -> tuple[str, ...]:
        """Every criterion that an entry has to name."""
        return tuple(sorted({*self.criteria, *self.gone}))


def changes(shelf: Shelf, meaning: Meaning, released: Released) -> Changes:
    """What a folder has changed since it was released."""
    parts = {
        name
        for name in {*meaning.parts, *released.parts}
        if meaning.parts.get(name) != released.parts.get(name)
    }
    found = {one.criterion: one for one in _criteria(shelf, meaning, released, parts)}
    gone = tuple(sorted(set(released.criteria) - set(shelf.criteria)))
    shared = sorted(name.removeprefix(SHARED) for name in parts if name.startswith(SHARED))
    return Changes(found, gone, tuple(shared))


def _criteria(
    shelf: Shelf, meaning: Meaning, released: Released, parts: set[str]
) -> Iterator[Changed]:
    for name, one in sorted(shelf.criteria.items()):
        was = released.criteria.get(name)
        if was is None:
            yield Changed(name, new=True)
        elif was.whole != meaning.whole(name) or was.version != one.version:
            touched = tuple(
                sorted((part for part in meaning.reach[name] if part in parts), key=_kind)
            )
            yield Changed(name, False, was.own != meaning.own[name], was.version, touched)


def _kind(part: str) -> tuple[int, str]:
    """What says most comes first."""
    kind = part.partition("/")[0]
    return [*_KINDS].index(kind), part


def _named(part: str) -> str:
    kind, _, name = part.partition("/")
    return f"{_KINDS.get(kind, kind)} {name}"
