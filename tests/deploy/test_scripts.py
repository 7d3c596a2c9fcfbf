"""Back-up, restore on an empty machine, and upgrade from the first release, as an operator does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from service.store import schema
from service.store.store import open_store
from service.store.tables import CALLS, FEEDBACK, NONCES
from tests.deploy.tools import ROOT
from tests.service.records.making import line
from tests.service.store.conftest import PASSWORD, Cluster
from tests.service.store.conftest import cluster as cluster
from tests.service.store.conftest import empty_url as empty_url
from tests.service.test_serving import SERVICE, Server

SCRIPTS = ROOT / "deploy" / "scripts"
EXAMPLE = ROOT / "knowledge" / "patients" / "us-saddle-numbness.request.json"
SITE = ROOT / "docs" / "site-example"
BOUND = 30
STEP = 0.05
Settings = dict[str, str]


def script(
    name: str, given: Settings, *args: Path | str, told: str = ""
) -> subprocess.CompletedProcess[str]:
    bare = {key: value for key, value in os.environ.items() if not key.startswith("BACKFLAG_")}
    return subprocess.run(
        [sys.executable, SCRIPTS / name, *args], env=bare | given, cwd=ROOT, timeout=BOUND * 2,
        capture_output=True, text=True, check=False, input=told,
    )  # fmt: skip


def done(name: str, given: Settings, *args: Path | str, told: str = "") -> str:
    made = script(name, given, *args, told=told)
    assert made.returncode == 0, made.stderr
    assert PASSWORD not in made.stdout + made.stderr
    return made.stdout


def place(folder: Path, url: str) -> Settings:
    return {
        "BACKFLAG_DATABASE_URL": url,
        "BACKFLAG_SPOOL_DIR": str(folder / "spool"),
        "BACKFLAG_PATIENT_KEY_FILE": str(folder / "patient.key"),
        "BACKFLAG_SITE_DIR": str(folder / "site"),
    }


def another(url: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """An empty database of the same kind."""
    if url.startswith("sqlite"):
        return f"sqlite:///{folder / 'store.db'}"
    server: Cluster = request.getfixturevalue("cluster")
    return server.url(server.create())


def card(server: Server, body: bytes = EXAMPLE.read_bytes()) -> dict[str, Any]:
    status, answer = server.call(SERVICE, body)
    assert status == 200
    found: dict[str, Any] = answer["cards"][0]
    return found


def override(server: Server, uuid: str) -> None:
    reason = {"reason": {"code": "indication-order-exists"}}
    now = datetime.now(UTC).isoformat()
    told = {
        "feedback": [
            {
                "card": uuid, "outcome": "overridden", "outcomeTimestamp": now,
                "overrideReason": reason,
            }
        ]
    }  # fmt: skip
    assert server.call(f"{SERVICE}/feedback", json.dumps(told).encode())[0] == 200


def rows(url: str, table: Any) -> int:
    store = open_store(url)
    try:
        with store.begin() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
    finally:
        store.close()


def wait_for_calls(url: str, number: int) -> None:
    until = time.monotonic() + BOUND
    while rows(url, CALLS) < number:
        assert time.monotonic() < until, "the records were not brought to the database"
        time.sleep(STEP)


def upgraded(url: str) -> None:
    store = open_store(url)
    store.upgrade()
    store.close()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The folder of a machine with keys and a site's folder."""
    folder = tmp_path / "old"
    folder.mkdir()
    key = folder / "patient.key"
    key.touch(mode=0o600)
    key.write_text("5a" * 32)
    site = folder / "site"
    site.mkdir()
    for file in SITE.iterdir():
        (site / file.name).write_bytes(file.read_bytes())
    return folder


