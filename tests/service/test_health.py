"""What `/readyz` and the figures say of what is not well, while cards come all the same."""

from __future__ import annotations

import re
import signal
import time
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from urllib.request import urlopen

import pytest
import yaml

from service.door import Door
from service.health import DATABASE, FILES, HOLD, KEY_SETS, RECORDS, SPOOL, WAIT, Health, health_of
from service.records.keeping import Keeping
from service.records.recorder import NoRecords
from service.store.store import Store, open_store
from tests.service.store.conftest import Cluster, cluster
from tests.service.test_serving import PATIENCE, ROOT, SERVICE, Server

__all__ = ["cluster"]
EXAMPLE = ROOT / "knowledge" / "patients" / "us-saddle-numbness.request.json"


@pytest.fixture
def store(cluster: Cluster) -> Store:
    return open_store(cluster.url(cluster.create()))


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def value(health: Health, name: str) -> float:
    (family,) = health.collect()
    (found,) = (one.value for one in family.samples if one.labels == {"what": name})
    return float(found)


def test_what_is_well_is_not_named(store: Store) -> None:
    health = Health(store, {"spool": lambda: True})
    assert health.degraded() == ()
    assert value(health, "database") == value(health, "spool") == 0
    health.close()


def test_what_is_not_well_is_named(store: Store) -> None:
    health = Health(store, {"spool": lambda: False, "files": lambda: True})
    assert health.degraded() == ("spool",)
    assert (value(health, "spool"), value(health, "files")) == (1, 0)
    health.close()


def test_a_database_that_hangs_is_named_in_time_and_that_it_is_back(
    store: Store, cluster: Cluster
) -> None:
    hand = Hand()
    health = Health(store, {}, hand)
    with cluster.paused():
        started = monotonic()
        assert health.degraded() == ("database",)
        assert monotonic() - started < WAIT + 1
        hand.now = HOLD - 0.1
        started = monotonic()
        assert health.degraded() == ("database",)
        assert monotonic() - started < WAIT, "it was not asked again so soon"
    until = monotonic() + PATIENCE
    while health.degraded():
        assert monotonic() < until
        hand.now += HOLD
    health.close()


def test_a_database_that_is_not_there_is_named() -> None:
    health = Health(open_store("postgresql+psycopg://nobody:secret@127.0.0.1:1/none"), {})
    assert health.degraded() == ("database",)
    health.close()


def wait_for(server: Server, degraded: list[str]) -> None:
    until = monotonic() + PATIENCE
    while server.call("/readyz")[1]["degraded"] != degraded:
        assert monotonic() < until
        time.sleep(0.1)


def test_the_service_is_ready_without_its_database_and_says_so(
    cluster: Cluster, tmp_path: Path
) -> None:
    url = cluster.url(cluster.create())
    made = open_store(url)
    made.upgrade()
    made.close()
    spool = tmp_path / "spool"
    server = Server(1, {"BACKFLAG_DATABASE_URL": url, "BACKFLAG_SPOOL_DIR": str(spool)})
    server.start()
    try:
        wait_for(server, [])
        with cluster.paused():
            wait_for(server, ["database"])
            status, answer = server.call("/readyz")
            assert (status, answer["status"]) == (HTTPStatus.OK, "ready")
            status, answer = server.call(SERVICE, EXAMPLE.read_bytes())
            assert status == HTTPStatus.OK
            assert answer["cards"][0]["indicator"] == "critical"
            with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=PATIENCE) as response:
                assert b'backflag_degraded{what="database"} 1.0' in response.read()
        wait_for(server, [])
    finally:
        server.stop()


def test_files_that_cannot_be_loaded_anew_are_named_until_they_can(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    right = "site: A hospital\n"
    (site / "site.yaml").write_text(right)
    database = f"sqlite:///{tmp_path / 'store.db'}"
    server = Server(1, {"BACKFLAG_SITE_DIR": str(site), "BACKFLAG_DATABASE_URL": database})
    server.start()
    try:
        for text, degraded in (("sight: wrong\n", ["files"]), (right, [])):
            (site / "site.yaml").write_text(text)
            server.process.send_signal(signal.SIGHUP)
            wait_for(server, degraded)
    finally:
        server.stop()


def test_a_spool_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    database = f"sqlite:///{tmp_path / 'store.db'}"
    settings = {"BACKFLAG_SPOOL_DIR": str(spool), "BACKFLAG_DATABASE_URL": database}
    server = Server(1, settings | {"BACKFLAG_SPOOL_MAX_MB": "0.00001"})
    server.start()
    try:
        wait_for(server, [])
        status, answer = server.call(SERVICE, EXAMPLE.read_bytes())
        assert (status, answer["cards"][0]["indicator"]) == (HTTPStatus.OK, "critical")
        wait_for(server, ["spool"])
    finally:
        server.stop()


def test_the_description_and_the_page_for_operators_know_every_name(cluster: Cluster) -> None:
    names = {DATABASE, RECORDS, SPOOL, KEY_SETS, FILES}
    described = yaml.safe_load((ROOT / "service" / "openapi.yaml").read_text())
    answer = described["paths"]["/readyz"]["get"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    assert set(schema["properties"]["degraded"]["items"]["enum"]) == names
    page = (ROOT / "docs" / "operate.md").read_text().partition("## Figures")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) == names
    keeps, opens = Keeping(NoRecords()), Door(None, "https://cds.example.org")
    health = health_of(cluster.url(cluster.create()), keeps, opens)
    (family,) = health.collect()
    health.close()
    assert {one.labels["what"] for one in family.samples} == names
