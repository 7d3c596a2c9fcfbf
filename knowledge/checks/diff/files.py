"""Criteria, findings and the files of the folder itself, in two versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from knowledge.checks.diff.model import FileChange, Kind
from knowledge.checks.diff.texts import moved
from knowledge.checks.shelf import Shelf
from knowledge.language.files import Document
from knowledge.language.schema import Criterion, Finding

_TOLD_APART = ("examples", "parameters", "version", "id")
_ROOTS = ("attributes", "lint")


def criteria(old: Shelf, new: Shelf) -> tuple[FileChange, ...]:
    """Criteria that are new, gone or changed: tiers, words, questions, sources."""
    return tuple(_files(old, new, "criteria"))


def findings(old: Shelf, new: Shelf) -> tuple[FileChange, ...]:
    """Findings that are new, gone or changed."""
    return tuple(_files(old, new, "findings"))


def _files(old: Shelf, new: Shelf, kind: str) -> Iterator[FileChange]:
    was, now = _models(old, kind), _models(new, kind)
    for name in sorted({*was, *now}):
        before, after = was.get(name), now.get(name)
        one = after or before
        assert one is not None
        places = tuple(moved(_content(old, kind, name), _content(new, kind, name)))
        versions = None
        if isinstance(before, Criterion) and isinstance(after, Criterion):
            versions = (before.version, after.version)
        raised = versions is not None and versions[0] != versions[1]
        if before is None or after is None:
            yield FileChange(id=name, title=one.title, kind=_kind(before, after))
        elif places or raised:
            yield FileChange(
                id=name, title=one.title, kind="changed", versions=versions, places=places
            )


def _models(shelf: Shelf, kind: str) -> dict[str, Criterion | Finding]:
    return dict(shelf.criteria if kind == "criteria" else shelf.findings)


def _kind(before: object, after: object) -> Kind:
    return "new" if before is None else "gone" if after is None else "changed"


def _content(shelf: Shelf, kind: str, name: str) -> dict[str, Any]:
    return _plain(shelf.document(kind, name))


def _plain(document: Document | None) -> dict[str, Any]:
    content = document.content if document and isinstance(document.content, dict) else {}
    return {key: value for key, value in content.items() if key not in _TOLD_APART}


def shared(old: Shelf, new: Shelf) -> tuple[FileChange, ...]:
    """The files of the folder itself: orders, words, what all share. Numbers are told apart."""
    return tuple(_shared(old, new))


def _shared(old: Shelf, new: Shelf) -> Iterator[FileChange]:
    for name in sorted({*old.roots, *new.roots} - set(_ROOTS)):
        before, after = old.roots.get(name), new.roots.get(name)
        places = tuple(moved(_plain(before), _plain(after)))
        if before is None or after is None:
            yield FileChange(id=name, title=f"{name}.yaml", kind=_kind(before, after))
        elif places:
            yield FileChange(id=name, title=f"{name}.yaml", kind="changed", places=places)
