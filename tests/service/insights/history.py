"""Months of made-up calls, cards and feedback: plausible, and the same for the same seed.

`python -m tests.service.insights.history URL [CALLS]` writes them into the database at URL.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from service.store.store import Store, open_store
from service.store.tables import CALLS, CARDS, CONFIRMED, FEEDBACK, MET, UNKNOWNS

CLIENTS: list[tuple[str, str | None]] = [
    ("main", None), ("main", "st-elsewhere"), ("clinics", "north"), ("clinics", "south"),
]  # fmt: skip
SHARES = [50, 25, 15, 10]
SERVICES = ["back-numbness-patient-view", "back-numbness-encounter-start"]
UNTIL = date(2026, 11, 27)
DAYS = 89
SILENT_DAYS = 21
URGENCIES = {
    "cauda-equina-syndrome": "emergency", "mscc": "emergency", "epidural-haematoma": "emergency",
    "saddle-anaesthesia": "emergency", "acute-leg-weakness-gait": "urgent",
    "bladder-bowel-dysfunction": "urgent", "spinal-infection": "urgent",
    "disc-herniation-radiculopathy": "soon", "spinal-stenosis": "soon",
    "vitamin-deficiency-neuropathy": "routine", "diabetic-neuropathy": "routine",
    "mechanical-postural": "routine",
}  # fmt: skip
WEIGHTS = [4, 2, 1, 3, 8, 9, 3, 30, 22, 14, 40, 25]
MISSING = "missing"
SAYS = {
    "saddle-anaesthesia": '{"saddle-anaesthesia":{},"spinal-infection":{}}',
    "mscc": '{"mscc":{"facts":[{"finding":"spinal-infection"}]}}',
}
"""The cards that speak of more than one criterion, or rest on a finding of the same name."""

INDICATORS = {"emergency": "critical", "urgent": "warning", None: "info"}
REASONS: dict[str | None, int] = {
    "indication-order-exists": 25, "long-standing-unchanged": 22, "under-spinal-team": 14,
    "action-not-priority": 16, "finding-wrong": 6, "patient-refuses": 4, "already-in-er": 3,
    "a-reason-of-<the client's> own": 5, None: 9,
}  # fmt: skip
WANTING = {
    "cauda-equina-syndrome": ["perianal-exam", "post-void-residual", "saddle-numbness"],
    "saddle-anaesthesia": ["saddle-numbness"],
    "mscc": ["cancer-ever", "unremitting-spinal-pain"],
    "acute-leg-weakness-gait": ["leg-power", "gait-difficulty"],
    "spinal-infection": ["crp", "temperature"],
    "vitamin-deficiency-neuropathy": ["b12", "folate"],
    "diabetic-neuropathy": ["hba1c"],
}
FAILURES = [
    (412, "precondition-failed", 60), (503, "deadline", 14), (503, "overloaded", 12),
    (422, "unprocessable-entity", 8), (500, "evaluation-failed", 3),
]  # fmt: skip
HELD: list[list[str]] = [[], ["injury-explains"], ["work-up", "quieted"], ["site"]]
VERDICTS = [
    json.dumps([
        {"criterion": one, "version": 2, "outcome": "unknown", "missing": ["leg-power", "saddle"]}
        for one in list(URGENCIES)[:number]
    ])
    for number in range(4, 13)
]  # fmt: skip
"""About as long as real ones, which a page has to read past."""

INCOMPLETE = [["observations:timeout"], ["medications:forbidden", "devices:forbidden"],
              ["serviceRequests:timeout"]]  # fmt: skip


@dataclass
class History:
    """The rows of each table."""

    random: Random
    calls: list[dict[str, Any]] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)
    met: list[dict[str, Any]] = field(default_factory=list)
    confirmed: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    unknown: Counter[tuple[Any, ...]] = field(default_factory=Counter)

    def name(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def write(self, store: Store) -> None:
        names = ("day", "service", "client", "tenant", "criterion", "finding")
        unknown = [
            dict(zip(names, key, strict=True)) | {"calls": n} for key, n in self.unknown.items()
        ]
        tables = {CALLS: self.calls, CARDS: self.cards, MET: self.met, UNKNOWNS: unknown,
                  CONFIRMED: self.confirmed, FEEDBACK: self.feedback}  # fmt: skip
        with store.begin() as connection:
            for table, rows in tables.items():
                if rows:
                    connection.execute(insert(table), rows)
            if not store.is_sqlite:
                connection.exec_driver_sql("ANALYZE")

    def call(self, at: datetime, first: date) -> None:
        client, tenant = self.random.choices(CLIENTS, SHARES)[0]
        bad = self.random.random() < 0.02
        status, why, _ = self.random.choices(FAILURES, [one[2] for one in FAILURES])[0]
        gaps = self.random.choice(INCOMPLETE) if self.random.random() < 0.03 and not bad else []
        silent = at.date() < first + timedelta(days=SILENT_DAYS)
        row = {
            "id": self.name(), "at": at, "day": at.date(),
            "service": self.random.choices(SERVICES, [9, 1])[0], "client": client,
            "tenant": tenant, "hook_instance": self.name(),
            "patient": sha256(str(self.random.randrange(30_000)).encode()).hexdigest(),
            "patient_key": "k1", "knowledge": "2026.11.0", "site": None,
            "mode": "silent" if silent else "live", "status": status if bad else 200,
            "why": why if bad else None, "incomplete": json.dumps(gaps),
            "outcomes": "[]" if bad else self.random.choice(VERDICTS),
            "duration_ms": round(self.random.lognormvariate(2.5, 0.5), 2),
        }  # fmt: skip
        self.calls.append(row)
        if not bad:
            self.judge(row)

    def judge(self, call: dict[str, Any]) -> None:
        for criterion, findings in WANTING.items():
            if self.random.random() < 0.04:
                where = (call["day"], call["service"], call["client"], call["tenant"] or "")
                some = self.random.sample(findings, self.random.randint(1, len(findings)))
                for finding in ["", *some]:
                    self.unknown[*where, criterion, finding] += 1
        if self.random.random() < 0.08:
            criterion = self.random.choices(list(URGENCIES), WEIGHTS)[0]
            self.card(call, criterion, URGENCIES[criterion])
        if self.random.random() < 0.02:
            self.card(call, MISSING, None)

    def card(self, call: dict[str, Any], criterion: str, urgency: str | None) -> None:
        if urgency:
            held = self.random.choices(HELD, [90, 6, 3, 1])[0]
            self.met.append(
                {"call": call["id"], "criterion": criterion, "day": call["day"],
                 "client": call["client"], "tenant": call["tenant"], "version": 2,
                 "urgency": urgency, "held_back_by": json.dumps(held)}
            )  # fmt: skip
        quiet = self.random.random() < 0.04
        row = {key: call[key] for key in ("at", "day", "service", "client", "tenant", "patient")}
        row |= {
            "id": self.name(), "call": call["id"], "criterion": criterion, "urgency": urgency,
            "indicator": INDICATORS.get(urgency, "info"),
            "shown": call["mode"] != "silent" and not quiet,
            "says": SAYS.get(criterion) or f'{{"{criterion}":{{}}}}',
        }  # fmt: skip
        self.cards.append(row)
        if row["shown"] and self.random.random() < 0.72:
            self.answer(row)
        if urgency == "emergency":
            self.diagnose(row)

    def answer(self, card: dict[str, Any]) -> None:
        late = timedelta(days=self.random.uniform(1, 6))
        soon = timedelta(seconds=self.random.lognormvariate(5, 1.4))
        after = late if self.random.random() < 0.05 else soon
        for _ in range(2 if self.random.random() < 0.04 else 1):
            after += timedelta(seconds=self.random.randint(1, 600))
            self.tell(card, card["id"], card["at"] + after)
        if self.random.random() < 0.02:
            self.tell(card | {"client": "a-stranger"}, card["id"], card["at"] + after)
        if self.random.random() < 0.02:
            self.tell(card, self.name(), card["at"] + after)

    def tell(self, whose: dict[str, Any], card: str, at: datetime) -> None:
        accepted = self.random.random() < 0.4
        reason = self.random.choices(list(REASONS), list(REASONS.values()))[0]
        self.feedback.append(
            {
                "digest": sha256(self.name().encode()).hexdigest(), "received": at,
                "service": whose["service"], "client": whose["client"],
                "tenant": whose["tenant"], "card": card,
                "outcome": "accepted" if accepted else "overridden", "suggestions": "[]",
                "reason_code": None if accepted else reason, "reason_system": None,
                "reason_display": None, "comment": None,
                "outcome_timestamp": at.isoformat(timespec="milliseconds"),
            }
        )  # fmt: skip

    def diagnose(self, card: dict[str, Any]) -> None:
        chance = self.random.random()
        later, before = [0.2, 2.0, 9.0], [-40.0, -1.0, 3.0]
        days = later if chance < 0.3 else before if chance < 0.4 else []
        for day in days:
            self.confirm(card, card["criterion"], card["at"] + timedelta(days=day))
        if self.random.random() < 0.05:
            self.confirm(card, "spinal-infection", card["at"] + timedelta(days=1))

    def confirm(self, card: dict[str, Any], criterion: str, at: datetime) -> None:
        own = {key: card[key] for key in ("client", "tenant", "patient")}
        self.confirmed.append(
            own | {"call": self.name(), "criterion": criterion, "at": at, "day": at.date()}
        )


def made(calls: int, seed: int = 5, until: date = UNTIL, days: int = DAYS) -> History:
    """A history of so many calls in the days up to `until`, fewer of them at weekends."""
    history = History(Random(seed))
    first = until - timedelta(days=days - 1)
    every = [first + timedelta(days=number) for number in range(days)]
    share = [1 if day.weekday() < 5 else 0.35 for day in every]
    chosen = sorted(history.random.choices(every, share, k=calls))
    for at in _moments(history.random, chosen):
        history.call(at, first)
    return history


def _moments(random: Random, days: list[date]) -> Iterator[datetime]:
    for day in days:
        seconds = min(max(random.gauss(13 * 3600, 3 * 3600), 0), 86_000)
        yield datetime.combine(day, time.min, UTC) + timedelta(seconds=round(seconds, 3))


if __name__ == "__main__":
    with closing(open_store(sys.argv[1])) as target:
        target.upgrade()
        made(int(sys.argv[2]) if len(sys.argv) > 2 else 100_000).write(target)
