"""What a record becomes in the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from time import sleep
from typing import Any

import msgspec

from service.records.record import Record, Verdict
from service.store.tables import LONGEST_TENANT

MET = "met"
UNKNOWN = "unknown"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one call; `unknowns` are keys, each to be counted once more."""

    call: Row
    cards: Sequence[Row]
    met: Sequence[Row]
    confirmed: Sequence[Row]
    unknowns: Sequence[tuple[Any, ...]]


@dataclass(slots=True)
class Together:
    """The rows of several calls, table by table."""

    cards: list[Row] = field(default_factory=list)
    met: list[Row] = field(default_factory=list)
    confirmed: list[Row] = field(default_factory=list)
    unknowns: Counter[tuple[Any, ...]] = field(default_factory=Counter)

    @classmethod
    def of(cls, several: Iterable[Rows]) -> Together:
        """All of them."""
        found = cls()
        for one in several:
            found.cards += one.cards
            found.met += one.met
            found.confirmed += one.confirmed
            found.unknowns.update(one.unknowns)
        return found

    @property
    def counts(self) -> list[Row]:
        """The rows of what was unknown, in the order in which all who write take them."""
        names = ("day", "service", "client", "tenant", "criterion", "finding")
        return [
            dict(zip(names, key, strict=True)) | {"calls": self.unknowns[key]}
            for key in sorted(self.unknowns)
        ]


def rows_of(record: Record) -> Rows:
    """The rows of a record.

    Raises:
        ValueError: a day or a moment is none.
    """
    sleep(0)  # whoever judges has the interpreter first
    day, at = date.fromisoformat(record.day), datetime.fromtimestamp(record.at, UTC)
    shared = {"day": day, "client": record.client, "tenant": record.tenant}
    met = [one for one in record.verdicts if one.outcome == MET]
    return Rows(
        call=_call(record) | shared | {"at": at},
        cards=_cards(record, shared | {"at": at}),
        met=[_met(record, one) | shared for one in met],
        confirmed=[
            shared
            | {"at": at, "call": record.id, "criterion": one, "patient": record.patient or ""}
            for one in record.confirmed
        ],
        unknowns=_unknowns(record, day),
    )


def _call(record: Record) -> Row:
    return {
        "id": record.id,
        "service": record.service,
        "hook_instance": record.hook_instance,
        "patient": record.patient,
        "patient_key": record.patient_key,
        "knowledge": record.knowledge,
        "site": record.site,
        "mode": record.mode,
        "status": record.status,
        "why": record.why,
        "incomplete": _json(record.incomplete),
        "outcomes": _json(record.verdicts),
        "duration_ms": record.duration_ms,
    }


def _cards(record: Record, shared: Row) -> list[Row]:
    return [
        shared
        | {
            "id": one.uuid,
            "call": record.id,
            "service": record.service,
            "patient": record.patient,
            "criterion": one.criterion,
            "urgency": one.urgency,
            "indicator": one.indicator,
            "shown": one.shown,
            "says": _json(one.says),
        }
        for one in record.cards
    ]


def _met(record: Record, one: Verdict) -> Row:
    return {
        "call": record.id,
        "criterion": one.criterion,
        "version": one.version,
        "urgency": one.urgency,
        "held_back_by": _json(one.held_back_by),
    }


def _unknowns(record: Record, day: date) -> list[tuple[Any, ...]]:
    """One for each finding that is missing, and one without a finding for the call itself."""
    whose = (day, record.service, record.client, (record.tenant or "")[:LONGEST_TENANT])
    unknown = [one for one in record.verdicts if one.outcome == UNKNOWN]
    return [(*whose, one.criterion, name) for one in unknown for name in {"", *one.missing}]


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
