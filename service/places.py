"""How many calls are worked on at a time: who comes when all places are taken is told so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import busy


class Places:
    """A fixed number of places in one process."""

    def __init__(self, number: int) -> None:
        self.free = number

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place for as long as the work takes.

        Raises:
            Problem: 503 with Retry-After, where none is free.
        """
        if self.free <= 0:
            raise busy("All places of this service are taken; try again.", "overloaded")
        self.free -= 1
        try:
            yield
        finally:
            self.free += 1
