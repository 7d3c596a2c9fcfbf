"""Knowledge that differs from its last release: a line for each criterion, so that CI fails."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.checks.release import changelog
from knowledge.checks.release.changes import Changes, changes
from knowledge.checks.release.meaning import meaning_of
from knowledge.checks.release.released import FILE, Released, load_released
from knowledge.checks.shelf import Shelf
from knowledge.language.files import Fault, KnowledgeError

VERSION = "VERSION"
_FILES = {"reading": "text/cues.yaml"}
"""Where what all criteria share is told, if not in a file of its name."""


def unreleased(shelf: Shelf) -> list[Fault]:
    """Every difference from the last release, and what that release does not account for."""
    try:
        released = load_released(shelf.folder)
    except KnowledgeError as error:
        return list(error.faults)
    found = changes(shelf, meaning_of(shelf), released)
    return sorted({*_changed(found, shelf, released), *_accounts(shelf, released)})


def _changed(found: Changes, shelf: Shelf, released: Released) -> Iterator[Fault]:
    since = f"since {released.version} without a release"
    for name, one in found.criteria.items():
        yield shelf.documents[name].fault(("version",), f"{one} {since}")
    for name in found.gone:
        yield Fault(FILE, 1, name, f"the criterion is gone {since}")
    for name in found.shared:
        yield Fault(_FILES.get(name, f"{name}.yaml"), 1, "", f"changed for all criteria {since}")


def _accounts(shelf: Shelf, released: Released) -> Iterator[Fault]:
    """The version and the entry of the last release have to stand as they were."""
    version = (shelf.folder / VERSION).read_text(encoding="utf-8").strip()
    if version != released.version:
        yield Fault(
            VERSION, 1, "", f"{version} is not released: the last one is {released.version}"
        )
    entry = changelog.read_changelog(shelf.folder).get(released.version)
    if entry is None:
        yield Fault(changelog.FILE, 1, "", f"has no entry for {released.version}")
        return
    if entry.date != released.date:
        what = f"was released on {released.date}"
        yield Fault(changelog.FILE, entry.line, released.version, what)
    for name in released.changed:
        if not entry.names(name):
            what = f"does not say who sees {name} differently"
            yield Fault(changelog.FILE, entry.line, released.version, what)
    if released.everybody and not entry.everybody:
        what = f"does not say {changelog.EVERYBODY!r}, though what all share changed"
        yield Fault(changelog.FILE, entry.line, released.version, what)
