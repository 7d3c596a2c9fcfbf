"""Why a caller is not let in: one list, for the operator's log and never for the caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Why = Literal[
    "no-token",
    "too-long",
    "malformed",
    "missing-claim",
    "unknown-issuer",
    "unknown-jku",
    "algorithm",
    "audience",
    "expired",
    "not-yet-valid",
    "lifetime",
    "tenant",
    "no-key-id",
    "unknown-key",
    "keys-unavailable",
    "signature",
    "replayed",
]

REASONS: Mapping[Why, str] = {
    "no-token": "The call has no Authorization header.",
    "too-long": "The token is longer than any client's is.",
    "malformed": "The header holds no bearer token that is a signed JWT in compact form, or a "
    "claim in it is not of its kind.",
    "missing-claim": "One of iss, aud, exp, iat and jti is missing.",
    "unknown-issuer": "No client of the clients file has this iss.",
    "unknown-jku": "The token names another key set (jku) than the clients file does.",
    "algorithm": "The token or its key uses an algorithm that is not listed for the client.",
    "audience": "The token was made for another address (aud) than the one that was called.",
    "expired": "The token is past its exp; if it was just made, a clock is wrong.",
    "not-yet-valid": "The token's iat or nbf lies ahead; a clock is wrong.",
    "lifetime": "The token lives longer than an hour, or ends before it begins.",
    "tenant": "The token's tenant is missing, or not one of the client's.",
    "no-key-id": "The token names no key (kid) and the client has not exactly one.",
    "unknown-key": "The client's key set has no key of this name (kid).",
    "keys-unavailable": "The client's key set could not be had, and none is remembered.",
    "signature": "The client's key did not sign this token.",
    "replayed": "The token was used before.",
}
"""Each reason, and what it tells an operator."""


class Refused(Exception):
    """A caller who is not let in; `why` is one of `REASONS`, and nothing else is told.

    `claimed` is the name, in the clients file, of the client that the token says it is from;
    nothing proves that it is.
    """

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why
        self.claimed: str | None = None
