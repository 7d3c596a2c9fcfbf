"""Draft orders as an EHR sends them: which are for this patient, and what each of them is.

They are read like the orders of the chart, by the same findings, codes and phrases, only as if they
were signed now. What cannot be read is no draft; nothing here raises for what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from knowledge.chart.decode import NotJson, load, read_values
from knowledge.language.facts import Facts
from knowledge.order_checks import OrderChecks
from knowledge.reading.reader import Chart, ChartReader

Json = Mapping[str, Any]

_ORDER: Final = "ServiceRequest"
_REASON: Final = "Condition"
"""A reason is read as if it were on the list of problems."""
_OVER: Final = frozenset(("entered-in-error", "revoked", "completed", "ended"))
_BYTES: Final = (bytes, bytearray, memoryview, msgspec.Raw)
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_MOST: Final = 100
"""More drafts than anybody signs at once are not looked at."""


class Knowing(Protocol):
    """The part of a library that drafts are read with."""

    @property
    def reader(self) -> ChartReader:
        """Reads charts."""
        ...

    @property
    def order_checks(self) -> OrderChecks:
        """How drafts are judged."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft order of a scan.

    `resource` is as it was sent. `names`: by which a selection may call it. `findings`: what it
    orders; `reasons`: what it says of the patient. `shown`: its own words. `priority` in lower
    case, `routine` where it has none.
    """

    resource: Json
    names: frozenset[str]
    findings: frozenset[str]
    reasons: frozenset[str]
    shown: str
    priority: str

    @property
    def id(self) -> str | None:
        """Its id, where it is one that FHIR allows."""
        own = self.resource.get("id")
        return own if isinstance(own, str) and _ID.fullmatch(own) else None

    @property
    def reference(self) -> str:
        """`ServiceRequest/id`, or its type alone."""
        return f"{_ORDER}/{self.id}" if self.id else _ORDER


@dataclass(frozen=True, slots=True)
class Drafts:
    """The drafts that are judged, and by which names a selection may call any of those sent."""

    scans: tuple[Draft, ...] = ()
    names: frozenset[str] = frozenset()

    def chosen(self, selections: Iterable[str]) -> tuple[Draft, ...]:
        """Those just selected; all where nothing of what was sent is."""
        wanted = {_bare(one) for one in selections} & self.names
        return tuple(one for one in self.scans if not wanted or wanted & one.names)


def read_drafts(sent: object, library: Knowing, patient_id: str, now: datetime) -> Drafts:
    """The drafts of a hook's `draftOrders`: JSON bytes, or parsed already.

    Args:
        sent: a Bundle (with or without its `type`), a list of resources, or one resource.
        library: what knows how a scan is called.
        patient_id: whose drafts count; those of others are left out.
        now: the moment of judgement, with the site's time zone.
    """
    rows = list(_rows(_parsed(sent)))[:_MOST]
    names = frozenset(name for row in rows for name in _names(*row))
    reading = _Reading(library, patient_id, now)
    drafts = (reading.draft(resource, _names(resource, url)) for resource, url in rows)
    return Drafts(tuple(one for one in drafts if one is not None), names)


def _parsed(sent: object) -> object:
    if not isinstance(sent, _BYTES):
        return sent
    raw = bytes(sent)
    try:
        return load(raw) if raw else None
    except NotJson:
        return None


def _rows(sent: object) -> Iterator[tuple[Json, object]]:
    """Each resource with its full URL, however the list is packed."""
    bundle = isinstance(sent, Mapping) and sent.get("resourceType") == "Bundle"
    entries = sent.get("entry") if isinstance(sent, Mapping) and bundle else sent
    for row in entries if isinstance(entries, list | tuple) else [entries]:
        yield from _row(row)


def _row(row: object) -> Iterator[tuple[Json, object]]:
    if not isinstance(row, Mapping):
        return
    inside = row.get("resource") if "resource" in row else row
    if isinstance(inside, Mapping) and inside.get("resourceType") != "Bundle":
        yield inside, row.get("fullUrl")


def _names(resource: Json, url: object) -> frozenset[str]:
    """`Type/id`, the id, and the full URL's last part: what a selection may say."""
    own, kind = resource.get("id"), resource.get("resourceType")
    names = [f"{kind}/{own}", own] if isinstance(own, str) and own else []
    names += [_bare(url)] if isinstance(url, str) and url else []
    return frozenset(names)


def _bare(reference: str) -> str:
    """`Type/id` of a relative or absolute reference."""
    plain = reference.strip().split("/_history/")[0].rstrip("/")
    return "/".join(plain.split("/")[-2:])


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads drafts for one patient at one moment."""

    library: Knowing
    patient_id: str
    now: datetime

    def draft(self, resource: Json, names: frozenset[str]) -> Draft | None:
        """A draft of a scan; None for anything else."""
        if resource.get("resourceType") != _ORDER or not _stands(resource):
            return None
        checks = self.library.order_checks.file
        found = self._findings(resource, _ORDER, resource.get("code"))
        if not found.intersection(one.finding for one in checks.kinds):
            return None
        for detail in _list(resource.get("orderDetail")):
            found |= self._findings(resource, _ORDER, detail) & {checks.contrast.finding}
        why = (self._findings(resource, _REASON, one) for one in _list(resource.get("reasonCode")))
        priority = resource.get("priority")
        priority = priority.strip().lower() if isinstance(priority, str) else ""
        reasons = frozenset(name for names in why for name in names)
        return Draft(resource, names, found, reasons, _shown(resource), priority or "routine")

    def _findings(self, resource: Json, kind: str, concept: object) -> frozenset[str]:
        """What a concept says in an order, or in a condition, of the resource's patient."""
        order = kind == _ORDER
        told = {
            "resourceType": kind, "status": "active", "intent": "order",
            "subject": resource.get("subject"), "contained": resource.get("contained"),
            "code": _in_one(concept, resource.get("bodySite")) if order else concept,
        }  # fmt: skip
        told = {key: value for key, value in told.items() if value is not None}
        standing = self._facts(told).standing
        return frozenset(name for name, one in standing.items() if one.present)

    def _facts(self, told: Json) -> Facts:
        chart = Chart(read_values({"draft": told}), self.patient_id, None, frozenset())
        zone = self.now.tzinfo if isinstance(self.now.tzinfo, ZoneInfo) else ZoneInfo("UTC")
        return self.library.reader.read(chart, self.now, zone)


def _stands(resource: Json) -> bool:
    """Not over and done with, and not an order to leave something undone."""
    status = resource.get("status")
    over = isinstance(status, str) and status.strip().lower() in _OVER
    return not over and resource.get("doNotPerform") is not True


def _in_one(concept: object, sites: object) -> object:
    """The concept with its words in one piece, and with a body site that stands beside it.

    "MRI cervical, thoracic & lumbar" is one order, and so is "MRI" of the lumbar spine.
    """
    words = _words(concept)
    if not words or not isinstance(concept, Mapping):
        return concept
    told = " of ".join([words, *filter(None, map(_words, _list(sites)))])
    return {**concept, "text": told.replace(",", " ").replace("&", " and ")}


def _shown(resource: Json) -> str:
    """What people read of an order: its text, else a display."""
    return _words(resource.get("code")) or _ORDER


def _words(concept: object) -> str:
    if not isinstance(concept, Mapping):
        return ""
    codings = [one for one in _list(concept.get("coding")) if isinstance(one, Mapping)]
    texts = [concept.get("text"), *(one.get("display") for one in codings)]
    return next((text for text in texts if isinstance(text, str) and text), "")


def _list(value: object) -> list[Any]:
    """What should be a list, as one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
