"""Whether to go on: work on a chart stops where nobody waits for it any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


class GivenUp(BaseException):
    """The work was stopped from outside: its time is up, or the client is gone.

    No Exception, so that nothing that isolates a failure can take it for one.
    """


GoOn = Callable[[], None]
"""Called between small pieces of work; raises GivenUp where there is no point in going on."""


def simply() -> None:
    """Go on: nobody stops this work."""


def asking(go_on: GoOn, items: Iterable[T]) -> Iterator[T]:
    """The items, with the question before each of them."""
    for item in items:
        go_on()
        yield item
