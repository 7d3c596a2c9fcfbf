"""Whose a part of the spool is: a lock that is held as long as its owner lives."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from uuid import uuid4

SUFFIX = ".owner"
OWNER_ONLY = 0o600


class Owner:
    """The holder of a name in a folder; the end of the process lets it go, however it comes."""

    def __init__(self, name: str, path: Path, lock: int) -> None:
        self.name = name
        self._path = path
        self._lock = lock

    def leave(self, nothing_left: bool) -> None:
        """Give the name up. `nothing_left`: nobody has to look after what bears it."""
        if nothing_left:
            self._path.unlink(missing_ok=True)
        os.close(self._lock)


def new_owner(folder: Path) -> Owner:
    """A name that nobody else has.

    Raises:
        OSError: the folder cannot be written.
    """
    while True:
        found = claim(folder, uuid4().hex)
        if found is not None:  # else somebody took it for one whose owner is dead
            return found


def claim(folder: Path, name: str) -> Owner | None:
    """Take the place of an owner; None where he lives, or somebody was faster.

    Raises:
        OSError: the folder cannot be written.
    """
    path = folder / f"{name}{SUFFIX}"
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, OWNER_ONLY)
    if _locked(lock) and _is_still(path, lock):
        return Owner(name, path, lock)
    os.close(lock)
    return None


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(path: Path, lock: int) -> bool:
    """Whether the file was not removed before it was locked."""
    try:
        there, ours = path.stat(), os.fstat(lock)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
