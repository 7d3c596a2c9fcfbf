"""Clients of CDS Hooks as they are in the field: their keys, their tokens, their files."""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from service.trust.clients import Clients, load_clients

BASE = "https://cds.example.org"
SERVICE = f"{BASE}/cds-services/back-numbness-patient-view"
OTHER = f"{BASE}/cds-services/back-numbness-order-sign"
EXPLAIN = f"{BASE}/explain/back-numbness-patient-view"
ISSUER = "https://ehr.example.org/fhir"
JKU = "https://ehr.example.org/keys"
FHIR = "https://ehr.example.org/fhir"
NAME = "main-campus"

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


def private(name: str, algorithm: str = "ES384", size: int = 2048) -> Private:
    """The private key of a name: the same one each time, another one for another name."""
    return _made(name, algorithm if algorithm in _CURVES else "RSA", size)


@cache
def _made(_name: str, kind: str, size: int) -> Private:
    if kind in _CURVES:
        return ec.generate_private_key(_CURVES[kind])
    return rsa.generate_private_key(65537, size)


def jwk(
    key_id: str | None = "k1", algorithm: str = "ES384", size: int = 2048, **more: Any
) -> dict[str, Any]:
    """The public half as it is published."""
    public = private(key_id or "", algorithm, size).public_key()
    if isinstance(public, rsa.RSAPublicKey):
        found = RSAAlgorithm.to_jwk(public, as_dict=True)
    else:
        found = ECAlgorithm.to_jwk(public, as_dict=True)
    found.pop("key_ops", None)
    named = {} if key_id is None else {"kid": key_id}
    return {**found, **named, **more}


def private_jwk(algorithm: str = "ES384") -> dict[str, Any]:
    key = private("spent", algorithm)
    if isinstance(key, rsa.RSAPrivateKey):
        return {**RSAAlgorithm.to_jwk(key, as_dict=True), "kid": "spent"}
    return {**ECAlgorithm.to_jwk(key, as_dict=True), "kid": "spent"}


def key_set(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": list(keys or (jwk(),))}).encode()


_count = iter(range(1, 10**9))


def claims(now: float | None = None, **more: Any) -> dict[str, Any]:
    """Claims as they should be; None takes one away."""
    issued = time.time() if now is None else now
    found = {
        "iss": ISSUER,
        "aud": SERVICE,
        "iat": int(issued),
        "exp": int(issued) + 300,
        "jti": f"jti-{next(_count)}",
    }
    return {name: value for name, value in (found | more).items() if value is not None}


def token(
    key_id: str | None = "k1",
    algorithm: str = "ES384",
    header: dict[str, Any] | None = None,
    key: Any = None,
    **more: Any,
) -> str:
    """A signed token; `header` adds to its header and `more` to its claims."""
    named = {} if key_id is None else {"kid": key_id}
    return jwt.encode(
        claims(**more),
        private(key_id or "", algorithm) if key is None else key,
        algorithm,
        {**named, **(header or {})},
    )


def client(**more: Any) -> dict[str, Any]:
    """A client of the file with its keys in it; None takes a field away."""
    source = {} if {"jku", "jwks_file"} & set(more) else {"jwks": {"keys": [jwk()]}}
    found = {"name": NAME, "iss": ISSUER, **source, **more}
    return {name: value for name, value in found.items() if value is not None}


def write(folder: Path, *listed: Any) -> Path:
    path = folder / "clients.yaml"
    path.write_text(yaml.safe_dump({"clients": list(listed)}, sort_keys=False), encoding="utf-8")
    return path


def clients(folder: Path, *listed: Any, base: str = BASE) -> Clients:
    return load_clients(write(folder, *(listed or (client(),))), base)
