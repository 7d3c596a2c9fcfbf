"""The file with the keys of patients' hashes: read, made at the first start, rotated."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from uuid import uuid4

from service.records.patient_keys import PatientKey, PatientKeys

BYTES = 32
"""Of a key: those of SHA-256, more would not be safer."""

FEWEST = 16
"""Bytes of a key that somebody else made."""

MOST = 100
"""Keys; each is tried in each look-up."""

LARGEST = 100 * 1000
"""Bytes of the file."""

OWNER_ONLY = 0o600
EXPLANATION = (
    "# Keys of the hashes under which patients are kept; the newest first, one a line, in\n"
    "# hexadecimal digits. A record that no key fits is that of nobody any more.\n"
)


class BadKeys(Exception):
    """The file cannot be used; the text says why, never what is in it."""


def load_keys(path: Path) -> PatientKeys:
    """The keys of a file.

    Raises:
        BadKeys: it is not there, cannot be read, or is no list of keys.
    """
    lines = _text(path).splitlines()
    words = [line.partition("#")[0].strip() for line in lines]
    keys = tuple(PatientKey(_secret(word, number)) for number, word in enumerate(words, 1) if word)
    if not 0 < len(keys) <= MOST:
        raise BadKeys(f"holds no key, or more than {MOST}")
    return PatientKeys(keys)


def load_or_make_keys(path: Path, today: date) -> PatientKeys:
    """The same; where there is no file, one is made. Of processes that meet, all get one key.

    Raises:
        BadKeys: as above, or it cannot be made.
    """
    if not path.exists():
        with suppress(FileExistsError):
            _write(path, EXPLANATION + _line(today), os.link)
    return load_keys(path)


def rotate_keys(path: Path, today: date) -> PatientKeys:
    """Put a new key before those of a file, which is made where it is not there.

    Raises:
        BadKeys: the file cannot be used or written.
    """
    if not path.exists():
        return load_or_make_keys(path, today)
    if len(load_keys(path).keys) == MOST:
        raise BadKeys(f"holds {MOST} keys already: take out the oldest ones first")
    before = _text(path).removeprefix(EXPLANATION)
    _write(path, EXPLANATION + _line(today) + before, os.replace)
    return load_keys(path)


def _line(today: date) -> str:
    return f"{secrets.token_hex(BYTES)}  # made {today.isoformat()}\n"


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        text = raw.decode("ascii")
    except FileNotFoundError:
        text, why = "", "is not there; `backflag records rotate-key` makes one"
    except OSError as error:
        text, why = "", f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        text, why = "", "is no list of keys"
    else:
        why = "is too large" if len(raw) > LARGEST else ""
    if why:
        raise BadKeys(why)
    return text


def _secret(word: str, number: int) -> bytes:
    try:
        found = bytes.fromhex(word)
    except ValueError:
        found = b""
    if len(found) < FEWEST:
        raise BadKeys(f"line {number} is no key of at least {2 * FEWEST} hexadecimal digits")
    return found


def _write(path: Path, text: str, put: Callable[[Path, Path], None]) -> None:
    """The whole file appears at once, whatever happens; `put` gives it its name."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        _write_out(draft, text)
        put(draft, path)
    except FileExistsError:
        raise
    except OSError as error:
        why = f"cannot be written: {error.strerror}"
    else:
        return
    finally:
        draft.unlink(missing_ok=True)
    raise BadKeys(why)


def _write_out(draft: Path, text: str) -> None:
    with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
