"""`backflag knowledge diff OLD NEW`: what changes for whom."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from knowledge.checks.diff import files, numbers, sets
from knowledge.checks.diff.model import Difference, Patients, Side
from knowledge.checks.shelf import Shelf, read_shelf
from service.comparing.both import judge_both, touched
from service.comparing.patients import Unjudged, cases_of, judge_of
from service.comparing.revisions import Version, find_version, working_tree


def difference(old: str, new: str | None, now: datetime) -> Difference:
    """Everything that differs between two versions; `new` is the working tree if not named.

    Raises:
        NoVersion: there is no such version.
    """
    with TemporaryDirectory(prefix="backflag-") as name:
        folder = Path(name)
        before = find_version(old, folder / "old")
        after = find_version(new, folder / "new") if new else working_tree()
        shelves = read_shelf(before.folder), read_shelf(after.folder)
        patients, notes = _patients((before, after), shelves, now)
        return Difference(
            old=_side(before, shelves[0], notes[0]),
            new=_side(after, shelves[1], notes[1]),
            criteria=files.criteria(*shelves),
            numbers=numbers.numbers(*shelves),
            sets=sets.sets(*shelves),
            findings=files.findings(*shelves),
            shared=files.shared(*shelves),
            patients=patients,
        )


def _side(version: Version, shelf: Shelf, note: str | None) -> Side:
    told = (version.folder / "VERSION").read_text(encoding="utf-8").strip()
    unread = ", ".join(sorted(shelf.broken))
    notes = [note] if note else []
    notes += [f"cannot be read by this software: {unread}"] if unread else []
    return Side(name=version.name, version=told, note="; ".join(notes) or None)


def _patients(
    versions: tuple[Version, Version], shelves: tuple[Shelf, Shelf], now: datetime
) -> tuple[Patients | None, list[str | None]]:
    """Who gets another answer; None where a version cannot be judged by, which its note says."""
    judges, notes = [], list[str | None]()
    for version in versions:
        try:
            judges.append(judge_of(version))
            notes.append(judges[-1].note)
        except Unjudged as error:
            notes.append(f"its patients cannot be judged by this software: {error}")
    if len(judges) < len(versions):
        return None, notes
    only = touched(*shelves) if all(one.library for one in judges) else None
    try:
        return judge_both((judges[0], judges[1]), cases_of(*shelves, now), only), notes
    except Unjudged as error:
        return None, [*notes[:1], f"patients could not be judged: {error}"]
