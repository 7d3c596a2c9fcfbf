"""What calls leave behind: a record each, kept before the answer goes out, whatever else fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from time import monotonic
from typing import Any

import msgspec
import structlog

from knowledge.quieting import Dismissal
from service import logs
from service.engine import Judgement
from service.metrics import RECORDS
from service.records.heard import Heard
from service.records.making import Site, found, record_of
from service.records.recall import Recall
from service.records.spool import NotKept, Spool

SELDOM = 60
"""Seconds between two complaints in the log."""


class NoRecords:
    """Nothing is kept, and nothing known of before. `fails`: the last record was not kept."""

    fails: bool = False

    def judged(self, heard: Heard, now: datetime, judgement: Judgement) -> None:
        """A call that was judged."""

    def ended(self, heard: Heard, now: datetime, status: int, why: str | None = None) -> None:
        """A call that was not judged, and why; or had nothing in it to judge."""

    def dismissals(self, heard: Heard) -> Sequence[Dismissal]:
        """The earlier overrides that hold for this patient."""
        return ()


@dataclass(slots=True)
class Recorder(NoRecords):
    """Keeps a record of each call in the spool. No failure of it is a failure of the call."""

    spool: Spool
    site: Site
    recall: Recall
    fails: bool = field(default=False, init=False)
    _told: float = field(default=-float(SELDOM))

    def judged(self, heard: Heard, now: datetime, judgement: Judgement) -> None:
        """See `NoRecords`."""
        try:
            self._keep(heard, now, HTTPStatus.OK, **found(judgement, heard.incomplete))
        except Exception as error:  # noqa: BLE001 - the card has to come all the same
            self._complain(error)

    def ended(self, heard: Heard, now: datetime, status: int, why: str | None = None) -> None:
        """See `NoRecords`."""
        try:
            self._keep(heard, now, status, why=why, incomplete=heard.incomplete)
        except Exception as error:  # noqa: BLE001 - as above
            self._complain(error)

    def dismissals(self, heard: Heard) -> Sequence[Dismissal]:
        """See `NoRecords`."""
        return self.recall.ask(self.site.hashes_of(heard), heard.client, heard.tenant)

    def _keep(self, heard: Heard, now: datetime, status: int, **more: Any) -> None:
        heard.kept = True  # or never: it is tried once
        self.spool.append(msgspec.json.encode(record_of(heard, self.site, now, status, **more)))
        self.fails = False

    def _complain(self, error: Exception) -> None:
        self.fails = True
        RECORDS.labels("dropped").inc()
        now = monotonic()
        if now - self._told < SELDOM:
            return
        self._told = now
        what: dict[str, Any] = {"exception": type(error).__name__, "where": logs.where(error)}
        if isinstance(error, NotKept):
            what = {"why": error.why}
        structlog.get_logger().error("a call is not recorded", **what)
