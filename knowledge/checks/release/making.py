"""Releasing the knowledge: refused until the change has a number and is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.checks.release import changelog
from knowledge.checks.release.changes import Changed, Changes, changes
from knowledge.checks.release.meaning import Meaning, meaning_of
from knowledge.checks.release.released import (
    FILE,
    Released,
    load_released,
    released_now,
    write_released,
)
from knowledge.checks.release.unreleased import VERSION
from knowledge.checks.shelf import Shelf
from knowledge.language.files import Fault

_VERSION = re.compile(r"\d{4}\.(?:[1-9]|1[0-2])\.\d+")


@dataclass(frozen=True, slots=True)
class Release:
    """What a release would be: what speaks against it, and what is written if nothing does."""

    against: tuple[Fault, ...]
    changes: Changes
    released: Released | None = None


def prepare(shelf: Shelf) -> Release:
    """Compare a folder that has no other fault with its last release, and try to release it.

    Raises:
        KnowledgeError: `released.yaml` was edited by hand.
    """
    before = load_released(shelf.folder) if (shelf.folder / FILE).is_file() else None
    meaning = meaning_of(shelf)
    found = changes(shelf, meaning, before) if before else _first(shelf)
    version = (shelf.folder / VERSION).read_text(encoding="utf-8").strip()
    entry = changelog.read_changelog(shelf.folder).get(version)
    against = [*_version(version, before, found), *_entry(version, entry, before, found)]
    against += _versions(shelf, found)
    if against or entry is None or entry.date is None:
        return Release(tuple(against), found)
    return Release((), found, _released(shelf, meaning, entry, found))


def release(folder: Path, made: Release) -> None:
    """Write a release against which nothing speaks."""
    if made.against or made.released is None:
        raise ValueError("something speaks against this release")
    write_released(folder, made.released)


def _first(shelf: Shelf) -> Changes:
    """The first release: all criteria are new, and nobody has seen what they share."""
    return Changes({name: Changed(name, new=True) for name in shelf.criteria}, (), ())


def _released(shelf: Shelf, meaning: Meaning, entry: changelog.Entry, found: Changes) -> Released:
    assert entry.date is not None
    everybody = bool(found.shared)
    return released_now(shelf, meaning, entry.version, entry.date, found.names, everybody)


def _version(version: str, before: Released | None, found: Changes) -> Iterator[Fault]:
    if not _VERSION.fullmatch(version):
        yield Fault(VERSION, 1, "", f"{version!r} is no version: year.month.number, as 2026.12.0")
    elif before is not None and not found:
        yield Fault(FILE, 1, "", f"nothing has changed since {before.version}: nothing to release")
    elif before is not None and _parts(version) <= _parts(before.version):
        yield Fault(VERSION, 1, "", f"{version} has to be above {before.version}, the last release")


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _entry(
    version: str, entry: changelog.Entry | None, before: Released | None, found: Changes
) -> Iterator[Fault]:
    """The entry of the new version: it is there, is dated, and names whom it concerns."""
    if entry is None:
        yield Fault(changelog.FILE, 1, "", f"has no entry `## {version} (date)`")
        return
    for what in _missing(entry, before, found):
        yield Fault(changelog.FILE, entry.line, version, what)


def _missing(entry: changelog.Entry, before: Released | None, found: Changes) -> Iterator[str]:
    if entry.date is None:
        yield "has no date: write it as (2026-12-31) behind the version"
    elif before is not None and entry.date < before.date:
        yield f"is dated before the last release of {before.date}"
    for name in found.names:
        told = found.criteria.get(name)
        alone = told is None or told.new or told.own
        if not (entry.by_name(name) if alone and before else entry.names(name)):
            yield f"does not name `{name}`, which {told or 'is gone'}"
    if found.shared and not entry.everybody:
        shared = ", ".join(found.shared)
        yield f"does not say {changelog.EVERYBODY!r}, though what all share changed ({shared})"


def _versions(shelf: Shelf, found: Changes) -> Iterator[Fault]:
    """A criterion whose own text changed has a higher version, a new one the first."""
    for name, one in found.criteria.items():
        now = shelf.criteria[name].version
        document = shelf.documents[name]
        if one.new and now != 1:
            yield document.fault(("version",), f"is {now}: a new criterion begins with 1")
        if not one.new and now < one.version_was + one.own:
            what = f"is {now}: its own text or numbers changed, so that it has to be above "
            yield document.fault(("version",), f"{what}{one.version_was}")
