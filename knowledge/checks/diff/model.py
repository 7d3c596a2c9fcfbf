"""What differs between two versions of the knowledge, ready to be told or sent."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["new", "gone", "changed"]


class Shape(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """A part of the difference."""


class Moved(Shape, frozen=True):
    """One place of a file: what stood there and what stands there now, None for nothing."""

    place: str
    was: str | None = None
    now: str | None = None


class FileChange(Shape, frozen=True):
    """A criterion or a finding that is new, gone or changed."""

    id: str
    title: str
    kind: Kind
    versions: tuple[int, int] | None = None
    places: tuple[Moved, ...] = ()


class NumberChange(Shape, frozen=True):
    """A named number: with its unit in both versions, and whom it concerns."""

    file: str
    name: str
    was: str | None = None
    now: str | None = None
    used_by: tuple[str, ...] = ()


class SetChange(Shape, frozen=True):
    """A value set: its codes (`display (system code)`) and phrases that came and went."""

    id: str
    title: str
    kind: Kind
    codes_added: tuple[str, ...] = ()
    codes_removed: tuple[str, ...] = ()
    phrases_added: tuple[str, ...] = ()
    phrases_removed: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()


class Answer(Shape, frozen=True):
    """A criterion's answer for a patient in both versions, None where it did not exist."""

    criterion: str
    was: str | None
    now: str | None


class PatientChange(Shape, frozen=True):
    """A patient who gets another answer. `of`: the criterion of the example, or the chart's file.

    `cards`: indicator and summary of each card, for whole charts only.
    """

    name: str
    of: str
    answers: tuple[Answer, ...] = ()
    cards_were: tuple[str, ...] | None = None
    cards_now: tuple[str, ...] | None = None


class Patients(Shape, frozen=True):
    """All patients that both versions judged, and those who get another answer."""

    examples: int
    charts: int
    changed: tuple[PatientChange, ...] = ()
    not_judged: tuple[str, ...] = ()


class Side(Shape, frozen=True):
    """One of the two versions. `note`: what has to be said of how it was read."""

    name: str
    version: str
    note: str | None = None


class Difference(Shape, frozen=True):
    """Everything that differs."""

    old: Side
    new: Side
    criteria: tuple[FileChange, ...] = ()
    numbers: tuple[NumberChange, ...] = ()
    sets: tuple[SetChange, ...] = ()
    findings: tuple[FileChange, ...] = ()
    shared: tuple[FileChange, ...] = ()
    patients: Patients | None = None
