"""A bearer token taken apart: a JWT in compact form (RFC 7519), nothing of it trusted yet."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.trust.exact_json import read_exactly
from service.trust.refusals import Refused

LONGEST = 10 * 1000
"""Characters of a header; real tokens have about a tenth."""

LONGEST_ID = 1000
"""Characters of a jti or a tenant."""

MOST_AUDIENCES = 100
"""Addresses that one token may name."""

FARTHEST = float(10**24)
"""Seconds; no clock shows more, not even in nanoseconds. NaN is not below it either."""

_BEARER = re.compile(r"bearer +([\w-]+\.[\w-]+\.[\w-]*) *", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """What a token says of itself. Times are seconds since 1970; `compact` is the whole of it."""

    compact: str
    algorithm: str
    key_id: str | None
    key_set: str | None
    issuer: str
    audience: tuple[str, ...]
    expires: float
    issued: float
    not_before: float | None
    token_id: str
    tenant: str | None


def read_token(authorization: str | None) -> Token:
    """The token of an Authorization header.

    Raises:
        Refused: there is none, or it is not a JWT with all its parts in their kinds.
    """
    if authorization is None:
        raise Refused("no-token")
    if len(authorization) > LONGEST:
        raise Refused("too-long")
    found = _BEARER.fullmatch(authorization)
    if found is None:
        raise Refused("malformed")
    compact = found[1]
    header, claims = (_object(part) for part in compact.split(".")[:2])
    _ensure_usual(header)
    return Token(
        compact=compact,
        algorithm=_text(header.get("alg")),
        key_id=_text_if_there(header, "kid"),
        key_set=_text_if_there(header, "jku"),
        issuer=_text(_needed(claims, "iss")),
        audience=_texts(_needed(claims, "aud")),
        expires=_moment(_needed(claims, "exp")),
        issued=_moment(_needed(claims, "iat")),
        not_before=None if claims.get("nbf") is None else _moment(claims["nbf"]),
        token_id=_short(_text(_needed(claims, "jti"))),
        tenant=None if claims.get("tenant") is None else _short(_text(claims["tenant"])),
    )


def _object(part: str) -> Mapping[str, Any]:
    try:
        found = read_exactly(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    raise Refused("malformed")


def _ensure_usual(header: Mapping[str, Any]) -> None:
    """Refuse what would change how a token is to be read (`crit`, `b64`, another `typ`)."""
    usual = str(header.get("typ", "JWT")).upper() == "JWT" and header.get("b64", True) is True
    if not usual or "crit" in header:
        raise Refused("malformed")


def _needed(claims: Mapping[str, Any], name: str) -> Any:
    found = claims.get(name)
    if found is None:
        raise Refused("missing-claim")
    return found


def _text(value: Any) -> str:
    """Text that every database and log can hold."""
    if isinstance(value, str) and value and value.isprintable():
        return value
    raise Refused("malformed")


def _text_if_there(header: Mapping[str, Any], name: str) -> str | None:
    return _text(header[name]) if name in header else None


def _short(text: str) -> str:
    if len(text) > LONGEST_ID:
        raise Refused("malformed")
    return text


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if len(values) > MOST_AUDIENCES:
        raise Refused("malformed")
    return tuple(_text(one) for one in values)


def _moment(value: Any) -> float:
    """Seconds since 1970, with or without a fraction."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and abs(value) < FARTHEST:
        return float(value)
    raise Refused("malformed")
