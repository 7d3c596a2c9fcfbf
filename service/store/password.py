"""The database's password, from a file of its own: no process list and no `inspect` shows it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

SCHEME = "postgresql+psycopg://"

LARGEST = 1000
"""Bytes of a password's file."""


def with_password(url: str, path: Path) -> str:
    """A database's address with the password that a file holds, but for a line's end.

    Raises:
        ValueError: the file or the address does not fit; the text holds nothing of either.
    """
    user, at, rest = url.removeprefix(SCHEME).partition("@")
    if not url.startswith(SCHEME) or not at or not user or "/" in user:
        raise ValueError(f"goes with {SCHEME}USER@HOST/DATABASE alone")
    if ":" in user:
        raise ValueError("goes with an address that holds no password itself")
    return f"{SCHEME}{user}:{quote(_password(path), safe='')}@{rest}"


def _password(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = file.read(LARGEST + 1).decode()
    except OSError as error:
        found, why = "", f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        found, why = "", "is no text"
    else:
        found = found.removesuffix("\n").removesuffix("\r")
        why = "is empty" if not found else "is too large" if len(found) > LARGEST else ""
    if why:
        raise ValueError(why)
    return found
