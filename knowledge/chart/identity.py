"""Whose resource is it, and which of two versions counts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from knowledge.chart import dates
from knowledge.chart.decode import Entry
from knowledge.chart.fhir import Identifier, Reference, Resource

_PATIENT: Final = "Patient"
_URN: Final = "urn:"
_HISTORY: Final = "/_history/"


@dataclass(frozen=True, slots=True)
class Who:
    """The patient: their id, every URL their own entries bear, and their identifiers.

    `urls` are in lower case where they are URNs. `identifiers` are (system, value).
    """

    patient_id: str | None
    urls: frozenset[str] = frozenset()
    identifiers: frozenset[tuple[str | None, str]] = frozenset()
    birth_date: str | None = None

    @classmethod
    def find(cls, patient_id: str | None, entries: Iterable[Entry]) -> Who:
        """The patient with this id (from the hook's context) among the entries.

        `patient_id` may have the form `Patient/id`. Without one, the only Patient of the input is
        the patient; of several, none is. A Patient entry without any id is the patient only
        where it is the only one.
        """
        wanted = _bare(patient_id) if patient_id else None
        patients = [one for one in entries if one.resource.resource_type == _PATIENT]
        own = [one for one in patients if wanted and _is_named(one, wanted)]
        only = {(one.resource.id, one.full_url) for one in patients}
        if not own and len(only) == 1 and (wanted is None or patients[0].resource.id is None):
            own = patients
        return cls._of(wanted, own)

    @classmethod
    def _of(cls, wanted: str | None, own: list[Entry]) -> Who:
        identifiers = (one for entry in own for one in entry.resource.identifiers)
        births = (entry.resource.birth_date for entry in own if entry.resource.birth_date)
        return cls(
            patient_id=wanted or next((one.resource.id for one in own if one.resource.id), None),
            urls=frozenset(_plain(one.full_url) for one in own if one.full_url),
            identifiers=_pairs(identifiers),
            birth_date=next(births, None),
        )

    def is_patient(self, entry: Entry) -> bool:
        """Whether the entry is the Patient resource of this patient."""
        if entry.resource.resource_type != _PATIENT:
            return False
        if entry.resource.id is not None and entry.resource.id == self.patient_id:
            return True
        return entry.full_url is not None and _plain(entry.full_url) in self.urls

    def owns(self, resource: Resource) -> bool | None:
        """`belongs` for the resource's own `subject` or `patient`."""
        return self.belongs(resource.about, resource)

    def belongs(self, reference: Reference | None, resource: Resource) -> bool | None:
        """Whether the reference, found in the resource, means this patient.

        None where there is no reference, or one with nothing but a display.
        """
        if reference is None:
            return None
        if reference.reference:
            return self._is_target(reference.reference.strip(), resource)
        if reference.identifier is None or not reference.identifier.value:
            return None
        return bool(_pairs([reference.identifier]) & self.identifiers)

    def _is_target(self, target: str, resource: Resource) -> bool:
        if target.startswith("#"):
            return self._is_contained(resource.find_contained(target))
        plain = _plain(target)
        if plain in self.urls:
            return True
        if plain.startswith(_URN):
            return self.patient_id is not None and _tail(plain) == self.patient_id.lower()
        kind, _, own = plain.rpartition("/")
        if not self.patient_id or own != self.patient_id:
            return False
        return kind == "" or kind.rpartition("/")[2] == _PATIENT

    def _is_contained(self, inside: Resource | None) -> bool:
        """A contained Patient is this one, unless an identifier or the birth date speaks against.

        Contained resources have no identity of their own, so nothing else can tell.
        """
        if inside is None or inside.resource_type != _PATIENT:
            return False
        theirs = _pairs(inside.identifiers)
        if theirs & self.identifiers:
            return True
        shared = {system for system, _ in theirs} & {system for system, _ in self.identifiers}
        births = {date for date in (inside.birth_date, self.birth_date) if date}
        return not shared and len(births) <= 1


def patients(entries: Iterable[Entry]) -> list[Entry]:
    """The Patient entries."""
    return [one for one in entries if one.resource.resource_type == _PATIENT]


def newest(entries: Iterable[Entry]) -> list[Entry]:
    """Each resource once: of the same type and id, the newest `meta.lastUpdated` wins.

    The order is that of the first appearance. Without a date a version is the oldest; of equals
    the fully read one wins, then the first. A resource without an id is known by its fullUrl, one
    without either is always its own.
    """
    best: dict[object, Entry] = {}
    for place, entry in enumerate(entries):
        key = _key(entry) or place
        known = best.get(key)
        if known is None or _rank(entry) > _rank(known):
            best[key] = entry
    return list(best.values())


def _key(entry: Entry) -> tuple[str, str] | None:
    own = entry.resource.id or entry.full_url
    return (entry.resource.resource_type, own) if own else None


def _rank(entry: Entry) -> tuple[float, bool]:
    meta = entry.resource.meta
    updated = dates.parse(meta.last_updated, ZoneInfo("UTC")) if meta else None
    return (updated.start if updated else -math.inf, not entry.partly)


def _is_named(entry: Entry, wanted: str) -> bool:
    if entry.resource.id is not None:
        return entry.resource.id == wanted
    return entry.full_url is not None and _tail(_plain(entry.full_url)) in (wanted, wanted.lower())


def _pairs(identifiers: Iterable[Identifier]) -> frozenset[tuple[str | None, str]]:
    return frozenset((one.system, one.value) for one in identifiers if one.value)


def _bare(patient_id: str) -> str:
    return _tail(_plain(patient_id.strip()))


def _tail(url: str) -> str:
    return url.rpartition(":")[2] if url.startswith(_URN) else url.rpartition("/")[2]


def _plain(url: str) -> str:
    """Without a version and a trailing slash; URNs in lower case."""
    plain = url.split(_HISTORY)[0].rstrip("/")
    return plain.lower() if plain[: len(_URN)].lower() == _URN else plain
