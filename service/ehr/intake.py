"""What may be taken in of an answer: so many bytes, also when expanded, and so many resources."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.ehr.gaps import TOO_MUCH, UNREADABLE

Expand = Callable[[bytes, int], bytes]

_GZIP: Final = zlib.MAX_WBITS | 2**4
"""zlib's word for "with a gzip header"."""


class Missed(Exception):
    """What was asked for was not had; `why` is a class of `gaps`.

    `splits`: the server may answer the same in parts, having refused it as a whole.
    """

    def __init__(self, why: str, splits: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.splits = splits


@dataclass(slots=True)
class Budget:
    """What one call may still take in, from all its requests together.

    What is too much is not counted, so that one list without end leaves room for the others.
    """

    size: int
    resources: int

    def take(self, size: int = 0, resources: int = 0) -> None:
        """Count what came.

        Raises:
            Missed: it is more than was left.
        """
        if size > self.size or resources > self.resources:
            raise Missed(TOO_MUCH)
        self.size -= size
        self.resources -= resources


class Inflation:
    """A gzip body, expanded as it comes and never far beyond what is allowed."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_GZIP)

    def __call__(self, chunk: bytes, limit: int) -> bytes:
        """What a chunk stands for, or a byte more than the limit of it.

        Raises:
            Missed: it is not gzip.
        """
        found = bytearray()
        while chunk and len(found) <= limit:
            if self._inflate.eof:  # gzip files may follow each other
                self._inflate = zlib.decompressobj(_GZIP)
            try:
                found += self._inflate.decompress(chunk, limit - len(found) + 1)
            except zlib.error:
                raise Missed(UNREADABLE) from None
            chunk = self._inflate.unused_data
        return bytes(found)

    @property
    def whole(self) -> bool:
        """Whether it came to its end."""
        return self._inflate.eof


def _as_is(chunk: bytes, _limit: int) -> bytes:
    return chunk


def expansion(encoding: str) -> Expand:
    """How to expand a body of some Content-Encoding.

    Raises:
        Missed: in no way that was asked for.
    """
    found = encoding.strip().lower()
    if found in ("gzip", "x-gzip"):
        return Inflation()
    if found in ("", "identity"):
        return _as_is
    raise Missed(UNREADABLE)
