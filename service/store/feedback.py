"""What became of the cards, kept for good before it is acknowledged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from operator import itemgetter
from typing import Any

from anyio import move_on_after, to_thread

from service.feedback import Told
from service.metrics import FEEDBACK as FEEDBACK_TOLD
from service.metrics import STORE_FAILURES
from service.store.store import Store, StoreDown
from service.store.tables import FEEDBACK

WAIT = 10
"""Seconds that a call waits for the database."""


async def keep(
    store: Store, told: Sequence[Told], service: str, client: str, tenant: str | None
) -> None:
    """Store what was told, all or nothing; what this client has told before is stored once.

    Raises:
        StoreDown: nothing was stored.
    """
    rows = [_row(one, service, client, tenant) for one in told]
    if rows:
        await _in_time(store, rows)


async def _in_time(store: Store, rows: list[dict[str, Any]]) -> None:
    """What is stored too late is sent again, and then stored once all the same."""
    with move_on_after(WAIT), suppress(StoreDown):
        await to_thread.run_sync(
            _insert, store, rows, abandon_on_cancel=True, limiter=store.threads
        )
        return
    STORE_FAILURES.labels("feedback").inc()
    raise StoreDown


def _insert(store: Store, rows: list[dict[str, Any]]) -> None:
    statement = store.insert(FEEDBACK).on_conflict_do_nothing(index_elements=["digest"])
    in_order = sorted(rows, key=itemgetter("digest"))  # two calls at a time never lock each other
    with store.begin() as connection:
        found = connection.execute(statement.returning(FEEDBACK.c.outcome), in_order)
        outcomes = Counter(found.scalars())
    for outcome, number in outcomes.items():
        FEEDBACK_TOLD.labels(outcome).inc(number)


def _row(one: Told, service: str, client: str, tenant: str | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "service": service,
        "client": client,
        "tenant": tenant,
        "card": one.card,
        "outcome": one.outcome,
        "suggestions": json.dumps(one.suggestions),
        "reason_code": one.reason_code,
        "reason_system": one.reason_system,
        "reason_display": one.reason_display,
        "comment": one.comment,
        "outcome_timestamp": one.at,
    }
    digest = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return said | {"digest": digest, "received": datetime.now(UTC)}
