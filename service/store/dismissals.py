"""Which cards of a patient were overridden for a reason that lasts, and what they rested on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select

from knowledge.quieting import Dismissal
from service.store.tables import CARDS, FEEDBACK

OVERRIDDEN = "overridden"

Lasting = Mapping[str, str]
"""The codes of the reasons that last, each with the code system that the cards name for it."""


def dismissals(
    connection: Connection,
    patients: Sequence[str],
    whose: tuple[str, str | None],
    services: Sequence[str],
    lasting: Lasting,
) -> list[Dismissal]:
    """The overrides that hold, of the cards of a patient (by any of the hashes `patients`).

    `whose` are the client and its tenant. Of what was said of one card the latest word counts.
    """
    latest: dict[str, Row[Any]] = {}
    for row in connection.execute(_words(patients, whose, services)):
        before = latest.get(row.card)
        if before is None or _order(row) >= _order(before):
            latest[row.card] = row
    kept = (row for row in latest.values() if _lasts(row, lasting))
    return [one for row in kept for one in _each(row)]


def _words(
    patients: Sequence[str], whose: tuple[str, str | None], services: Sequence[str]
) -> Select[Any]:
    client, tenant = whose
    same = (FEEDBACK.c.card == CARDS.c.id) & (FEEDBACK.c.client == CARDS.c.client)
    same &= FEEDBACK.c.tenant.is_not_distinct_from(CARDS.c.tenant)
    return (
        select(
            FEEDBACK.c.id,
            FEEDBACK.c.card,
            FEEDBACK.c.outcome,
            FEEDBACK.c.reason_code,
            FEEDBACK.c.reason_system,
            FEEDBACK.c.outcome_timestamp,
            FEEDBACK.c.received,
            CARDS.c.at,
            CARDS.c.says,
        )
        .join_from(CARDS, FEEDBACK, same)
        .where(
            CARDS.c.patient.in_(patients),
            CARDS.c.client == client,
            CARDS.c.tenant.is_not_distinct_from(tenant),
            CARDS.c.service.in_(services),
            CARDS.c.shown,
        )
    )


def _lasts(row: Row[Any], lasting: Lasting) -> bool:
    system = lasting.get(row.reason_code or "")
    return row.outcome == OVERRIDDEN and system is not None and row.reason_system in {None, system}


def _each(row: Row[Any]) -> Iterable[Dismissal]:
    """One for each criterion that the card spoke of."""
    says: dict[str, dict[str, Any]] = msgspec.json.decode(row.says)
    for name, marks in says.items():
        urgency = str(marks.get("urgency") or "")
        yield Dismissal(name, urgency, row.reason_code, _moment(row), marks)


def _order(row: Row[Any]) -> tuple[datetime, datetime, int]:
    return _moment(row), _aware(row.received), row.id


def _moment(row: Row[Any]) -> datetime:
    """When it was said: the client's clock, but not before the card was there or after we heard.

    A clock that is wrong thus neither prolongs a silence nor ends it before its time by more
    than the card had been shown.
    """
    told = datetime.fromisoformat(row.outcome_timestamp)
    return min(max(told, _aware(row.at)), _aware(row.received))


def _aware(moment: datetime) -> datetime:
    """SQLite gives moments back without the zone, which is UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
