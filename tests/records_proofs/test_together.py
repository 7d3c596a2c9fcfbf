"""Two servers of two workers each on one database: what one knows holds for all."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
import yaml

from tests.callers.ehr import Keys
from tests.records_proofs.load import EMERGENCY, Json, chart
from tests.records_proofs.place import BOUND, STEP, Place
from tests.service.store.test_service import BASE, post
from tests.service.test_serving import SERVICE, Server

TELL = f"{SERVICE}/feedback"
WORKERS = 2
TRIES = 12
"""Of each thing at a time: more than there are workers."""

LASTING = {
    "code": "long-standing-unchanged",
    "system": "https://backflag.org/fhir/CodeSystem/override-reason",
}


@dataclass
class Site:
    """The servers, and the clients that they trust: `main` with any tenant, and `other`."""

    place: Place
    keys: Keys = field(default_factory=lambda: Keys("ES384", "k1"))
    servers: list[Server] = field(default_factory=list)

    def start(self) -> None:
        self.place.make_ready()
        clients = [
            {"name": name, "iss": f"https://{name}.example.org", "jwks": self.keys.public}
            for name in ("main", "other")
        ]
        path = self.place.folder / "clients.yaml"
        path.write_text(yaml.safe_dump({"clients": clients}))
        more = {
            "BACKFLAG_AUTH": "required",
            "BACKFLAG_CLIENTS_FILE": str(path),
            "BACKFLAG_BASE_URL": BASE,
        }
        for _ in range(2):
            server = Server(WORKERS, self.place.settings | more)
            server.start()
            self.servers.append(server)

    def token(self, path: str, client: str = "main", tenant: str | None = "a") -> str:
        claims = {"iss": f"https://{client}.example.org", "aud": BASE + path}
        return self.keys.token(claims | ({"tenant": tenant} if tenant else {}))

    def card(self, which: int, patient: str, tenant: str | None = "a") -> Json:
        """The first card that one of the servers gives for a patient with a numb saddle."""
        status, found = self.servers[which].call(
            SERVICE, json.dumps(about(patient)).encode(),
            Authorization=self.token(SERVICE, tenant=tenant),
        )  # fmt: skip
        assert status == HTTPStatus.OK
        card: Json = found["cards"][0]
        return card

    def tell(self, which: int, card: Json, reason: Any, **whose: Any) -> None:
        word = {"feedback": [told(card["uuid"], reason)]}
        status, _ = post(self.servers[which], TELL, word, self.token(TELL, **whose))
        assert status == HTTPStatus.OK

    def wait_until_known(self, *cards: Json) -> None:
        """Until the records of the cards are stored."""
        until = time.monotonic() + BOUND
        while not {one["uuid"] for one in cards} <= self.place.kept().cards.keys():
            assert time.monotonic() < until
            time.sleep(STEP)

    def indicators(self, patient: str, tenant: str | None = "a") -> set[str]:
        """What all processes say now, each asked often enough."""
        return {self.card(n % 2, patient, tenant)["indicator"] for n in range(TRIES)}


def about(patient: str) -> Json:
    """The chart, of another patient."""
    text = json.dumps(chart(EMERGENCY)).replace("us-saddle", patient)
    found: Json = json.loads(text) | {"hookInstance": str(uuid4())}
    return found


def told(card: str, reason: Any) -> Json:
    word: Json = {"card": card, "outcome": "overridden"}
    word["outcomeTimestamp"] = "2026-10-31T09:00:00Z"
    return word | ({"overrideReason": {"reason": reason}} if reason else {})


@pytest.fixture
def site(place: Place) -> Iterator[Site]:
    found = Site(place)
    try:
        found.start()
        yield found
    finally:
        for one in found.servers:
            one.stop()


def test_what_one_process_knows_holds_for_all(site: Site) -> None:
    token_is_let_in_once(site)
    what_is_told_twice_is_kept_once(site)
    an_override_is_heeded_by_all(site)
    whose_card_it_is_not_quiets_nothing(site)
    without_a_reason_that_lasts_nothing_is_quiet(site)


def token_is_let_in_once(site: Site) -> None:
    for _ in range(3):
        one = site.token(SERVICE)
        statuses = at_once(
            lambda n, one=one: post(site.servers[n % 2], SERVICE, about("p"), one)[0]
        )
        assert Counter(statuses) == {HTTPStatus.OK: 1, HTTPStatus.UNAUTHORIZED: TRIES - 1}


def what_is_told_twice_is_kept_once(site: Site) -> None:
    names = [f"card-{number}" for number in range(5)]
    words = {"feedback": [told(name, LASTING) for name in names]}
    backwards = {"feedback": words["feedback"][::-1]}

    def send(number: int) -> int:
        body = backwards if number % 3 else words
        return post(site.servers[number % 2], TELL, body, site.token(TELL))[0]

    assert set(at_once(send)) == {HTTPStatus.OK}
    assert {name: site.place.kept().feedback[name] for name in names} == dict.fromkeys(names, 1)


def an_override_is_heeded_by_all(site: Site) -> None:
    first = site.card(0, "quiet")
    assert first["indicator"] == "critical"
    site.tell(0, first, LASTING)  # perhaps before its record is stored
    until = time.monotonic() + BOUND
    while site.card(1, "quiet")["indicator"] == "critical":
        assert time.monotonic() < until
        time.sleep(STEP)
    assert site.indicators("quiet") == {"info"}
    assert site.indicators("another") == {"critical"}


def whose_card_it_is_not_quiets_nothing(site: Site) -> None:
    card, same = site.card(0, "whose"), site.card(1, "whose", tenant="b")
    site.wait_until_known(card, same)
    site.tell(1, card, LASTING, tenant="b")
    site.tell(1, card, LASTING, tenant=None)
    site.tell(1, card, LASTING, client="other")
    assert site.indicators("whose") == {"critical"}
    site.tell(1, card, LASTING)
    assert site.indicators("whose") == {"info"}
    assert site.indicators("whose", tenant="b") == {"critical"}
    assert site.indicators("whose", tenant=None) == {"critical"}


def without_a_reason_that_lasts_nothing_is_quiet(site: Site) -> None:
    card = site.card(0, "loud")
    site.wait_until_known(card)
    for reason in (None, {}, {"code": "already-in-er"}, {"display": "Long-standing, unchanged"}):
        site.tell(1, card, reason)
    assert site.indicators("loud") == {"critical"}


def at_once(work: Any) -> list[int]:
    with ThreadPoolExecutor(TRIES) as pool:
        return list(pool.map(work, range(TRIES)))
