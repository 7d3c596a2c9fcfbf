"""Who may see the figures: one password of their own, by HTTP Basic; or the proxy sees to it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path

import anyio

from service.settings import BadSettings, Settings

PENALTY = 1
"""Seconds that a wrong password waits for its answer."""

WAITING = 10
"""So many wrong ones wait at a time; meanwhile nobody else is heard."""

SHORTEST = 12
"""Characters of a password."""


class Entry(Enum):
    """What comes of an attempt."""

    LET_IN = "let in"
    REFUSED = "refused"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class Login:
    """Lets in whoever knows the password, under any name; `digest` None lets in everybody."""

    digest: bytes | None
    waiting: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(WAITING))

    async def enter(self, authorization: str | None) -> Entry:
        """Judge an `Authorization` header. A guess costs a second, whether it is waited for."""
        if self.digest is None:
            return Entry.LET_IN
        if authorization is None:
            return Entry.REFUSED
        try:
            self.waiting.acquire_nowait()
        except anyio.WouldBlock:
            return Entry.TOO_MANY
        try:
            if compare_digest(sha256(_password(authorization)).digest(), self.digest):
                return Entry.LET_IN
            with anyio.CancelScope(shield=True):
                await anyio.sleep(PENALTY)
            return Entry.REFUSED
        finally:
            self.waiting.release()


def login_of(settings: Settings) -> Login:
    """The login that the settings ask for.

    Raises:
        BadSettings: the file holds no password, or too short a one.
    """
    file = settings.insights_password_file
    if file is None or settings.insights_login == "proxy":
        return Login(None)
    password = _read(file)
    if len(password) < SHORTEST:
        raise BadSettings(
            f"BACKFLAG_INSIGHTS_PASSWORD_FILE: a password has at least {SHORTEST} characters"
        )
    return Login(sha256(password.encode()).digest())


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        text = "BACKFLAG_INSIGHTS_PASSWORD_FILE: the file cannot be read"
    raise BadSettings(text)


def _password(authorization: str) -> bytes:
    """What was sent as the password; empty, which none is, where it is not HTTP Basic."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(given.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
