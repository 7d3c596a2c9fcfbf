"""How long an override keeps a card quiet, to the second, as a client sees it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from http import HTTPStatus
from uuid import uuid4

import pytest
import yaml
from starlette.testclient import TestClient

from service.app import create_app
from service.judging import LibraryEngine, load_engine
from service.settings import read_settings
from tests.callers.ehr import Keys
from tests.records_proofs.load import EMERGENCY, TELL, Json, chart
from tests.records_proofs.place import Place
from tests.records_proofs.test_together import LASTING, told
from tests.service.store.test_service import BASE, ISSUER
from tests.service.test_serving import SERVICE

START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)
"""Long enough ago for the feedback to be heard after it was told, by the real clock."""

TOLD_AT = START + timedelta(minutes=5)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@dataclass
class Site:
    """A service whose clock is set by hand."""

    place: Place
    client: TestClient
    keys: Keys
    now: datetime = field(default=START)

    def clock(self, zone: tzinfo) -> datetime:
        return self.now.astimezone(zone)

    def card(self, at: datetime, tenant: str = "a", body: Json | None = None) -> Json:
        """The first card at a moment."""
        self.now = at
        body = (body or chart(EMERGENCY)) | {"hookInstance": str(uuid4())}
        answer = self.client.post(SERVICE, json=body, headers=self.head(SERVICE, tenant))
        assert answer.status_code == HTTPStatus.OK
        found: Json = answer.json()["cards"][0]
        return found

    def tell(self, card: Json, at: datetime) -> None:
        word = told(card["uuid"], LASTING) | {"outcomeTimestamp": at.isoformat()}
        answer = self.client.post(TELL, json={"feedback": [word]}, headers=self.head(TELL, "a"))
        assert answer.status_code == HTTPStatus.OK

    def head(self, path: str, tenant: str) -> dict[str, str]:
        claims = {"iss": ISSUER, "aud": BASE + path, "tenant": tenant}
        return {"Authorization": self.keys.token(claims)}


@pytest.fixture(scope="module")
def engine() -> LibraryEngine:
    return load_engine(BASE)


@pytest.fixture
def site(place: Place, engine: LibraryEngine) -> Iterator[Site]:
    place.make_ready()
    keys = Keys("ES384", "k1")
    file = place.folder / "clients.yaml"
    file.write_text(
        yaml.safe_dump({"clients": [{"name": "main", "iss": ISSUER, "jwks": keys.public}]})
    )
    settings = read_settings(
        _env_file=None, auth="required", clients_file=file, base_url=BASE, deadline_ms=20_000,
        database_url=place.url, spool_dir=place.spool, patient_key_file=place.key,
    )  # fmt: skip
    found: list[Site] = []
    app = create_app(settings, engine, lambda zone: found[0].clock(zone))
    with TestClient(app) as client:
        found.append(Site(place, client, keys))
        yield found[0]


def lasts(engine: LibraryEngine) -> timedelta:
    """For how long an emergency is quiet, as the knowledge has it."""
    (amount,) = engine.library.parameter("cauda-equina-syndrome", "quiet-emergency").amounts
    assert amount.unit == "h"
    return timedelta(hours=amount.value)


def test_an_override_ends_to_the_second_and_holds_for_its_tenant_alone(
    site: Site, engine: LibraryEngine
) -> None:
    card = site.card(START)
    assert card["indicator"] == "critical"
    site.place.wait_until_carried()
    site.tell(card, TOLD_AT)
    end = TOLD_AT + lasts(engine)
    said = {at: site.card(at)["indicator"] for at in (TOLD_AT, end - SECOND, end, end + DAY)}
    assert said == {
        TOLD_AT: "info", end - SECOND: "info", end: "critical", end + DAY: "critical",
    }  # fmt: skip
    assert site.card(end - SECOND, tenant="b")["indicator"] == "critical"


def test_worse_evidence_speaks_again_at_once(site: Site) -> None:
    card = site.card(START)
    site.place.wait_until_carried()
    site.tell(card, TOLD_AT)
    minute = TOLD_AT + timedelta(minutes=1)
    assert site.card(minute, body=again())["indicator"] == "info"
    assert site.card(minute, body=worse())["indicator"] == "critical"
    assert site.card(minute)["indicator"] == "info"


def again() -> Json:
    """The same, written down anew: other ids, the lists the other way round."""
    found: Json = json.loads(json.dumps(chart(EMERGENCY)).replace('"enc-dx-', '"new-dx-'))
    found["prefetch"]["conditions"]["entry"].reverse()
    return found


def worse() -> Json:
    """And now the bowel, too."""
    found = copy.deepcopy(chart(EMERGENCY))
    entries = found["prefetch"]["conditions"]["entry"]
    added = copy.deepcopy(entries[0])
    coding = {"system": "http://snomed.info/sct", "code": "72042002", "display": "Incontinence"}
    added["resource"] |= {"id": "enc-dx-9", "code": {"coding": [coding]}, "note": []}
    entries.append(added)
    return found
