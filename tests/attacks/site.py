"""A site as an attacker meets it: the service, its clients, an EHR, and an attacker's server."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from cryptography.hazmat.primitives import serialization

from tests.callers.ehr import Keys
from tests.service.test_serving import Server

HOOK = "/cds-services/back-numbness-patient-view"
SIGN = "/cds-services/back-numbness-order-sign"
PATIENT = "p1"
Json = dict[str, Any]


class Listening:
    """A server of this machine that remembers who asked it, and answers as it is told."""

    def __init__(self, answers: dict[str, tuple[int, dict[str, str], bytes]]) -> None:
        self.answers = answers
        self.seen: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answering, self))
        self.port: int = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Answering(BaseHTTPRequestHandler):
    def __init__(self, owner: Listening, *args: Any) -> None:
        self.owner = owner
        super().__init__(*args)

    def do_GET(self) -> None:
        self.owner.seen.append(self.path)
        path = self.path.partition("?")[0]
        status, headers, body = self.owner.answers.get(path, (404, {}, b""))
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@dataclass
class Site:
    """The service, two processes of it on one database; its clients; who may not be asked."""

    folder: Path
    attacker: Listening
    ehr: Listening
    keys: Keys = field(default_factory=lambda: Keys("RS384", "k1"))
    curve: Keys = field(default_factory=lambda: Keys("ES384", "k2"))
    foreign: Keys = field(default_factory=lambda: Keys("RS384", "k1"))
    servers: list[Server] = field(default_factory=list)

    @property
    def base(self) -> str:
        return "https://cds.example.org"

    def start(self) -> None:
        path = self.folder / "clients.yaml"
        path.write_text(yaml.safe_dump({"clients": self._clients()}))
        settings = {
            "BACKFLAG_AUTH": "required",
            "BACKFLAG_CLIENTS_FILE": str(path),
            "BACKFLAG_BASE_URL": self.base,
            "BACKFLAG_DATABASE_URL": f"sqlite:///{self.folder / 'backflag.db'}",
            "BACKFLAG_BODY_TIMEOUT_S": "1",
        }
        for _ in range(2):
            server = Server(1, settings)
            server.start()
            self.servers.append(server)

    def _clients(self) -> list[Json]:
        both = {"keys": self.keys.public["keys"] + self.curve.public["keys"]}
        listed = f"{self.ehr.url}/fhir"
        return [
            {
                "name": "main", "iss": "https://ehr.example.org", "jwks": both,
                "tenants": ["main"], "fhir_servers": ["https://ehr.example.org/fhir", listed],
            },
            {
                "name": "small", "iss": "https://small.example.org", "jwks": self.keys.public,
                "algorithms": ["RS384"],
            },
            {
                "name": "moved", "iss": "https://moved.example.org",
                "jku": f"{self.ehr.url}/moved-keys",
            },
        ]  # fmt: skip

    def stop(self) -> bytes:
        return b"".join(one.stop() for one in self.servers)

    def claims(self, **more: Any) -> Json:
        given = {"iss": "https://ehr.example.org", "aud": self.base + HOOK, "tenant": "main"}
        whole = given | more
        return {key: value for key, value in whole.items() if value is not None}

    def token(self, **more: Any) -> str:
        return self.keys.token(self.claims(**more))

    @property
    def public_pem(self) -> bytes:
        public: Any = self.keys.private.public_key()
        pem: bytes = public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return pem

    def resident(self) -> int:
        """The bytes of memory that the first process holds."""
        status = Path(f"/proc/{self.servers[0].process.pid}/statm").read_text()
        return int(status.split()[1]) * 4096

    def peak(self) -> int:
        """The most that it ever held."""
        text = Path(f"/proc/{self.servers[0].process.pid}/status").read_text()
        line = next(one for one in text.splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) * 1000

    def judged(self) -> float:
        """How many evaluations the first process has finished, by its own figures."""
        with self.connection() as connection:
            connection.sendall(b"GET /metrics HTTP/1.0\r\nHost: x\r\n\r\n")
            text = connection.makefile("rb").read().decode()
        rows = (one for one in text.splitlines() if one.startswith("backflag_calls_total"))
        return sum(float(one.split()[-1]) for one in rows if 'status="200"' in one)

    @contextmanager
    def connection(self, which: int = 0) -> Iterator[socket.socket]:
        address = ("127.0.0.1", self.servers[which].port)
        with socket.create_connection(address, timeout=60) as connection:
            yield connection

    def raw(self, data: bytes, which: int = 0) -> int:
        """The status that the service gives to these bytes; 0 where it just hangs up."""
        with self.connection(which) as connection:
            with suppress(ConnectionError):
                connection.sendall(data)
            try:
                line = connection.makefile("rb").readline()
            except ConnectionError:
                return 0
        return int(line.split()[1]) if line else 0


def body(**more: Any) -> Json:
    """A call without any prefetch, so that the service has to ask."""
    return {
        "hook": "patient-view",
        "hookInstance": str(uuid4()),
        "context": {"userId": "Practitioner/1", "patientId": PATIENT},
        "fhirAuthorization": {"access_token": "secret", "token_type": "Bearer"},
        "fhirServer": "https://ehr.example.org/fhir",
    } | more


def full() -> Json:
    """A call that brings all that is needed: it is judged if it is let in."""
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    return body(prefetch={"conditions": empty, "observations": empty})


def request(content: bytes, *headers: str, path: str = HOOK, method: str = "POST") -> bytes:
    """The bytes of an HTTP request."""
    lines = [
        f"{method} {path} HTTP/1.1", "Host: x", "Connection: close",
        "Content-Type: application/json", f"Content-Length: {len(content)}", *headers,
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def encoded(value: Json) -> bytes:
    return json.dumps(value).encode()


def part(value: Json | bytes) -> str:
    """A part of a token, as it is written."""
    raw = value if isinstance(value, bytes) else encoded(value)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
