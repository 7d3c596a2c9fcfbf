"""Who may come in: whoever shows a token that a listed client signed, or anyone where it is off."""

from __future__ import annotations

import structlog
from starlette.requests import Request

from service.errors import unauthorised
from service.trust.gate import Caller, Gate, Refused

ANYONE = Caller(name="", tenant=None, fhir_servers=())
"""Whoever calls where nobody has to prove who they are."""


class Door:
    """The door of all endpoints that hold something about patients; `gate` is None where open."""

    def __init__(self, gate: Gate | None, base_url: str) -> None:
        self.gate = gate
        self.base_url = base_url

    async def admit(self, request: Request, paths: tuple[str, ...]) -> Caller:
        """Who calls; `paths` are those whose tokens open this one.

        The log says why somebody is not let in, and which client the token claims to be from.

        Raises:
            Problem: 401, which tells the caller nothing.
        """
        if self.gate is None:
            return ANYONE
        tokens = request.headers.getlist("authorization")
        try:
            if len(tokens) > 1:
                raise Refused("malformed")
            called = tuple(self.base_url + path for path in paths)
            return await self.gate.admit(tokens[0] if tokens else None, called)
        except Refused as refused:
            why, claimed = refused.why, refused.claimed
        structlog.get_logger().warning("not let in", why=why, client=claimed)
        raise unauthorised(f"token:{why}")
