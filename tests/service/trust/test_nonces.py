from __future__ import annotations

import asyncio

from service.trust.nonces import RememberedNonces


def test_a_token_is_used_once_until_it_is_forgotten_after_its_time() -> None:
    now = 0.0

    async def use() -> None:
        nonlocal now
        nonces = RememberedNonces(lambda: now)
        assert await nonces.first_use("a", "1", until=100)
        assert not await nonces.first_use("a", "1", until=100)
        assert await nonces.first_use("b", "1", until=200)
        now = 100
        assert not await nonces.first_use("a", "1", until=100)
        now = 101
        assert await nonces.first_use("c", "1", until=300)
        assert len(nonces) == 2

    asyncio.run(use())
