from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.settings import BadSettings, Settings, ensure_safe, read_settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"BACKFLAG_{name.upper()}", raising=False)


def test_the_defaults_of_the_interface() -> None:
    settings = read_settings(host="127.0.0.1", port=8000)
    assert settings.authentication == "off"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.max_body == 20_000_000
    assert "https://sandbox.cds-hooks.org" in settings.origins
    assert settings.timezone == "UTC"
    ensure_safe(settings)


def test_variables_and_a_dotenv_file_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / ".env").write_text("BACKFLAG_TIMEZONE=Europe/Berlin\nBACKFLAG_LATER=1\n")
    monkeypatch.setenv("BACKFLAG_BASE_URL", "https://cds.example.org/x/")
    settings = read_settings()
    assert settings.timezone == "Europe/Berlin"
    assert settings.public_url == "https://cds.example.org/x"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUTH", "none"),
        ("ALLOW_INSECURE", "perhaps"),
        ("BASE_URL", "cds.example.org"),
        ("MAX_BODY_MB", "0"),
        ("MAX_BODY_MB", "nan"),
        ("MAX_BODY_MB", "inf"),
        ("CORS_ORIGINS", "https://a.example.org, b"),
        ("ROOT_PATH", "cds"),
        ("TIMEZONE", "Mars/Olympus"),
        ("TIMEZONE", "../../etc/passwd"),
    ],
)
def test_a_wrong_value_names_its_variable_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"BACKFLAG_{name}", value)
    with pytest.raises(BadSettings, match=f"^BACKFLAG_{name}: ") as caught:
        read_settings()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback_may_do_without_tokens(host: str) -> None:
    ensure_safe(read_settings(host=host))


OPEN = ["0.0.0.0", "::", "192.0.2.7", "ehr.example.org"]


@pytest.mark.parametrize("host", OPEN)
def test_an_open_address_without_tokens_is_refused_unless_that_is_meant(host: str) -> None:
    with pytest.raises(BadSettings, match="BACKFLAG_ALLOW_INSECURE=true"):
        ensure_safe(read_settings(host=host, auth="off"))
    ensure_safe(read_settings(host=host, auth="off", allow_insecure=True))


@pytest.mark.parametrize("host", [*OPEN, "127.0.0.1"])
def test_tokens_are_not_required_without_clients_who_could_have_one(
    host: str, tmp_path: Path
) -> None:
    given: dict[str, Any] = {"auth": "required"} if host == "127.0.0.1" else {}
    with pytest.raises(BadSettings, match="BACKFLAG_CLIENTS_FILE is missing"):
        ensure_safe(read_settings(host=host, **given))
    clients = tmp_path / "clients.yaml"
    clients.write_text("clients: []")
    ensure_safe(read_settings(host=host, clients_file=clients, **given))


def test_an_ipv6_address_is_bracketed_in_the_public_url() -> None:
    assert read_settings(host="::1", port=9).public_url == "http://[::1]:9"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().timezone = "UTC"  # type: ignore[misc]


def test_a_setting_that_this_version_does_not_know_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BACKFLAG_MOOD", "silent")
    with pytest.raises(BadSettings, match="BACKFLAG_MOOD"):
        read_settings()


def test_the_service_speaks_unless_it_is_told_to_be_silent() -> None:
    assert not read_settings().silent
    assert read_settings(mode="silent").silent
    with pytest.raises(BadSettings, match="BACKFLAG_MODE"):
        read_settings(mode="Silent")


def test_workers_are_a_setting_that_the_command_may_overrule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BACKFLAG_WORKERS", "3")
    assert read_settings().workers == 3
    assert read_settings(workers=2).workers == 2
