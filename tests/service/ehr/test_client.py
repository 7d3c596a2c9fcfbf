from __future__ import annotations

import logging
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.ehr import client as client_module
from service.ehr.answers import Asker
from service.ehr.client import new_client
from service.ehr.gaps import UNREACHABLE
from service.ehr.intake import Budget, Missed
from tests.service.ehr.asking import all_but, complete, whys
from tests.service.ehr.fhir_server import running

pytestmark = pytest.mark.anyio


def certificate(folder: Path, name: str) -> Path:
    """A certificate that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def serving(path: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context


def trusting(path: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(path))


async def ask(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch | None) -> dict[str, str]:
    path = certificate(folder, name)
    if monkeypatch:
        monkeypatch.setattr(client_module, "trust", lambda: trusting(path))
    async with running(serving(path)) as server, new_client() as client:
        found = await complete(client, server.base, all_but("conditions"))
    return whys(found)


async def test_a_certificate_is_checked_by_name_though_the_address_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await ask("localhost", tmp_path, monkeypatch) == {}
    assert await ask("ehr.example.org", tmp_path, monkeypatch) == {"conditions": UNREACHABLE}


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    assert await ask("localhost", tmp_path, None) == {"conditions": UNREACHABLE}


async def test_public_authorities_are_trusted() -> None:
    assert client_module.trust().verify_mode == ssl.CERT_REQUIRED
    assert client_module.trust().check_hostname
    assert client_module.trust().cert_store_stats()["x509_ca"] > 0


async def test_the_environment_sends_nobody_to_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with running() as server, new_client() as client:
        assert whys(await complete(client, server.base, all_but("conditions"))) == {}


async def test_the_libraries_do_not_tell_whom_they_asked() -> None:
    logging.getLogger("httpx").setLevel(logging.INFO)
    async with new_client():
        assert logging.getLogger("httpx").level == logging.WARNING
        assert logging.getLogger("httpcore").level == logging.WARNING
        assert not logging.getLogger("httpcore.http11").isEnabledFor(logging.DEBUG)


async def test_an_error_that_is_raised_holds_no_request() -> None:
    async with new_client() as client:
        asker = Asker(client, "TOKEN", Budget(10, 10), float("inf"))
        with pytest.raises(Missed) as caught:
            await asker.get("http://127.0.0.1:1/fhir/Condition?patient=p1")
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert "TOKEN" not in repr(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.CloseError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.LocalProtocolError("x"),
        httpx.PoolTimeout("x"),
        httpx.UnsupportedProtocol("x"),
        ssl.SSLError("x"),
        OSError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_whatever_the_library_raises_is_a_gap(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fails(_self: object, _request: object) -> httpx.Response:
        raise error

    monkeypatch.setattr(client_module.Transport, "handle_async_request", fails)
    async with new_client() as client:
        found = await complete(client, "http://127.0.0.1/fhir", all_but("conditions"))
    assert whys(found) == {"conditions": UNREACHABLE}
