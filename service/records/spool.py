"""Where records wait for the database: files of a process's own, appended to, never waited for.

A record is one line. A segment, `<owner>.<number>.records`, is what is carried at a time.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import monotonic

from service.records.owners import OWNER_ONLY, SUFFIX, Owner, new_owner

FOLDER_MODE = 0o700
SEGMENT = re.compile(r"([0-9a-f]{32})\.\d+\.records")
OWNED = re.compile(rf"([0-9a-f]{{32}}){re.escape(SUFFIX)}")
STALE = 10
"""Seconds after which who writes a record looks himself what others have put there."""

REFUSED = "refused"
"""The file of the records that the database will never take."""


class NotKept(Exception):
    """A record could not be put into the spool; `why` is the class of the reason."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Spool:
    """One process's part of the spool in a folder that all processes of a machine share.

    `most`: bytes that may lie in the folder. Nothing is made before it is needed.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self.folder = folder
        self._most = most
        self._lock = Lock()
        self._owner: Owner | None = None
        self._number = 0
        self._file: int | None = None
        self._path = folder
        self._size = 0
        self._torn = False
        self._sealed: dict[Path, int] = {}
        self._waiting = 0
        self._others = 0
        self._measured = 0.0

    @property
    def size(self) -> int:
        """Bytes of the segment that is being written."""
        return self._size

    def append(self, line: bytes) -> None:
        """Keep a line: one write, and no wait for the disk.

        Raises:
            NotKept: the spool is full (`spool-full`), or cannot be written (`spool-failed`).
        """
        with self._lock:
            try:
                self._ensure_open()
                if monotonic() - self._measured > STALE:
                    self.measure()
                if self._others + self._waiting + self._size + len(line) > self._most:
                    raise NotKept("spool-full")
                self._write(line)
                return
            except OSError:
                pass
        raise NotKept("spool-failed")

    def seal(self) -> None:
        """Close the segment that is being written; the next record begins another."""
        with self._lock:
            if self._file is not None and self._size:
                os.close(self._file)
                self._sealed[self._path] = self._size
                self._waiting += self._size
                self._file, self._size, self._torn = None, 0, False

    def sealed(self) -> list[Path]:
        """This process's segments that wait to be carried, the oldest first."""
        with self._lock:
            return list(self._sealed)

    def remove(self, segment: Path) -> None:
        """Forget a segment of this process that the database has."""
        segment.unlink(missing_ok=True)
        with self._lock:
            self._waiting -= self._sealed.pop(segment, 0)

    def measure(self) -> None:
        """Learn what others have put into the folder: until the next time it counts as that."""
        others = 0
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            for one in entries:
                with suppress(FileNotFoundError):
                    others += 0 if self._is_own(one.name) else one.stat().st_size
        self._others = others
        self._measured = monotonic()

    def others(self) -> list[str]:
        """The names of all other owners, dead or alive."""
        names = {match[1] for name in self._names() if (match := _owned(name))}
        return sorted(name for name in names if not self._is_own(name))

    def segments_of(self, owner: str) -> list[Path]:
        """What bears somebody's name, the oldest first."""
        found = sorted(name for name in self._names() if name.startswith(f"{owner}."))
        return [self.folder / name for name in found if SEGMENT.fullmatch(name)]

    def set_aside(self, lines: list[bytes]) -> None:
        """Put what the database will never take where a person can look at it.

        Raises:
            OSError: it cannot be written.
        """
        how = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        file = os.open(self.folder / REFUSED, how, OWNER_ONLY)
        try:
            os.write(file, b"".join(line + b"\n" for line in lines))
        finally:
            os.close(file)

    def close(self) -> None:
        """Leave what waits to whoever comes next."""
        with self._lock:
            if self._owner is None:
                return
            waits = bool(self._size or self._sealed)
            if self._file is not None:
                os.close(self._file)
                if not self._size:
                    self._path.unlink(missing_ok=True)
            self._owner.leave(nothing_left=not waits)
            self._owner, self._file, self._size, self._waiting = None, None, 0, 0
            self._sealed.clear()

    def _names(self) -> list[str]:
        with suppress(FileNotFoundError):
            return os.listdir(self.folder)
        return []

    def _is_own(self, name: str) -> bool:
        return self._owner is not None and name.startswith(self._owner.name)

    def _ensure_open(self) -> None:
        if self._owner is None:
            self.folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            self._owner = new_owner(self.folder)
            self.measure()
        if self._file is None:
            self._number += 1
            self._path = self.folder / f"{self._owner.name}.{self._number:010}.records"
            how = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self._path, how, OWNER_ONLY)

    def _write(self, line: bytes) -> None:
        """A line in whole. Half of one, as on a full disk, is taken back or closed off."""
        assert self._file is not None
        whole = (b"\n" if self._torn else b"") + line + b"\n"
        written = 0
        try:
            written = os.write(self._file, whole)
        finally:
            if written == len(whole):
                self._size += written
                self._torn = False
            elif written:
                self._take_back(written)
        if written != len(whole):
            raise OSError

    def _take_back(self, written: int) -> None:
        assert self._file is not None
        try:
            os.ftruncate(self._file, self._size)
        except OSError:
            self._size += written
            self._torn = True


def _owned(name: str) -> re.Match[str] | None:
    return SEGMENT.fullmatch(name) or OWNED.fullmatch(name)
