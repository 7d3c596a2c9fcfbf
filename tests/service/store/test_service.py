"""The service on its database, as an EHR calls it: several workers and replicas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml
from sqlalchemy import select

from service.store.store import Store, open_store
from service.store.tables import FEEDBACK
from tests.callers.ehr import Keys
from tests.service.store.conftest import PASSWORD, Cluster
from tests.service.test_serving import SERVICE, Server

BASE = "https://cds.example.org"
ISSUER = "https://ehr.example.org"
TELL = f"{SERVICE}/feedback"
KEYS = Keys("ES384", "k1")


def settings(folder: Path, url: str) -> dict[str, str]:
    clients = folder / "clients.yaml"
    clients.write_text(
        yaml.safe_dump({"clients": [{"name": "main", "iss": ISSUER, "jwks": KEYS.public}]})
    )
    return {
        "BACKFLAG_AUTH": "required",
        "BACKFLAG_CLIENTS_FILE": str(clients),
        "BACKFLAG_BASE_URL": BASE,
        "BACKFLAG_DATABASE_URL": url,
        "BACKFLAG_SPOOL_DIR": str(folder / "spool"),
    }


@contextmanager
def running(given: dict[str, str], *workers: int) -> Iterator[list[Server]]:
    started: list[Server] = []
    try:
        for number in workers:
            one = Server(number, given)
            one.start()
            started.append(one)
        yield started
    finally:
        written = b"".join(one.stop() for one in started if not one.written.closed)
        assert PASSWORD.encode() not in written


def token(path: str) -> str:
    return KEYS.token({"iss": ISSUER, "aud": BASE + path})


def post(server: Server, path: str, body: Any, with_token: str) -> tuple[int, dict[str, str]]:
    headers = {"Content-Type": "application/json", "Authorization": with_token}
    request = Request(
        f"http://127.0.0.1:{server.port}{path}", json.dumps(body).encode(), headers=headers
    )
    try:
        with urlopen(request, timeout=30) as response:
            return response.status, dict(response.headers)
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers)


def call() -> dict[str, Any]:
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "p1"},
        "prefetch": {"conditions": empty, "observations": empty},
    }


def told(card: str) -> dict[str, Any]:
    one = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-10-31T09:00:00Z"}
    return {"feedback": [one]}


def cards(store: Store) -> set[str]:
    with store.begin() as connection:
        return set(connection.execute(select(FEEDBACK.c.card)).scalars())


def test_what_was_told_is_there_after_the_service_was_killed(
    store: Store, url: str, tmp_path: Path
) -> None:
    with running(settings(tmp_path, url), 1) as (server,):
        assert post(server, TELL, told("c1"), token(TELL))[0] == HTTPStatus.OK
        server.process.kill()
        server.process.wait()
    assert cards(store) == {"c1"}


@pytest.mark.parametrize("hangs", [False, True])
def test_without_its_database_the_service_judges_on_but_acknowledges_no_feedback(
    cluster: Cluster, tmp_path: Path, hangs: bool
) -> None:
    url = cluster.url(cluster.create())
    store = open_store(url)
    store.upgrade()
    with running(settings(tmp_path, url), 1) as (server,):
        assert post(server, SERVICE, call(), token(SERVICE))[0] == HTTPStatus.OK
        with away(cluster, hangs):
            one = token(SERVICE)
            started = monotonic()
            tries = [post(server, SERVICE, call(), one)[0] for _ in range(3)]
            assert tries == [HTTPStatus.OK] + [HTTPStatus.UNAUTHORIZED] * 2
            assert monotonic() - started < 3
            status, headers = post(server, TELL, told("c1"), token(TELL))
            assert status == HTTPStatus.SERVICE_UNAVAILABLE
            assert headers["retry-after"] == "1"
        assert post(server, TELL, told("c2"), token(TELL))[0] == HTTPStatus.OK
        assert "c2" in cards(store)
        with away(cluster, hangs):
            post(server, TELL, told("c3"), token(TELL))
            server.stop()  # it comes to its end all the same
            assert server.process.returncode == 0
    store.close()


@contextmanager
def away(cluster: Cluster, hangs: bool) -> Iterator[None]:
    if hangs:
        with cluster.paused():
            yield
        return
    cluster.stop()
    try:
        yield
    finally:
        cluster.start()


def test_a_token_is_let_in_once_by_all_workers_and_replicas(url: str, tmp_path: Path) -> None:
    with running(settings(tmp_path, url), 2, 1) as servers:
        for _ in range(2):
            one = token(SERVICE)
            tries = [post(server, SERVICE, call(), one)[0] for server in servers * 6]
            assert tries == [HTTPStatus.OK] + [HTTPStatus.UNAUTHORIZED] * 11
