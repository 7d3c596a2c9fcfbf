"""The gate: a call comes in by a token that a trusted client made for it, once, just now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import httpx
from jwt import InvalidKeyError, InvalidSignatureError, PyJWS, PyJWTError

from service.trust.clients import Clients, Trusted
from service.trust.fetching import Unavailable
from service.trust.key_sets import KeySets
from service.trust.keys import Key
from service.trust.nonces import Nonces
from service.trust.refusals import Refused as Refused
from service.trust.refusals import Why
from service.trust.tokens import Token, read_token

LEEWAY = 10.0
"""Seconds by which a client's clock may differ from ours."""

LONGEST_LIFE = 3600.0
"""Seconds from a token's iat to its exp."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A client that was let in, for one of its tenants where the token names one."""

    name: str
    tenant: str | None
    fhir_servers: tuple[str, ...]


class Gate:
    """Lets in whoever shows a token of a trusted client.

    `nonces` remember used tokens, `http` fetches key sets, `clock` gives seconds since 1970.
    """

    def __init__(
        self,
        clients: Clients,
        nonces: Nonces,
        http: httpx.AsyncClient,
        clock: Callable[[], float] = time.time,
        key_sets: KeySets | None = None,
    ) -> None:
        self._clients = clients
        self._nonces = nonces
        self._clock = clock
        self._key_sets = key_sets or KeySets(http)

    @property
    def lacks_keys(self) -> bool:
        """Whether some client's key set could not be had when it was last looked up."""
        return self._key_sets.failing

    async def admit(self, authorization: str | None, called: Iterable[str]) -> Caller:
        """Who calls one endpoint.

        Nothing is looked up for a token that could not be good whatever the keys are, and a
        token counts as used only when it is good in every other way.

        Args:
            authorization: the header, None where there is none.
            called: the absolute URLs that count as the endpoint's, as a token's aud names them.

        Raises:
            Refused: the caller is not let in.
        """
        token = read_token(authorization)
        trusted = self._clients.find(token.issuer, token.key_set)
        try:
            await self._examine(token, trusted, called)
        except Refused as refused:
            refused.claimed = trusted.client.name
            raise
        client = trusted.client
        return Caller(client.name, token.tenant, client.fhir_servers)

    async def close(self) -> None:
        """Give up look-ups that are on their way."""
        await self._key_sets.close()

    async def _examine(self, token: Token, trusted: Trusted, called: Iterable[str]) -> None:
        _ensure_meant(token, trusted, called)
        _ensure_now(token, self._clock())
        await self._ensure_signed(token, trusted)
        remember = token.expires + LEEWAY + LEEWAY
        if not await self._nonces.first_use(token.issuer, token.token_id, remember):
            raise Refused("replayed")

    async def _ensure_signed(self, token: Token, trusted: Trusted) -> None:
        """By a key that is known, else by one that the client has published since."""
        client = trusted.client
        try:
            keys = await self._key_sets.keys(client.jku) if client.jku else client.pinned
            why = _why_unsigned(token, keys)
            if why and client.jku:
                why = _why_unsigned(token, await self._key_sets.newer(client.jku))
        except Unavailable:
            why = "keys-unavailable"
        if why:
            raise Refused(why)


def _ensure_meant(token: Token, trusted: Trusted, called: Iterable[str]) -> None:
    client = trusted.client
    if token.algorithm not in client.algorithms:
        raise Refused("algorithm")
    if client.tenants and token.tenant not in client.tenants:
        raise Refused("tenant")
    if not trusted.audience.accepts(token.audience, called):
        raise Refused("audience")


def _ensure_now(token: Token, now: float) -> None:
    if token.expires <= now - LEEWAY:
        raise Refused("expired")
    if max(token.issued, token.not_before or token.issued) > now + LEEWAY:
        raise Refused("not-yet-valid")
    if not 0 < token.expires - token.issued <= LONGEST_LIFE:
        raise Refused("lifetime")


def _why_unsigned(token: Token, keys: tuple[Key, ...]) -> Why | None:
    """What keeps these keys from vouching for a token; None where one of them does."""
    if token.key_id is None and len(keys) != 1:
        return "no-key-id"
    named = [key for key in keys if token.key_id in (None, key.key_id)]
    named = named or [key for key in keys if key.key_id is None]
    if not named:
        return "unknown-key"
    fitting = [key for key in named if token.algorithm in key.algorithms]
    if not fitting:
        return "algorithm"
    return None if any(_signed(token, key) for key in fitting) else "signature"


def _signed(token: Token, key: Key) -> bool:
    """PyJWT's errors are not passed on, they may quote the token or the key.

    Raises:
        Refused: the token is not written as it should be.
    """
    algorithms = sorted(key.algorithms)
    try:
        PyJWS(algorithms).decode_complete(token.compact, key.public, algorithms)
    except (InvalidSignatureError, InvalidKeyError):
        return False
    except PyJWTError:
        pass
    else:
        return True
    raise Refused("malformed")
