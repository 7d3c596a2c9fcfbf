"""An EHR beyond the proxy: its keys, its certificate authority, and its calls."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.callers.ehr import Keys
from tests.containers.engine import ROOT

SERVICE = "/cds-services/back-numbness-patient-view"
EXAMPLE = ROOT / "knowledge" / "patients" / "us-saddle-numbness.request.json"
ISS = "https://ehr.example.org/fhir"
PATIENCE = 30
Json = dict[str, Any]


@dataclass
class Answer:
    """What came of a call."""

    status: int
    headers: Any
    body: Any

    @property
    def indicators(self) -> list[str]:
        """Of its cards, in their order."""
        return [card["indicator"] for card in self.body.get("cards", ())]


def call(url: str, body: Any = None, tls: ssl.SSLContext | None = None, **headers: str) -> Answer:
    """Ask; with a body it is a POST."""
    sent = None if body is None else json.dumps(body).encode()
    given = {"Content-Type": "application/json"} | headers
    request = Request(url, data=sent, headers=given)
    try:
        with urlopen(request, timeout=PATIENCE, context=tls) as response:
            return Answer(response.status, response.headers, json.loads(response.read() or "null"))
    except HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def example() -> Json:
    """A call about a patient who has to go to the ER."""
    found: Json = json.loads(EXAMPLE.read_text())
    return found


class Ehr:
    """A client that the clients file names, which trusts the certificate of the proxy.

    `folder` gets what the operator has to lay down: tls/ and clients/.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self.keys = Keys("ES384", "tried")
        self.folder = folder
        for name in ("tls", "clients"):
            (folder / name).mkdir(mode=0o755)
        self._certify(folder / "tls")
        self.trust(self.keys)
        self.tls = ssl.create_default_context(cafile=str(folder / "tls" / "certificate.pem"))

    def trust(self, keys: Keys) -> None:
        """Write the clients file."""
        client = {"name": "tried", "iss": ISS, "jwks": keys.public}
        path = self.folder / "clients" / "clients.yaml"
        path.write_text(yaml.safe_dump({"clients": [client]}))

    def call(self, keys: Keys | None = None, signs: bool = True) -> Answer:
        """Call the hook with a token, of its own keys where no others are given."""
        claims = {"iss": ISS, "aud": self.url + SERVICE}
        token = (keys or self.keys).token(claims)
        headers = {"Authorization": token} if signs else {}
        return call(self.url + SERVICE, example(), self.tls, **headers)

    def _certify(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (folder / "certificate.pem").write_bytes(made.public_bytes(pem))
        (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
        (folder / "key.pem").chmod(0o644)  # of a key that lives for minutes
