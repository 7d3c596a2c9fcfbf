"""What calls leave behind, from the way in to the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from service.app import create_app
from service.judging import load_engine
from service.metrics import RECORDS
from service.records.key_file import load_keys
from service.records.record import Record
from service.records.site_version import site_version
from service.records.spool import Spool
from service.settings import BadSettings, Settings, read_settings
from service.store.records import keep
from service.store.store import Store, open_store
from service.store.tables import CALLS, CARDS, FEEDBACK
from tests.conftest import ROOT
from tests.service.fakes import FailingEngine, FakeEngine, bundle, condition, hook_request
from tests.service.records.making import card, record

SERVICE = "/cds-services/back-numbness-patient-view"
EXPLAIN = "/explain/back-numbness-patient-view"
EXAMPLE = ROOT / "knowledge" / "patients" / "us-saddle-numbness.request.json"
JSON = {"Content-Type": "application/json"}
MAIN = "from service.cli import main; main()"


def given(folder: Path, **more: Any) -> Settings:
    own = {"database_url": f"sqlite:///{folder}/b.db", "deadline_ms": 20_000}
    return read_settings(_env_file=None, **(own | more))


def lines(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "b-spool").glob("*.records"))
    return [json.loads(line) for one in files for line in one.read_bytes().splitlines()]


@contextmanager
def not_begun(settings: Settings, engine: Any = None) -> Iterator[TestClient]:
    """The service before its carrier is begun: what it records stays where it was written."""
    app = create_app(settings, engine or FakeEngine())
    yield TestClient(app, raise_server_exceptions=False)


def stored(folder: Path, table: Any) -> list[dict[str, Any]]:
    store = open_store(f"sqlite:///{folder}/b.db")
    with store.begin() as connection:
        found = [dict(row._mapping) for row in connection.execute(select(table))]
    store.close()
    return found


def dropped() -> float:
    return float(RECORDS.labels("dropped")._value.get())


def test_a_call_is_in_the_spool_when_it_is_answered_and_then_in_the_database(
    tmp_path: Path,
) -> None:
    settings = given(tmp_path)
    with not_begun(settings) as client:
        assert client.post(SERVICE, json=hook_request()).status_code == HTTPStatus.OK
        (kept,) = lines(tmp_path)
    assert kept["service"] == "back-numbness-patient-view"
    assert (kept["client"], kept["tenant"], kept["status"]) == ("", None, 200)
    assert kept["hook_instance"] == "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
    assert kept["knowledge"] == "2026.11.0"
    assert len(kept["patient"]) == 64
    assert kept["duration_ms"] > 0
    assert "p1" not in json.dumps({**kept, "id": "", "hook_instance": "", "patient": ""})


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (hook_request({}), 412, "incomplete:not-supplied"),
        (hook_request({"conditions": bundle(), "observations": bundle()}), 200, None),
        (hook_request({"conditions": bundle(*[condition()] * 60), "observations": None}), 413, ""),
    ],
)
def test_a_call_that_could_be_read_is_recorded_with_how_it_ended(
    tmp_path: Path, body: Any, status: int, why: str | None
) -> None:
    with not_begun(given(tmp_path, max_resources=50)) as client:
        assert client.post(SERVICE, json=body).status_code == status
    (kept,) = lines(tmp_path)
    assert kept["status"] == status
    assert why == "" or kept.get("why") == why


def test_a_call_that_fails_as_nobody_thought_of_is_recorded_too(tmp_path: Path) -> None:
    with not_begun(given(tmp_path), FailingEngine()) as client:
        answer = client.post(SERVICE, json=hook_request())
    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    (kept,) = lines(tmp_path)
    assert (kept["status"], kept["why"]) == (500, "unforeseen")
    assert "MARKER" not in json.dumps(kept)


def test_what_cannot_be_read_and_what_is_only_explained_leaves_nothing(tmp_path: Path) -> None:
    with not_begun(given(tmp_path)) as client:
        assert client.post(EXPLAIN, json=hook_request()).status_code == HTTPStatus.OK
        for wrong in (b"{", b'{"hook":"patient-view"}'):
            assert client.post(SERVICE, content=wrong, headers=JSON).status_code == 400
    assert lines(tmp_path) == []


def test_a_draft_that_is_none_of_ours_is_recorded_as_a_call_without_verdicts(
    tmp_path: Path,
) -> None:
    context = {"userId": "Practitioner/u1", "patientId": "p1", "draftOrders": bundle()}
    with not_begun(given(tmp_path), load_engine("http://x")) as client:
        body = hook_request(hook="order-sign", context=context | {"selections": []})
        assert client.post("/cds-services/back-numbness-order-sign", json=body).json() == {
            "cards": []
        }
    (kept,) = lines(tmp_path)
    assert kept["service"] == "back-numbness-order-sign"
    assert "verdicts" not in kept


@pytest.mark.parametrize("silent", [False, True])
def test_the_judgement_is_recorded_with_each_card_shown_or_kept_back(
    tmp_path: Path, silent: bool
) -> None:
    settings = given(tmp_path, mode="silent" if silent else "live")
    with TestClient(create_app(settings, load_engine("http://x"))) as client:
        answer = client.post(SERVICE, content=EXAMPLE.read_bytes(), headers=JSON).json()
    (call,) = stored(tmp_path, CALLS)
    outcomes = {one["criterion"]: one["outcome"] for one in json.loads(call["outcomes"])}
    assert outcomes["cauda-equina-syndrome"] == "met"
    assert set(outcomes.values()) == {"met", "unknown"}
    assert call["mode"] == settings.mode
    kept = stored(tmp_path, CARDS)
    assert [one["shown"] for one in kept] == [not silent] * len(kept)
    assert len(kept) >= 1
    if not silent:
        assert [one["id"] for one in kept] == [one["uuid"] for one in answer["cards"]]
    says = json.loads(kept[0]["says"])
    assert says["cauda-equina-syndrome"]["urgency"] == "emergency"


@pytest.mark.parametrize("broken", ["spool", "record", "full"])
def test_the_card_comes_when_nothing_can_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fails(*_: Any, **__: Any) -> Record:
        raise ValueError("MARKER")

    settings = given(tmp_path, spool_max_mb=0.0001 if broken == "full" else 1)
    if broken == "record":
        monkeypatch.setattr("service.records.recorder.record_of", fails)
    before = dropped()
    with not_begun(settings) as client, capture_logs() as log:
        if broken == "spool":
            (tmp_path / "b-spool").rmdir()
            (tmp_path / "b-spool").write_text("")
        for _ in range(3):
            assert client.post(SERVICE, json=hook_request()).json()["cards"]
    assert dropped() == before + 3
    told = [one for one in log if one["log_level"] == "error"]
    assert [one["event"] for one in told] == ["a call is not recorded"]  # once a minute
    assert "MARKER" not in str(log)


def test_where_records_are_off_nothing_is_written_beside_the_database(tmp_path: Path) -> None:
    with TestClient(create_app(given(tmp_path, records="off"), FakeEngine())) as client:
        assert client.post(SERVICE, json=hook_request()).json()["cards"]
        assert "backflag_records_waiting" not in client.get("/metrics").text
    assert {one.name.partition("-")[0] for one in tmp_path.iterdir()} == {"b.db"}


def test_a_database_in_memory_keeps_no_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with TestClient(create_app(given(tmp_path, database_url="sqlite://"), FakeEngine())) as client:
        assert client.post(SERVICE, json=hook_request()).json()["cards"]
    assert list(tmp_path.iterdir()) == []


def test_the_figures_tell_how_many_records_wait(tmp_path: Path) -> None:
    with not_begun(given(tmp_path)) as client:
        for _ in range(3):
            client.post(SERVICE, json=hook_request())
        assert "backflag_records_waiting 3.0" in client.get("/metrics").text


def test_a_card_that_was_overridden_for_long_comes_quietly_and_for_another_patient_loudly(
    tmp_path: Path,
) -> None:
    body = json.loads(EXAMPLE.read_bytes())
    reason = {"code": "under-spinal-team"}
    with TestClient(create_app(given(tmp_path), load_engine("http://x"))) as client:

        def shown(whom: dict[str, Any]) -> list[str]:
            found = client.post(SERVICE, json=whom).json()["cards"]
            return [str(one["indicator"]) for one in found]

        first = client.post(SERVICE, json=body).json()["cards"][0]
        assert first["indicator"] == "critical"
        moment = (datetime.now(UTC) + timedelta(milliseconds=1)).isoformat()
        entry = {"card": first["uuid"], "outcome": "overridden", "outcomeTimestamp": moment}
        told = {"feedback": [entry | {"overrideReason": {"reason": reason}}]}
        assert client.post(f"{SERVICE}/feedback", json=told).status_code == HTTPStatus.OK
        for _ in range(200):
            if "critical" not in shown(body):
                break
        else:
            raise AssertionError("it was never kept quiet")
        whom = body["context"]["patientId"]
        other = json.loads(json.dumps(body).replace(whom, f"{whom}-other"))
        assert "critical" in shown(other)
        explained = client.post(EXPLAIN, json=body).json()
    quiet = [one["id"] for one in explained["criteria"] if "quieted" in one["heldBackBy"]]
    assert "cauda-equina-syndrome" in quiet


@pytest.mark.parametrize(
    ("setting", "made"),
    [("patient_key_file", None), ("patient_key_file", "no key"), ("spool_dir", "a file")],
)
def test_a_file_or_folder_that_cannot_be_used_stops_the_start_by_its_name(
    tmp_path: Path, setting: str, made: str | None
) -> None:
    path = tmp_path / "given"
    if made is not None:
        path.write_text(made)
    with pytest.raises(BadSettings, match=f"^BACKFLAG_{setting.upper()}: ") as caught:
        create_app(given(tmp_path, **{setting: path}), FakeEngine())
    assert "no key\n" not in str(caught.value)


def test_keys_that_anyone_can_read_are_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("ab" * 32)
    for mode, warned in ((0o444, 1), (0o440, 0)):
        path.chmod(mode)
        with capture_logs() as log:
            create_app(given(tmp_path, patient_key_file=path), FakeEngine())
        assert len(log) == warned


def test_a_site_s_version_changes_with_any_of_its_files(tmp_path: Path) -> None:
    assert site_version(None) is None
    (tmp_path / "site.yaml").write_text("name: here\n")
    first = site_version(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "codes.yaml").write_text("a: 1\n")
    second = site_version(tmp_path)
    (tmp_path / "sub" / "codes.yaml").rename(tmp_path / "codes.yaml")
    third = site_version(tmp_path)
    assert len({first, second, third}) == 3
    assert site_version(tmp_path) == third


def run(folder: Path, url: str, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    bare = {key: value for key, value in os.environ.items() if not key.startswith("BACKFLAG_")}
    settings = {"BACKFLAG_DATABASE_URL": url, "BACKFLAG_SPOOL_DIR": str(folder / "spool")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", MAIN, "records", *command],
        env=bare | settings | more,
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def fill(store: Store) -> None:
    days = [f"2026-10-{day:02}" for day in range(1, 11)]
    keep(
        store,
        [
            record(f"{day}/{number}", day=day, cards=(card(f"{day}/{number}"),))
            for day in days
            for number in range(250)
        ],
    )
    rows = [
        {
            "digest": day, "received": datetime.fromisoformat(f"{day}T00:00:00+00:00"),
            "service": "s", "client": "c", "card": "x", "outcome": "accepted",
            "suggestions": "[]", "outcome_timestamp": day,
        }
        for day in days
    ]  # fmt: skip
    with store.begin() as connection:
        connection.execute(insert(FEEDBACK), rows)


def test_the_command_removes_what_is_from_before_a_day_in_the_site_s_zone(
    store: Store, url: str, tmp_path: Path
) -> None:
    fill(store)
    zone = {"BACKFLAG_TIMEZONE": "America/New_York"}
    done = run(tmp_path, url, "purge", "--before", "2026-10-09", **zone)
    assert (done.returncode, done.stderr) == (0, "")
    # of 8 days: 250 calls with card, criterion and confirmation, 3 counts, and 9 of feedback
    assert done.stdout == f"records: {8 * (4 * 250 + 3) + 9} rows from before 2026-10-09 are gone\n"
    with store.begin() as connection:
        days = set(connection.execute(select(CALLS.c.day)).scalars())
        told = connection.execute(select(FEEDBACK.c.digest)).scalars().all()
    assert days == {date(2026, 10, 9), date(2026, 10, 10)}
    assert told == ["2026-10-10"]
    again = run(tmp_path, url, "purge", BACKFLAG_RETENTION_DAYS="1")
    assert again.returncode == 0
    with store.begin() as connection:
        assert connection.execute(select(CALLS.c.id)).all() == []


def test_the_commands_refuse_in_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/b.db"
    (tmp_path / "key").write_text("no key")
    bad = run(tmp_path, url, "purge", "--before", "yesterday")
    bare = run(tmp_path, url, "purge")
    key = run(tmp_path, url, "rotate-key", BACKFLAG_PATIENT_KEY_FILE=str(tmp_path / "key"))
    assert [one.returncode for one in (bad, bare, key)] == [2, 1, 2]
    for one in (bad, bare, key):
        assert one.stdout == ""
        assert one.stderr.startswith("backflag: ")
        assert one.stderr.count("\n") == 1


def test_a_patient_is_found_under_the_key_before_the_last(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/b.db"
    for _ in range(2):
        done = run(tmp_path, url, "rotate-key")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("patient keys: ")
    assert "1 more" in done.stdout
    with not_begun(given(tmp_path)) as client:
        client.post(SERVICE, json=hook_request())
    run(tmp_path, url, "rotate-key")
    with not_begun(given(tmp_path)) as client:
        client.post(SERVICE, json=hook_request())
    first, second = sorted(lines(tmp_path), key=lambda one: float(one["at"]))
    assert first["patient"] != second["patient"]
    assert first["patient_key"] != second["patient_key"]
    hashes = load_keys(tmp_path / "b-patient.key").hashes_of("", None, "p1")
    assert hashes[:2] == (second["patient"], first["patient"])
    assert Spool(tmp_path / "b-spool", 1).others()
