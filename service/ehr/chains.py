"""One search, page by page.

What came stays in the chain, so that nothing of it is lost when time runs out: a page that
arrived may show an emergency, even where the list as a whole counts as not had.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import anyio
import structlog
from anyio import to_thread

from service import logs
from service.ehr.answers import Asker
from service.ehr.gaps import CUT_OFF, FAILED, TIMEOUT, TOO_MUCH, UNREADABLE
from service.ehr.intake import Missed
from service.ehr.pages import Page, read_page, read_patient
from service.ehr.servers import below

PAGES: Final = 100
"""Pages of one list. A server that gives but 50 entries a page still gives 5,000 of them; asked one
after the other, few servers come that far before the deadline. It ends what would never end."""


class Names:
    """Names for what is fetched: a key, then `key+2`, `key+3` …, and never one that was sent."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def one(self, wanted: str) -> str:
        """The next free name."""
        name, further = wanted, count(2)
        while name in self._taken:
            name = f"{wanted}+{next(further)}"
        self._taken.add(name)
        return name


@dataclass(slots=True)
class Chain:
    """A search (or the reading of the Patient), from an address to the page that has no next.

    `link` is the address as the page before it gave it. `why` is the reason for which it did not
    come to its end, None where it did. `followed` are the links whose page came. `splits`: refused
    as a whole, it may be had in parts.
    """

    asker: Asker
    names: Names
    base: str
    name: str
    link: str
    pages: list[Page] = field(default_factory=list)
    followed: set[str] = field(default_factory=set)
    why: str | None = TIMEOUT
    splits: bool = False
    done: anyio.Event | None = None

    async def run(self) -> None:
        """Ask until there is no more; once, however many lists are waiting for it."""
        if self.done is None:
            self.done = anyio.Event()
            await self._run()
            self.done.set()
        await self.done.wait()

    async def _run(self) -> None:
        try:
            await self._follow()
            self.why = None
        except Missed as missed:
            self.why = missed.why
            self.splits = missed.splits and not self.followed
        except Exception as error:  # noqa: BLE001 - one list must not cost the others
            self.why = FAILED
            fields = {"exception": type(error).__name__, "where": logs.where(error)}
            structlog.get_logger().error("a look-up failed", **fields)

    async def _follow(self) -> None:
        link: str | None = self.link
        for _ in range(PAGES):
            if link is None:
                return
            link = await self._page(link)
        if link is not None:
            raise Missed(TOO_MUCH)

    async def _page(self, link: str) -> str | None:
        """Take in a page, and tell where the next one is."""
        url = below(self.base, link)
        if url is None or link in self.followed:
            raise Missed(CUT_OFF)
        body = await self.asker.get(url)
        read = read_patient if self.name == "patient" and "?" not in link else read_page
        name = self.names.one(self.name)
        page = await to_thread.run_sync(read, name, body, abandon_on_cancel=True)
        self.asker.budget.take(resources=len(page.decoded.entries))
        if page.holds_anything or not page.failed:
            self.pages.append(page)
        if page.failed:
            raise Missed(UNREADABLE, splits=True)
        self.followed.add(link)
        return page.next
