"""Callers and clinicians who do not pause, and what they were answered."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Any
from uuid import UUID

from tests.conftest import ROOT
from tests.service.fakes import bundle, hook_request
from tests.service.test_serving import SERVICE

TELL = f"{SERVICE}/feedback"
EXAMPLE = ROOT / "knowledge" / "patients" / "us-saddle-numbness.request.json"
HEADERS = {"Content-Type": "application/json"}
TIMEOUT = 60
BATCH = 4
Json = dict[str, Any]

SMALL = "small"
EMERGENCY = "emergency"
LEAVING = "leaving"


def chart(kind: str) -> Json:
    """A call about a patient, at any time: `small` gets no card, `emergency` a critical one.

    `leaving`: the same emergency at the discharge, where it is not looked up what was overridden.
    """
    if kind == SMALL:
        return hook_request({"conditions": bundle(), "observations": bundle()})
    found: Json = json.loads(EXAMPLE.read_text())
    return found | ({"hook": "encounter-discharge"} if kind == LEAVING else {})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request: `kind` is a chart or `feedback`; moments are of `monotonic`."""

    kind: str
    begun: float
    took: float
    status: int
    retry_after: str | None


@dataclass
class Ledger:
    """What was sent and what was acknowledged, over any number of servers."""

    calls: set[str] = field(default_factory=set)
    """The hookInstances of the calls that were answered."""
    cards: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    """The cards whose feedback was acknowledged."""
    sent: list[tuple[tuple[str, ...], bytes]] = field(default_factory=list)
    """The reports, acknowledged or not, each with its cards."""
    unsure: list[tuple[tuple[str, ...], bytes]] = field(default_factory=list)
    """Reports without an acknowledgement, which are sent again."""
    answers: list[Answer] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass
class Load:
    """Threads that call one port, each on a connection that it keeps, until they are stopped.

    Each makes calls and reports by a seed; `kinds` are what the calls are about, `tells` how
    often (of 1) it reports instead, `pause` the seconds between requests.
    """

    port: int
    ledger: Ledger
    seeds: Sequence[str]
    kinds: Sequence[str] = (SMALL, EMERGENCY)
    tells: float = 0.5
    pause: float = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> Load:
        self._threads = [
            threading.Thread(target=self._go, args=(Random(seed),)) for seed in self.seeds
        ]
        for one in self._threads:
            one.start()
        return self

    def wait_for(self, calls: int) -> None:
        """Until so many more were answered."""
        wanted, until = len(self.ledger.calls) + calls, time.monotonic() + TIMEOUT
        while len(self.ledger.calls) < wanted:
            assert time.monotonic() < until, self.ledger.lost[-3:]
            time.sleep(0.01)

    def stop(self) -> None:
        self._stop.set()
        for one in self._threads:
            one.join(TIMEOUT)
            assert not one.is_alive()

    def _go(self, random: Random) -> None:
        """A connection after the other, for a server may die."""
        bodies = {kind: chart(kind) for kind in self.kinds}
        while not self._stop.is_set():
            line = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
            try:
                while not self._stop.is_set():
                    self._one(line, random, bodies)
                    self._stop.wait(self.pause)
            except (OSError, HTTPException) as error:
                self.ledger.lost.append(type(error).__name__)
                self._stop.wait(0.02)
            finally:
                line.close()

    def _one(self, line: HTTPConnection, random: Random, bodies: dict[str, Json]) -> None:
        if random.random() < self.tells:
            self._tell(line, random)
            return
        kind = random.choice(self.kinds)
        instance = str(UUID(int=random.getrandbits(128), version=4))
        body = json.dumps(bodies[kind] | {"hookInstance": instance}).encode()
        status, answer = self._post(line, kind, SERVICE, body)
        if status == HTTPStatus.OK:
            self.ledger.cards.update(card["uuid"] for card in answer["cards"])
            self.ledger.calls.add(instance)

    def _tell(self, line: HTTPConnection, random: Random) -> None:
        cards, body = self._report(random)
        self.ledger.sent.append((cards, body))
        try:
            status, _ = self._post(line, "feedback", TELL, body)
        except (OSError, HTTPException):
            self.ledger.unsure.append((cards, body))
            raise
        if status == HTTPStatus.OK:
            self.ledger.told.update(cards)
        else:
            self.ledger.unsure.append((cards, body))

    def _report(self, random: Random) -> tuple[tuple[str, ...], bytes]:
        """Something new; or what was told before, or what nobody knows whether it was heard."""
        lot = random.random()
        if lot < 0.2 and self.ledger.sent:
            return random.choice(self.ledger.sent)
        if lot < 0.4 and self.ledger.unsure:
            return self.ledger.unsure.pop()
        cards = tuple(f"card-{random.getrandbits(96):x}" for _ in range(random.randint(1, BATCH)))
        return cards, json.dumps({"feedback": [_entry(card) for card in cards]}).encode()

    def _post(self, line: HTTPConnection, kind: str, path: str, body: bytes) -> tuple[int, Any]:
        begun = time.monotonic()
        line.request("POST", path, body, HEADERS)
        response = line.getresponse()
        content = response.read()
        took, after = time.monotonic() - begun, response.getheader("Retry-After")
        self.ledger.answers.append(Answer(kind, begun, took, response.status, after))
        return response.status, json.loads(content)


def _entry(card: str) -> Json:
    return {
        "card": card,
        "outcome": "overridden",
        "outcomeTimestamp": "2026-10-31T09:00:00Z",
        "overrideReason": {"userComment": "seen"},
    }
