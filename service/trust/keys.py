"""Public keys as clients publish them (JWK, RFC 7517), and which of them may sign a token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWTError
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from service.trust.exact_json import read_exactly

CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
"""Each curve has its one algorithm (RFC 7518)."""

RSA = ("RS256", "RS384", "RS512")
ALGORITHMS = (*RSA, *CURVES.values())
"""All that a client may list. None is symmetric: with those, who can check can also forge."""

LEAST_BITS, MOST_BITS = 2048, 16_384
"""Of an RSA key. A shorter one can be broken; a longer one is work for nothing."""

PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JWK that nobody but its owner may know."""

_FAILURES = (PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, KeyError, OverflowError)


class BadKey(ValueError):
    """Not a key that may sign; says why, and nothing of the key."""


class NotForUs(BadKey):
    """A proper key, but of another kind or for another use."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, its name (kid) where it has one, and the algorithms it can be used with."""

    key_id: str | None
    algorithms: frozenset[str]
    public: RSAPublicKey | EllipticCurvePublicKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of a set that can be used, and for each of the others why it cannot."""

    keys: tuple[Key, ...]
    left_out: tuple[str, ...] = ()


def read_key_set(content: bytes) -> KeySet:
    """A JWK Set as it is published; keys that cannot be used are left out.

    Raises:
        ValueError: it is no JWK Set; the text says why, and nothing of the content.
    """
    keys, left_out = list[Key](), list[str]()
    for jwk in members(read_exactly(content)):
        try:
            keys.append(read_key(jwk))
        except BadKey as error:
            left_out.append(str(error))
    return KeySet(tuple(keys), tuple(left_out))


def members(document: Any) -> Sequence[Any]:
    """The list of a JWK Set's keys.

    Raises:
        BadKey: it is no JWK Set.
    """
    keys = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(keys, list):
        raise BadKey("is not a JWK Set: an object with a list of keys")
    return keys


def read_key(jwk: Any) -> Key:
    """One JWK as a key that can check signatures.

    Raises:
        BadKey: it is none.
    """
    if not isinstance(jwk, Mapping):
        raise BadKey("is not a JWK")
    kind = jwk.get("kty")
    if kind == "oct":
        raise BadKey("is a symmetric key: whoever can check it could forge with it")
    if PRIVATE & set(jwk):
        raise BadKey("holds its private half: it is spent; publish the public half of a new one")
    if kind not in ("RSA", "EC"):
        raise NotForUs("is of a kind (kty) that is not used here: RSA and EC are")
    _ensure_for_signatures(jwk)
    public = _public(jwk)
    fitting = frozenset(RSA if isinstance(public, RSAPublicKey) else (CURVES[jwk["crv"]],))
    return Key(_key_id(jwk), _meant(jwk, fitting), public)


def _ensure_for_signatures(jwk: Mapping[str, Any]) -> None:
    uses = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(uses, list) or "verify" not in uses:
        raise NotForUs("is not meant for signatures (use, key_ops)")
    if jwk["kty"] == "EC" and str(jwk.get("crv")) not in CURVES:
        raise NotForUs(f"is of a curve (crv) that is not used here: {', '.join(CURVES)} are")


def _key_id(jwk: Mapping[str, Any]) -> str | None:
    key_id = jwk.get("kid")
    if key_id is not None and not isinstance(key_id, str):
        raise BadKey("has a name (kid) that is not text")
    return key_id


def _meant(jwk: Mapping[str, Any], fitting: frozenset[str]) -> frozenset[str]:
    """The algorithms that a key fits, or the one of them that it says it is for."""
    if "alg" not in jwk:
        return fitting
    found = fitting & {one for one in (jwk["alg"],) if isinstance(one, str)}
    if not found:
        raise NotForUs("is for an algorithm (alg) that is not used here, or does not fit it")
    return found


def _public(jwk: Mapping[str, Any]) -> RSAPublicKey | EllipticCurvePublicKey:
    """PyJWT's errors quote the key, so none of them is passed on."""
    algorithm = RSAAlgorithm if jwk["kty"] == "RSA" else ECAlgorithm
    try:
        public = algorithm.from_jwk(dict(jwk))
    except _FAILURES:
        public = None
    if isinstance(public, RSAPublicKey):
        _ensure_size(public)
        return public
    if isinstance(public, EllipticCurvePublicKey):
        return public
    raise BadKey("is damaged: its numbers make no key")


def _ensure_size(public: RSAPublicKey) -> None:
    if public.key_size < LEAST_BITS:
        raise BadKey(f"is too short: {public.key_size} bits, {LEAST_BITS} are the least")
    if public.key_size > MOST_BITS:
        raise BadKey(f"is too long: {public.key_size} bits, {MOST_BITS} are the most")
