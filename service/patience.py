"""How long a call is worked on: until its deadline, and while somebody waits for the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

import anyio
from starlette.requests import Request

from knowledge.giving_up import GivenUp
from service.errors import Problem, busy

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Patience:
    """Until a moment (of `monotonic`, which is the event loop's clock too), or until stopped."""

    until: float
    stopped: bool = False

    def __call__(self) -> None:
        """Go on, or give up.

        Raises:
            GivenUp: there is no more time, or nobody waits.
        """
        if self.stopped or monotonic() > self.until:
            raise GivenUp


async def while_asked(
    request: Request, patience: Patience, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """What the work gives; a client that goes away stops it.

    Raises:
        Problem: what the work raises; or that the client is gone.
    """
    answers: list[Answer] = []
    failures: list[Exception] = []

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        patience.stopped = True
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(watch)
        try:
            answers.append(await work())
        except Exception as error:  # noqa: BLE001 - raised again below, outside of the group
            failures.append(error)
        group.cancel_scope.cancel()
    if failures:
        raise failures.pop()
    if not answers:
        raise gone()
    return answers.pop()


def gone() -> Problem:
    """Nobody is there to read the answer; the log says why there was none."""
    return busy("The client went away.", "client-gone")
