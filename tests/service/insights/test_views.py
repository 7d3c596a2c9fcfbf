"""Who gets in at `/insights`, and what is answered where there is nothing to show."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from service.app import create_app
from service.insights.login import PENALTY, WAITING
from service.insights.views import WAIT
from service.settings import BadSettings, ensure_safe, read_settings
from service.store.store import Store, open_store
from tests.callers.ehr import Keys
from tests.service.fakes import FakeEngine
from tests.service.insights.history import History

GUESSES = 3 * WAITING
PASSWORD = "a long enough passphrase"
NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)


def clock(zone: tzinfo) -> datetime:
    return NOW.astimezone(zone)


@contextmanager
def serving(folder: Path, **given: Any) -> Iterator[TestClient]:
    url = given.pop("database_url", f"sqlite:///{folder / 'store.db'}")
    settings = read_settings(_env_file=None, database_url=url, **given)
    ensure_safe(settings)
    with TestClient(create_app(settings, FakeEngine(), clock)) as client:
        yield client


def with_password(folder: Path, password: str = PASSWORD) -> dict[str, Any]:
    file = folder / "password"
    file.write_text(f"{password}\n", encoding="utf-8")
    return {"insights": "on", "insights_password_file": str(file)}


def required(folder: Path) -> dict[str, Any]:
    file = folder / "clients.yaml"
    keys = Keys("ES384", "k1")
    client = {"name": "main", "iss": "https://ehr.example.org", "jwks": keys.public}
    file.write_text(str({"clients": [client]}), encoding="utf-8")
    return {"auth": "required", "clients_file": str(file), "base_url": "https://cds.example.org"}


def basic(password: str, name: str = "insights") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_for_who_develops_the_page_is_there_and_says_that_nothing_is_recorded(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as client:
        found = client.get("/insights")
    assert found.status_code == HTTPStatus.OK
    assert "Nothing is recorded of these days" in found.text
    assert found.headers["cache-control"] == "no-store"
    policy = found.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy


@pytest.mark.parametrize(
    "given", [{"insights": "off"}, {"host": "0.0.0.0", "allow_insecure": True}]
)
def test_where_it_is_off_there_is_nothing(tmp_path: Path, given: dict[str, Any]) -> None:
    with serving(tmp_path, auth="off", **given) as client:
        assert client.get("/insights").status_code == HTTPStatus.NOT_FOUND
        assert client.get("/insights.csv").status_code == HTTPStatus.NOT_FOUND


def test_with_tokens_required_it_is_off_by_default(tmp_path: Path) -> None:
    with serving(tmp_path, **required(tmp_path)) as client:
        assert client.get("/insights").status_code == HTTPStatus.NOT_FOUND


def test_with_tokens_required_it_is_not_switched_on_without_a_login(tmp_path: Path) -> None:
    settings = read_settings(_env_file=None, insights="on", **required(tmp_path))
    with pytest.raises(BadSettings, match="BACKFLAG_INSIGHTS_PASSWORD_FILE") as refused:
        ensure_safe(settings)
    assert "BACKFLAG_INSIGHTS_LOGIN=proxy" in str(refused.value)


def test_the_proxys_login_lets_in_whoever_the_proxy_lets_in(tmp_path: Path) -> None:
    given = {"insights": "on", "insights_login": "proxy"}
    with serving(tmp_path, **given, **required(tmp_path)) as client:
        assert client.get("/insights").status_code == HTTPStatus.OK


@pytest.mark.parametrize("name", ["insights", "", "anybody"])
def test_the_password_opens_it_under_any_name(tmp_path: Path, name: str) -> None:
    with serving(tmp_path, **with_password(tmp_path), **required(tmp_path)) as client:
        assert client.get("/insights", headers=basic(PASSWORD, name)).status_code == HTTPStatus.OK
        assert client.get("/insights.csv", headers=basic(PASSWORD, name)).is_success


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(""),
        basic(PASSWORD.upper()),
        basic(PASSWORD + " "),
        {"Authorization": f"Bearer {PASSWORD}"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic"},
    ],
)
def test_whoever_does_not_know_it_stays_out(tmp_path: Path, headers: dict[str, str]) -> None:
    with capture_logs() as lines, serving(tmp_path, **with_password(tmp_path)) as client:
        started = monotonic()
        found = client.get("/insights", headers=headers)
        waited = monotonic() - started
    assert found.status_code == HTTPStatus.UNAUTHORIZED
    assert found.headers["www-authenticate"].startswith("Basic ")
    assert "Four questions" not in found.text
    assert waited >= PENALTY or not headers
    assert PASSWORD not in str(lines)


def test_guesses_are_slow_and_few_at_a_time(tmp_path: Path) -> None:
    with serving(tmp_path, **with_password(tmp_path)) as client:
        ask = lambda number: client.get("/insights", headers=basic(f"guess {number}"))  # noqa: E731
        started = monotonic()
        with ThreadPoolExecutor(GUESSES) as pool:
            found = [one.status_code for one in pool.map(ask, range(GUESSES))]
        assert set(found) == {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}
        rounds = (monotonic() - started) // PENALTY
        assert found.count(HTTPStatus.UNAUTHORIZED) <= WAITING * rounds
        assert client.get("/insights", headers=basic(PASSWORD)).status_code == HTTPStatus.OK


def test_a_password_that_can_be_guessed_is_refused_at_the_start(tmp_path: Path) -> None:
    given = with_password(tmp_path, "short")
    with (
        pytest.raises(BadSettings, match="BACKFLAG_INSIGHTS_PASSWORD_FILE") as refused,
        serving(tmp_path, **given),
    ):
        pass
    assert "short" not in str(refused.value).replace("too short", "")


@pytest.mark.parametrize("query", ["format=pdf", "from=soon", "from=2026-11-02&to=2026-11-01"])
def test_what_makes_no_sense_is_said_in_words(tmp_path: Path, query: str) -> None:
    with serving(tmp_path) as client:
        found = client.get(f"/insights?{query}")
    assert found.status_code == HTTPStatus.BAD_REQUEST
    assert found.headers["content-type"].startswith("text/html")


def test_with_its_database_broken_it_says_so_and_shows_no_figure(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
        with store.begin() as connection:
            connection.execute(text("DROP TABLE calls"))
        store.close()
        for address in ("/insights", "/insights.csv"):
            found = client.get(address)
            assert found.status_code == HTTPStatus.SERVICE_UNAVAILABLE
            assert "cannot be read now" in found.text
            assert "Nothing is recorded" not in found.text
            assert found.headers["retry-after"]


def test_with_a_database_that_does_not_answer_it_says_so_soon(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"postgresql+psycopg://a:b@127.0.0.1:{held.getsockname()[1]}/c"
        started = monotonic()
        with serving(tmp_path, database_url=url) as client:
            found = client.get("/insights")
    assert found.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "This says nothing about how they fare." in found.text
    assert monotonic() - started < 2 * WAIT


def test_the_csv_is_masked_unless_it_is_asked_otherwise(
    store: Store, url: str, history: History, tmp_path: Path
) -> None:
    history.write(store)
    with serving(tmp_path, database_url=url) as client:
        masked = client.get("/insights", headers={"Accept": "text/csv"})
        whole = client.get("/insights.csv?unmasked=yes")
        page = client.get("/insights")
        hiding = client.get("/insights?masked=yes")
    assert masked.headers["content-type"].startswith("text/csv")
    assert "attachment" in masked.headers["content-disposition"]
    assert ",<5\r\n" in masked.text
    assert "<5" not in whole.text
    assert masked.text == client_form(masked.text)
    assert "&lt;5" not in page.text
    assert "&lt;5" in hiding.text


def client_form(text_: str) -> str:
    """Every line ends as RFC 4180 has it."""
    return "".join(f"{line}\r\n" for line in text_.split("\r\n")[:-1])


def test_head_and_cors_give_nothing_away(tmp_path: Path) -> None:
    with serving(tmp_path, **with_password(tmp_path)) as client:
        assert client.head("/insights").status_code == HTTPStatus.UNAUTHORIZED
        assert client.post("/insights").status_code == HTTPStatus.METHOD_NOT_ALLOWED