def test_a_service_is_backed_up_while_it_runs_and_goes_on_on_an_empty_machine(
    empty_url: str, old: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    upgraded(empty_url)
    server = Server(1, place(old, empty_url))
    server.start()
    try:
        first = card(server)
        assert first["indicator"] == "critical"
        wait_for_calls(empty_url, 1)
        override(server, first["uuid"])
        folder, key = tmp_path / "copies" / "data", tmp_path / "vault.key"
        folder.parent.mkdir()
        done("backup.py", place(old, empty_url), folder, key)
    finally:
        server.stop()

    new = tmp_path / "new"
    new.mkdir()
    given = place(new, another(empty_url, new, request))
    assert "1 calls, 1 cards" in done("restore.py", given, folder, key)
    assert [one.name for one in sorted((new / "site").iterdir())] == [
        one.name for one in sorted(SITE.iterdir())
    ]
    again = Server(1, given)
    again.start()
    try:
        quiet = card(again)
    finally:
        again.stop()
    assert quiet["indicator"] == "info", "key, records and feedback belong together again"
    assert rows(given["BACKFLAG_DATABASE_URL"], FEEDBACK) == 1


def test_records_that_wait_are_in_the_copy_and_come_to_the_new_database(
    empty_url: str, old: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    upgraded(empty_url)
    spool = old / "spool"
    spool.mkdir()
    (spool / f"{'a' * 32}.0000000001.records").write_bytes(line("waits") + b"\n" + b'{"half a')
    done("backup.py", place(old, empty_url), tmp_path / "data", tmp_path / "vault.key")
    new = tmp_path / "new"
    new.mkdir()
    given = place(new, another(empty_url, new, request))
    assert "0 calls" in done("restore.py", given, tmp_path / "data", tmp_path / "vault.key")
    server = Server(1, given)
    server.start()
    try:
        wait_for_calls(given["BACKFLAG_DATABASE_URL"], 1)
    finally:
        server.stop()


def test_nothing_is_overwritten(
    empty_url: str, old: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    upgraded(empty_url)
    given = place(old, empty_url)
    folder, key = tmp_path / "data", tmp_path / "vault.key"
    done("backup.py", given, folder, key)
    assert "is there already" in script("backup.py", given, folder, tmp_path / "b.key").stderr
    assert "is there already" in script("restore.py", given, folder, key).stderr
    (old / "patient.key").unlink()
    refused = script("restore.py", given, folder, key)
    assert refused.returncode == 1
    assert "is there already" in refused.stderr or "is not empty" in refused.stderr
    assert not (old / "patient.key").exists()


def test_a_copy_that_was_changed_or_a_wrong_key_is_refused(old: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{old / 'store.db'}"
    upgraded(url)
    folder, key = tmp_path / "data", tmp_path / "vault.key"
    done("backup.py", place(old, url), folder, key)
    given = place(tmp_path / "new", f"sqlite:///{tmp_path / 'new' / 'store.db'}")
    other = tmp_path / "other.key"
    other.write_text("6b" * 32)
    assert "KEYFILE is not the one" in script("restore.py", given, folder, other).stderr
    with (folder / "database.sqlite").open("ab") as copy:
        copy.write(b"x")
    assert "is not what its manifest says" in script("restore.py", given, folder, key).stderr
    assert not (tmp_path / "new").exists()


def test_where_nothing_was_ever_recorded_there_are_no_keys(old: Path, tmp_path: Path) -> None:
    given = place(old, f"sqlite:///{old / 'store.db'}")
    upgraded(given["BACKFLAG_DATABASE_URL"])
    (old / "patient.key").unlink()
    said = done("backup.py", given, tmp_path / "data", tmp_path / "vault.key")
    assert "there are no keys" in said
    new = place(tmp_path / "new", f"sqlite:///{tmp_path / 'new' / 'store.db'}")
    assert "KEYFILE is not" in script("restore.py", new, tmp_path / "data", EXAMPLE).stderr
    assert "restored" in done("restore.py", new, tmp_path / "data", "-")


def test_the_copies_are_for_their_owner_alone_and_hold_no_key(old: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{old / 'store.db'}"
    upgraded(url)
    folder, key = tmp_path / "data", tmp_path / "vault.key"
    done("backup.py", place(old, url), folder, key)
    for one in (folder, key, *folder.rglob("*")):
        assert one.stat().st_mode & 0o077 == 0, one
    assert not [one for one in folder.rglob("*") if one.is_file() and b"5a5a" in one.read_bytes()]
    assert not list(tmp_path.glob("*.partial"))


def test_what_the_first_release_kept_is_there_after_an_upgrade(
    empty_url: str, old: Path, tmp_path: Path
) -> None:
    store = open_store(empty_url)
    told = {
        "digest": "d", "received": datetime(2026, 11, 1, tzinfo=UTC), "service": "s",
        "client": "main", "tenant": None, "card": "c1", "outcome": "overridden",
        "suggestions": "[]", "comment": "schon bekannt – ok",
        "outcome_timestamp": "2026-11-01T00:00:00.000+00:00",
    }  # fmt: skip
    with store.begin() as connection:
        schema.migrate(connection, "0001")
        connection.execute(insert(NONCES).values(token="used", until=2e10))
        connection.execute(insert(FEEDBACK).values(told))
    store.close()
    given = place(old, empty_url)
    said = done("upgrade.py", given, tmp_path / "data", tmp_path / "vault.key")
    assert f"schema 0001 -> {schema.HEAD}" in said
    assert json.loads((tmp_path / "data" / "manifest.json").read_text())["schema"] == "0001"
    server = Server(1, given)
    server.start()
    try:
        assert card(server)["indicator"] == "critical"
    finally:
        server.stop()
    assert (rows(empty_url, FEEDBACK), rows(empty_url, NONCES)) == (1, 1)
    assert rows(empty_url, CALLS) == 1


def test_the_copy_before_an_upgrade_leads_back_to_the_first_release(
    empty_url: str, old: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    store = open_store(empty_url)
    with store.begin() as connection:
        schema.migrate(connection, "0001")
        connection.execute(insert(NONCES).values(token="used", until=2e10))
    store.close()
    done("upgrade.py", place(old, empty_url), tmp_path / "data", tmp_path / "vault.key")
    new = tmp_path / "new"
    new.mkdir()
    given = place(new, another(empty_url, new, request))
    done("restore.py", given, tmp_path / "data", tmp_path / "vault.key")
    store = open_store(given["BACKFLAG_DATABASE_URL"])
    assert store.version() == "0001"
    store.close()
    assert rows(given["BACKFLAG_DATABASE_URL"], NONCES) == 1


def test_what_is_kept_of_one_patient_is_shown_and_erased_and_nothing_of_another(
    empty_url: str, old: Path
) -> None:
    upgraded(empty_url)
    given = place(old, empty_url)
    one = json.loads(EXAMPLE.read_text())["context"]["patientId"]
    server = Server(1, given)
    server.start()
    try:
        override(server, card(server)["uuid"])
        card(server, EXAMPLE.read_bytes().replace(one.encode(), b"somebody-else"))
        wait_for_calls(empty_url, 2)
    finally:
        server.stop()
    who = ("", "-")  # a call without a token has neither client nor tenant
    shown = json.loads(done("subject.py", given, "show", *who, told=f"{one}\n"))
    assert {name: len(found) for name, found in shown.items() if name != "met"} == {
        "calls": 1, "cards": 1, "feedback": 1, "confirmed": 0,
    }  # fmt: skip
    assert shown["met"]
    assert one not in json.dumps(shown)
    assert "1 calls" in done("subject.py", given, "erase", *who, told=one)
    assert not any(json.loads(done("subject.py", given, "show", *who, told=one)).values())
    assert (rows(empty_url, CALLS), rows(empty_url, FEEDBACK)) == (1, 0)
    other = json.loads(done("subject.py", given, "show", *who, told="somebody-else"))
    assert len(other["calls"]) == 1
