from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import gaierror
from threading import Thread

import pytest

from service.ehr.client import new_client
from service.trust.checking import check_clients
from service.trust.fetching import Unavailable, fetch
from tests.service.test_cli import backflag
from tests.service.trust.certificates import write_certificate
from tests.service.trust.making import BASE, FHIR, client, jwk, key_set, write


class Answers(BaseHTTPRequestHandler):
    """Answers by path: `/good` is a key set."""

    def do_GET(self) -> None:
        status = {"/good": 200, "/mixed": 200, "/page": 200, "/moved": 302}.get(self.path, 404)
        mixed = [jwk("q+/=="), jwk("r1", "RS384"), jwk("e1", use="enc"), jwk("p1", "ES256")]
        body = {"/page": b"<html>", "/mixed": key_set(*mixed)}.get(self.path, key_set())
        self.send_response(status)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[str]:
    """A server with key sets on this machine; its address without a path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def check(folder: Path, *listed: object) -> tuple[str, bool]:
    lines, fine = check_clients(write(folder, *listed), BASE, base_is_set=True)
    return "\n".join(lines), fine


def test_what_a_client_is_trusted_with_is_said(tmp_path: Path) -> None:
    text, fine = check(tmp_path, client(tenants=["main"], fhir_servers=[FHIR]))
    assert fine
    for said in (
        "main-campus\n",
        "  iss         https://ehr.example.org/fhir\n",
        '  keys        in the clients file: 1 key\n              "k1" for ES384\n',
        "  algorithms  RS384, ES384\n",
        f"  audience    {BASE}/cds-services\n",
        "  tenants     main\n",
        f"  FHIR        {FHIR}\n",
        "clients.yaml: 1 client, no fault",
    ):
        assert said in text
    assert "warning" not in text


def test_a_key_set_is_tried_and_its_keys_are_named(tmp_path: Path) -> None:
    with serving() as url:
        text, fine = check(tmp_path, client(jku=f"{url}/mixed"))
    assert fine
    assert f"keys        {url}/mixed: 2 keys\n" in text
    assert '"q+/==" for ES384' in text
    assert '"r1" for RS384' in text
    assert "left out: one is not meant for signatures" in text
    assert "left out: one is for ES256, which is not listed for this client" in text
    assert "warning: its key set is not https" in text


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/none", "answers with status 404"),
        ("/page", "answers with something that is not JSON"),
        ("/moved", "redirects to another address"),
    ],
)
def test_a_key_set_that_cannot_be_had_is_a_fault(tmp_path: Path, path: str, says: str) -> None:
    with serving() as url:
        text, fine = check(tmp_path, client(jku=url + path), client(name="b", iss="b"))
    assert not fine
    assert f"FAULT: {url}{path} {says}" in text
    assert "2 clients, the keys of 1 cannot be used" in text


def test_a_key_set_without_a_fitting_key_is_a_fault(tmp_path: Path) -> None:
    with serving() as url:
        text, fine = check(tmp_path, client(jku=f"{url}/good", algorithms=["RS384", "RS512"]))
    assert not fine
    assert f"FAULT: {url}/good has no key for RS384, RS512" in text


def test_where_nothing_listens_that_is_said(tmp_path: Path) -> None:
    with serving() as url:
        pass
    text, fine = check(tmp_path, client(jku=f"{url}/good"))
    assert not fine
    assert "refuses the connection" in text


def test_a_certificate_that_is_not_trusted_is_said(tmp_path: Path) -> None:
    with serving(write_certificate(tmp_path)) as url:
        text, fine = check(tmp_path, client(jku=f"{url}/good"))
    assert not fine
    assert "has a certificate that is not trusted: self-signed certificate" in text


def test_a_host_that_does_not_exist_is_said() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise gaierror(8, "Name or service not known")

    async def work() -> None:
        async with new_client(unknown) as http:
            await fetch(http, "https://nowhere.invalid/keys")

    with pytest.raises(Unavailable, match="has a host name that is not known here"):
        asyncio.run(work())


def test_a_slow_key_set_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.trust.checking.SECONDS", 0)
    with serving() as url:
        text, fine = check(tmp_path, client(jku=f"{url}/good"))
    assert fine
    assert "s; the service waits 0 s" in text


def test_an_address_that_is_never_called_is_said(tmp_path: Path) -> None:
    text, fine = check(tmp_path, client(jku="https://169.254.169.254/keys"))
    assert not fine
    assert "leads to an address that is never called" in text


def test_the_public_sandbox_is_warned_of(tmp_path: Path) -> None:
    text, fine = check(tmp_path, client(iss="https://sandbox.cds-hooks.org"))
    assert fine
    assert "whose private key is published" in text


def test_a_guessed_or_strange_audience_is_warned_of(tmp_path: Path) -> None:
    path = write(tmp_path, client())
    assert any("BACKFLAG_BASE_URL" in line for line in check_clients(path, BASE, False)[0])
    text, _ = check(tmp_path, client(audience=["numbness"]))
    assert "the audience numbness is no URL" in text


def test_the_command_ends_with_0_where_all_is_well(tmp_path: Path) -> None:
    done = backflag("clients", "check", str(write(tmp_path, client())), BACKFLAG_BASE_URL=BASE)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"clients.yaml: 1 client, no fault\n")


def test_the_command_ends_with_1_where_keys_cannot_be_had(tmp_path: Path) -> None:
    with serving() as url:
        done = backflag("clients", "check", str(write(tmp_path, client(jku=f"{url}/none"))))
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"status 404" in done.stdout


def test_the_command_ends_with_2_where_the_file_is_wrong(tmp_path: Path) -> None:
    secret = {"kty": "oct", "k": "MARKER"}
    wrong = client(algorithms=["none"], jwks={"keys": [secret]})
    done = backflag("clients", "check", str(write(tmp_path, wrong)))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 2
    assert b"main-campus: algorithms.0: is not trusted here" in done.stderr
    assert b"main-campus: jwks.keys.0: is a symmetric key" in done.stderr
    assert b"MARKER" not in done.stderr


def test_a_file_that_is_not_there_is_one_line_and_2(tmp_path: Path) -> None:
    done = backflag("clients", "check", str(tmp_path / "none.yaml"))
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"No such file" in done.stderr


def test_a_key_file_is_named_as_the_source(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [jwk(None)]}))
    text, _ = check(tmp_path, client(jwks_file="keys.json"))
    assert "in its key file: 1 key\n              without a name (kid) for ES384" in text
