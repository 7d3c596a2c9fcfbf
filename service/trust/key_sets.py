"""The clients' key sets: remembered, renewed when keys change, and kept through an outage."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import structlog

from service.metrics import KEY_SETS
from service.trust.fetching import SECONDS, Unavailable, fetch
from service.trust.keys import Key

FRESH = 10 * 60.0
"""Seconds for which keys count without being looked up again. So long may a revoked key live."""

LAST_GOOD = 24 * 3600.0
"""Seconds for which the last keys that were had count while there are no newer ones."""

PAUSE = 10.0
"""Seconds after a failed look-up in which none is tried: an outage is to cost no call its time."""

OUTAGE = 60.0
"""Seconds after a failed look-up in which calls use the last keys without waiting for newer ones.
"""

SPARE = 2
"""Look-ups for the sake of a token whose key is not in the set that may follow at once."""

REFILL = 24.0
"""Seconds after which there is another one. A key that was changed is found in that time, however
many tokens with invented keys have used up the others; a hundred of those in a minute cause no
more than five look-ups."""


@dataclass(slots=True)
class _State:
    """What is known of one key set. Times are of the monotonic clock."""

    keys: tuple[Key, ...] | None = None
    had: float = 0
    failed: float | None = None
    spare: float = SPARE
    counted: float = 0
    work: asyncio.Task[None] | None = field(default=None, repr=False)


class KeySets:
    """The key sets of one process, by their URLs."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        clock: Callable[[], float] = time.monotonic,
        seconds: float = SECONDS,
    ) -> None:
        self._http = http
        self._clock = clock
        self._seconds = seconds
        self._states = dict[str, _State]()

    async def keys(self, url: str) -> tuple[Key, ...]:
        """The keys of a set, looked up where what is remembered has grown old.

        Raises:
            Unavailable: it cannot be had, and nothing is remembered.
        """
        state = self._states.setdefault(url, _State())
        if not self._younger(state, FRESH):
            await self._renew(url, state)
        return self._remembered(state)

    async def newer(self, url: str) -> tuple[Key, ...]:
        """The keys after a look-up for the sake of a key that is not among those remembered.

        Such look-ups are rationed; where none is left, the keys are those remembered.
        """
        state = self._states.setdefault(url, _State())
        if state.work is not None or self._may(state):
            await self._renew(url, state)
        else:
            KEY_SETS.labels("limited").inc()
        return self._remembered(state)

    @property
    def failing(self) -> bool:
        """Whether the last look-up of some key set failed."""
        return any(state.failed is not None for state in list(self._states.values()))

    async def close(self) -> None:
        """Give up what is on its way."""
        works = [state.work for state in self._states.values() if state.work is not None]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    async def _renew(self, url: str, state: _State) -> None:
        """Look up once for all who wait; who goes away does not end it for the others.

        In an outage nobody waits as long as there are keys.
        """
        if state.work is None:
            if self._failed_within(state, PAUSE):
                return
            state.work = asyncio.create_task(self._look_up(url, state))
        if not (self._failed_within(state, OUTAGE) and self._younger(state, LAST_GOOD)):
            await asyncio.shield(state.work)

    async def _look_up(self, url: str, state: _State) -> None:
        try:
            found = await fetch(self._http, url, self._seconds)
        except Unavailable as error:
            state.failed = self._clock()
            KEY_SETS.labels("failed").inc()
            structlog.get_logger().warning(
                "key set not had", address=_without_query(url), why=str(error)
            )
        else:
            state.keys, state.had, state.failed = found.keys, self._clock(), None
            KEY_SETS.labels("fetched").inc()
        finally:
            state.work = None

    def _remembered(self, state: _State) -> tuple[Key, ...]:
        if state.keys is None or not self._younger(state, LAST_GOOD):
            raise Unavailable("no keys")
        return state.keys

    def _younger(self, state: _State, seconds: float) -> bool:
        return state.keys is not None and self._clock() - state.had < seconds

    def _failed_within(self, state: _State, seconds: float) -> bool:
        return state.failed is not None and self._clock() - state.failed < seconds

    def _may(self, state: _State) -> bool:
        """Take one of the look-ups that are left."""
        now = self._clock()
        state.spare = min(SPARE, state.spare + (now - state.counted) / REFILL)
        state.counted = now
        if state.spare < 1:
            return False
        state.spare -= 1
        return True


def _without_query(url: str) -> str:
    return url.partition("?")[0]
