"""What the compose file and the image promise, read from the files: nothing is started here."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DATABASE_USER = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}


def settings(name: str) -> dict[str, str]:
    found: dict[str, str] = SERVICES[name].get("environment", {})
    return found


def reachable(name: str) -> list[str]:
    """The ports on which a service, or one on its network, is reached from elsewhere."""
    shares = SERVICES[name].get("network_mode", "").removeprefix("service:")
    ports = [*SERVICES[name].get("ports", ()), *SERVICES.get(shares, {}).get("ports", ())]
    return [port for port in ports if not port.startswith("127.0.0.1:")]


def test_who_asks_for_no_token_is_published_on_this_machine_alone() -> None:
    insecure = [name for name in SERVICES if settings(name).get("BACKFLAG_AUTH") == "off"]
    assert insecure
    assert not [name for name in insecure if reachable(name)]


def test_insecure_is_allowed_to_those_alone_who_ask_for_no_token() -> None:
    for name in SERVICES:
        allowed = "BACKFLAG_ALLOW_INSECURE" in settings(name)
        assert allowed == (settings(name).get("BACKFLAG_AUTH") == "off"), name


def test_the_proxy_shares_a_network_with_none_that_asks_for_no_token() -> None:
    (proxied,) = SERVICES["proxy"]["networks"]
    beside = [name for name in SERVICES if proxied in SERVICES[name].get("networks", ())]
    assert set(beside) == {"proxy", "backflag-ehr"}
    assert settings("backflag-ehr")["BACKFLAG_AUTH"] == "required"


def test_the_database_has_no_way_out() -> None:
    assert COMPOSE["networks"]["database"] == {"internal": True}
    assert SERVICES["database"]["networks"] == ["database"]


@pytest.mark.parametrize("name", SERVICES)
def test_each_is_confined(name: str) -> None:
    one = SERVICES[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert set(one.get("cap_add", ())) <= (DATABASE_USER if name == "database" else set())
    assert "no-new-privileges:true" in one["security_opt"]
    assert one["pids_limit"]
    assert one["mem_limit"]
    assert "privileged" not in one


def test_no_password_stands_in_the_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert not re.search(r"PASSWORD:|://[^/\s]+:[^/\s]+@", text)


def test_uv_has_the_version_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    pinned = (ROOT / "deploy" / "image" / "uv.txt").read_text(encoding="utf-8")
    (version,) = re.findall(r"^UV_VERSION := (\S+)$", makefile, re.MULTILINE)
    assert re.findall(r"^uv==(\S+)", pinned, re.MULTILINE) == [version]


def test_the_link_of_the_try_names_the_ports_of_the_compose_file() -> None:
    page = (ROOT / "docs" / "try.md").read_text(encoding="utf-8")
    ports = " ".join(SERVICES["fhir"]["ports"])
    for name, port in (("fhirServiceUrl", "8080"), ("serviceDiscoveryURL", "8001")):
        assert f"{name}=http%3A%2F%2F127.0.0.1%3A{port}%2F" in page
        assert f":-{port}}}" in ports


ROLL = ROOT / "deploy" / "scripts" / "compose-roll"


def test_one_container_alone_is_not_rolled(tmp_path: Path) -> None:
    compose = tmp_path / "compose"
    compose.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\necho one\n')
    compose.chmod(0o755)
    given = os.environ | {"COMPOSE": str(compose)}
    done = subprocess.run([ROLL], env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "REPLICAS" in done.stderr
    assert (tmp_path / "asked").read_text() == "--profile tls ps --quiet backflag-ehr\n"


def test_a_roll_waits_until_the_proxy_has_asked_for_addresses_again() -> None:
    proxy = (ROOT / "deploy" / "proxy" / "nginx.conf").read_text(encoding="utf-8")
    (known,) = re.findall(r"^known=(\d+)", ROLL.read_text(encoding="utf-8"), re.MULTILINE)
    (valid,) = re.findall(r"resolver .* valid=(\d+)s;", proxy)
    assert int(known) > int(valid)
