"""Asking for one list: page by page, and by categories where a server wants that.

What came stays in the look-up, so that nothing of it is lost when time runs out: a page that
arrived may show an emergency, even where the list as a whole counts as not had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final
from urllib.parse import quote

import anyio
from anyio import to_thread

from service.discovery import PREFETCH
from service.ehr.answers import Asker, Missed
from service.ehr.gaps import CUT_OFF, TIMEOUT, TOO_MUCH, UNREADABLE
from service.ehr.pages import Page, read_page, read_patient
from service.ehr.servers import below

PAGES: Final = 100
"""Pages of one list. A server that gives but 50 entries a page still gives 5,000 of them; asked one
after the other, few servers come that far before the deadline. It ends what would never end."""

CATEGORIES: Final = {
    "observations": (
        "laboratory",
        "vital-signs",
        "exam",
        "survey",
        "social-history",
        "imaging",
        "procedure",
        "therapy",
        "activity",
    ),
    "conditions": ("problem-list-item", "encounter-diagnosis", "health-concern"),
}
"""Key -> HL7's categories, by which a server may want to be asked (Epic does)."""

REQUIRED: Final = frozenset(
    {"laboratory", "vital-signs", "problem-list-item", "encounter-diagnosis"}
)
"""Categories without which a list was not had. US Core wants every server to answer these. A server
that knows no category `therapy`, or keeps none of it, says so with the same refusal, and there is
then nothing to be had; but a problem list without today's diagnoses is half a list, and so is a
list of observations without measurements. A category that fails in any other way (time, errors of
the server, pages that do not go on) is one that may well hold something."""

_ID: Final = "{{context.patientId}}"


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


def address(base: str, key: str, patient_id: str, category: str | None = None) -> str:
    """Where a list (or the Patient) is asked for."""
    query = PREFETCH[key].replace(_ID, quote(patient_id, safe=""))
    if category:
        # What need not be said cannot be refused: all pages are read, so their order is no matter.
        query = f"{query.partition('&_sort')[0]}&category={category}"
    return f"{base}/{query}"


@dataclass(slots=True)
class Chain:
    """One search (or reading), from an address to the page that has no next.

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

    async def run(self) -> None:
        """Ask until there is no more."""
        try:
            for _ in range(PAGES):
                following = await self._next(self.link)
                if following is None:
                    self.why = None
                    return
                self.link = following
            self.why = TOO_MUCH
        except Missed as missed:
            self.why = missed.why
            self.splits = missed.splits and not self.followed

    async def _next(self, link: str) -> str | None:
        url = below(self.base, link)
        if url is None or link in self.followed:
            raise Missed(CUT_OFF)
        body = await self.asker.get(url)
        read = read_page if self.name != "patient" else read_patient
        name = self.names.one(self.name)
        page = await to_thread.run_sync(read, name, body, abandon_on_cancel=True)
        self.asker.budget.take(resources=len(page.decoded.entries))
        if page.holds_anything or not page.failed:
            self.pages.append(page)
        if page.failed:
            raise Missed(UNREADABLE, splits=True)
        self.followed.add(link)
        return page.next


@dataclass(slots=True)
class LookUp:
    """All that is asked for one key; `why` as of a chain, of all its chains together.

    `links` are those of the pages that were sent and had a next one, where they can be followed.
    Else the list is asked for anew, and `given_up` are the links that this makes needless.
    """

    key: str
    start: Callable[[str, str], Chain]
    url: Callable[[str | None], str]
    links: tuple[str, ...] = ()
    given_up: frozenset[str] = frozenset()
    chains: list[Chain] = field(default_factory=list)
    why: str | None = TIMEOUT

    async def run(self) -> None:
        """Ask, until all is had or known not to be."""
        if self.links:
            await self._together({link: self.start(f"{self.key}", link) for link in self.links})
            self.why = next((chain.why for chain in self.chains if chain.why), None)
            return
        await self._together({"": self.start(self.key, self.url(None))})
        self.why = self.chains[0].why
        categories = CATEGORIES.get(self.key, ())
        if self.chains[0].splits and categories:
            self.why = TIMEOUT
            await self._by_category(categories)

    async def _by_category(self, categories: Iterable[str]) -> None:
        parts = {one: self.start(f"{self.key}+{one}", self.url(one)) for one in categories}
        await self._together(parts)
        self.why = next(_missing(parts), None)

    async def _together(self, chains: Mapping[str, Chain]) -> None:
        self.chains += chains.values()
        async with anyio.create_task_group() as group:
            for chain in chains.values():
                group.start_soon(chain.run)

    @property
    def pages(self) -> list[Page]:
        """All that came."""
        return [page for chain in self.chains for page in chain.pages]

    @property
    def followed(self) -> frozenset[str]:
        """The links that need not be followed any more."""
        found = frozenset(link for chain in self.chains for link in chain.followed)
        return found if self.why else found | self.given_up


def _missing(parts: Mapping[str, Chain]) -> Iterator[str]:
    """Why a list is not whole, by what became of its categories."""
    for category, part in parts.items():
        tolerated = part.splits and category not in REQUIRED
        if part.why and not tolerated:
            yield part.why
