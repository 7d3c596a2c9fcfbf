"""Loading anew, while calls go on, what a site, an EHR and the clinicians have changed."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
import yaml

from tests.callers.ehr import Keys
from tests.service.pressing import CALL, Callers
from tests.service.test_serving import PATIENCE, ROOT, SERVICE, Server

SITE = ROOT / "docs" / "site-example"
CALLED, NAME = "St. Elsewhere Hospital", "Another Hospital"
REFUSED = "not reloaded: what was loaded before stays in use"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SITE, tmp_path / "site"))


@pytest.fixture(params=[1, 2])
def server(request: pytest.FixtureRequest, site: Path) -> Iterator[Server]:
    given = {"BACKFLAG_SITE_DIR": str(site), "BACKFLAG_DEADLINE_MS": "20000"}
    one = Server(request.param, given)
    one.start()
    yield one
    if one.process.returncode is None:
        one.stop()


def lines(server: Server, event: str) -> int:
    """How many lines of the log so far are of a kind."""
    log = Path(f"/proc/self/fd/{server.written.fileno()}").read_bytes()  # at a place of its own
    found = [json.loads(line) for line in log.splitlines(True) if line.endswith(b"\n")]
    return sum(one["event"] == event for one in found)


def wait_for(server: Server, event: str, number: int) -> None:
    until = time.monotonic() + PATIENCE
    while lines(server, event) < number:
        assert time.monotonic() < until, event
        assert event == REFUSED or not lines(server, REFUSED)
        time.sleep(0.05)


def rename(site: Path) -> None:
    """Change how the site is called, as one that edits in place would."""
    path = site / "site.yaml"
    told = path.read_text()
    assert CALLED in told
    path.write_text(told.replace(CALLED, NAME))


def names(server: Server) -> set[str]:
    """How the service calls the site, asked often enough to meet every worker."""
    asked = [server.call("/explain/back-numbness-patient-view", CALL)[1] for _ in range(10)]
    return {one["site"]["name"] for one in asked}


def test_a_changed_site_folder_is_used_and_no_call_is_lost(server: Server, site: Path) -> None:
    before = names(server)
    rename(site)
    callers = Callers(server.port, number=4).start()
    callers.wait_for(20)
    server.process.send_signal(signal.SIGHUP)
    wait_for(server, "reloaded", server.workers)
    callers.wait_for(20)
    callers.stop()
    assert before.isdisjoint({NAME})
    assert names(server) == {NAME}
    assert callers.lost == []
    assert set(callers.answered) == {HTTPStatus.OK}


def test_a_wrong_site_folder_changes_nothing_and_is_told_loudly(server: Server, site: Path) -> None:
    before = names(server)
    (site / "site.yaml").write_text("name: [")
    server.process.send_signal(signal.SIGHUP)
    wait_for(server, REFUSED, server.workers)
    assert names(server) == before
    written = server.stop().decode()
    told = [one for one in map(json.loads, written.splitlines()) if one["event"] == REFUSED]
    assert all(one["level"] == "error" for one in told)
    assert all("site.yaml" in one["why"] for one in told)


def test_a_client_that_was_added_is_let_in_and_one_that_was_removed_is_not(tmp_path: Path) -> None:
    keys = {name: Keys("ES384", name) for name in ("old", "new")}
    clients = tmp_path / "clients.yaml"
    given = {"BACKFLAG_AUTH": "required", "BACKFLAG_CLIENTS_FILE": str(clients)}
    asked = Server(1, given)

    def write(name: str) -> None:
        client = {"name": name, "iss": f"https://{name}.example.org", "jwks": keys[name].public}
        clients.write_text(yaml.safe_dump({"clients": [client]}))

    def status(name: str) -> int:
        audience = f"http://127.0.0.1:{asked.port}{SERVICE}"
        claims = {"iss": f"https://{name}.example.org", "aud": audience}
        return asked.call(SERVICE, CALL, Authorization=keys[name].token(claims))[0]

    write("old")
    asked.start()
    before = status("old"), status("new")
    write("new")
    asked.process.send_signal(signal.SIGHUP)
    wait_for(asked, "reloaded", 1)
    after = status("old"), status("new")
    asked.stop()
    assert before == (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED)
    assert after == (HTTPStatus.UNAUTHORIZED, HTTPStatus.OK)
