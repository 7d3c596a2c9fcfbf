from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from service.settings import BadSettings, read_settings
from service.store.password import with_password

URL = "postgresql+psycopg://backflag@db:5432/records?sslmode=require"
ODD = "p@ss:w/ö?rd %41#"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{ODD}\n")
    return path


def test_the_password_of_the_file_is_that_of_the_address_whatever_is_in_it(file: Path) -> None:
    found = make_url(with_password(URL, file))
    assert found.password == ODD
    assert found == make_url(URL).set(password=ODD)


@pytest.mark.parametrize(
    "url", ["sqlite:///x.db", "postgresql+psycopg://u:given@db/x", "postgresql+psycopg://db/x"]
)
def test_an_address_that_takes_no_password_is_refused(url: str, file: Path) -> None:
    with pytest.raises(ValueError, match="goes with"):
        with_password(url, file)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"x" * 1001])
def test_a_file_that_holds_no_password_is_refused(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    with pytest.raises(ValueError, match="is "):
        with_password(URL, file)


def test_the_settings_hold_the_whole_address_and_never_show_it(
    monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("BACKFLAG_DATABASE_URL", URL)
    monkeypatch.setenv("BACKFLAG_DATABASE_PASSWORD_FILE", str(file))
    settings = read_settings()
    assert make_url(settings.database_url).password == ODD
    assert "p%40ss" not in repr(settings)


def test_a_password_beside_sqlite_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.delenv("BACKFLAG_DATABASE_URL", raising=False)
    monkeypatch.setenv("BACKFLAG_DATABASE_PASSWORD_FILE", str(file))
    with pytest.raises(BadSettings, match="DATABASE_PASSWORD_FILE goes with") as caught:
        read_settings()
    assert ODD not in str(caught.value)
