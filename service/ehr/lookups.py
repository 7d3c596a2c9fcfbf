"""Asking for one list: the pages after those that were sent, or all of it, if need be in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import anyio

from service.discovery import PREFETCH
from service.ehr.chains import Chain
from service.ehr.gaps import CUT_OFF, FAILED, TIMEOUT, UNREADABLE
from service.ehr.pages import Page

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

ANEW: Final = frozenset({CUT_OFF, FAILED, UNREADABLE})
"""What becomes of a next page that is not there any more, or was for the EHR's own session: the
list is then asked for anew."""

_ID: Final = "{{context.patientId}}"


def address(base: str, key: str, patient_id: str, category: str | None = None) -> str:
    """Where a list (or the Patient) is asked for."""
    query = PREFETCH[key].replace(_ID, quote(patient_id, safe=""))
    if category:
        # What need not be said cannot be refused: all pages are read, so their order is no matter.
        query = f"{query.partition('&_sort')[0]}&category={category}"
    return f"{base}/{query}"


@dataclass(slots=True)
class LookUp:
    """All that is asked for one key; `why` as of a chain, of all its chains together.

    `links` are those of the pages that were sent and had a next one, `rest` their chains, which
    other lists may share. There is none where they lead away from the server: the list is then
    asked for anew, which makes the links needless.
    """

    key: str
    start: Callable[[str, str], Chain]
    url: Callable[[str | None], str]
    links: tuple[str, ...] = ()
    rest: tuple[Chain, ...] = ()
    chains: list[Chain] = field(default_factory=list)
    why: str | None = TIMEOUT

    async def run(self) -> None:
        """Ask, until all is had or known not to be."""
        if self.rest:
            await self._together(self.rest)
            self.why = next((chain.why for chain in self.rest if chain.why), None)
        if not self.rest or self.why in ANEW:
            self.why = TIMEOUT
            await self._anew()

    async def _anew(self) -> None:
        whole = self.start(self.key, self.url(None))
        await self._together([whole])
        categories = CATEGORIES.get(self.key, ())
        if whole.splits and categories:
            await self._by_category(categories)
        else:
            self.why = whole.why

    async def _by_category(self, categories: Iterable[str]) -> None:
        parts = {one: self.start(f"{self.key}+{one}", self.url(one)) for one in categories}
        await self._together(parts.values())
        self.why = next(_missing(parts), None)

    async def _together(self, chains: Iterable[Chain]) -> None:
        self.chains += chains
        async with anyio.create_task_group() as group:
            for chain in chains:
                group.start_soon(chain.run)

    @property
    def pages(self) -> list[Page]:
        """All that came."""
        return [page for chain in self.chains for page in chain.pages]

    @property
    def followed(self) -> frozenset[str]:
        """The links that need not be followed any more."""
        found = frozenset(link for chain in self.chains for link in chain.followed)
        return found if self.why else found.union(self.links)


def _missing(parts: Mapping[str, Chain]) -> Iterator[str]:
    """Why a list is not whole, by what became of its categories."""
    for category, part in parts.items():
        tolerated = part.splits and category not in REQUIRED
        if part.why and not tolerated:
            yield part.why
