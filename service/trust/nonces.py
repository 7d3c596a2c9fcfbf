"""Each token once: what has to be remembered of the tokens that were used."""

from __future__ import annotations

import time
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Protocol


class Nonces(Protocol):
    """A memory of the tokens that were used."""

    async def first_use(self, issuer: str, token_id: str, until: float) -> bool:
        """Remember a token up to `until` (seconds since 1970); False where it was used before."""


class RememberedNonces:
    """The memory of one process; it forgets what has expired."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._seen = set[tuple[str, str]]()
        self._until = list[tuple[float, tuple[str, str]]]()

    async def first_use(self, issuer: str, token_id: str, until: float) -> bool:
        """See `Nonces`."""
        self._forget()
        one = (issuer, token_id)
        if one in self._seen:
            return False
        self._seen.add(one)
        heappush(self._until, (until, one))
        return True

    def __len__(self) -> int:
        return len(self._seen)

    def _forget(self) -> None:
        now = self._clock()
        while self._until and self._until[0][0] < now:
            self._seen.discard(heappop(self._until)[1])
