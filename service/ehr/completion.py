"""Completing a chart from the EHR's FHIR server: only what is missing, all at once, in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import anyio
import httpx

from knowledge.chart.decode import Decoded
from service.discovery import KEYS, PREFETCH
from service.ehr.answers import Asker, may_be_sent
from service.ehr.chains import Chain, Names
from service.ehr.gaps import NOT_SUPPLIED, UNREADABLE, Gap
from service.ehr.intake import Budget
from service.ehr.lookups import LookUp, address
from service.ehr.pages import joined
from service.ehr.servers import below
from service.hooks import HookRequest
from service.metrics import FHIR_LOOKUPS
from service.supplied import open_links, types_supplied

OK = "ok"


@dataclass(frozen=True, slots=True)
class Completed:
    """What was had, and what was not.

    `prefetch` are the fetched pages as they came, under names that were not sent; `decoded` is the
    whole chart, what was sent included; `supplied` the types whose list is whole now; `gaps` the
    keys that are missing still, in the order of the discovery document.
    """

    prefetch: Mapping[str, bytes]
    decoded: Decoded
    supplied: frozenset[str]
    gaps: tuple[Gap, ...] = ()


class Completion:
    """Asks FHIR servers; one for a process, with the client whose connections all calls share.

    `size` bytes (expanded) and `resources` (with those that were sent) are what one call may have.
    """

    def __init__(self, client: httpx.AsyncClient, size: int, resources: int) -> None:
        self._client = client
        self._size = size
        self._resources = resources

    async def complete(
        self, request: HookRequest, decoded: Decoded, server: str, until: float
    ) -> Completed:
        """Fetch what is missing of a chart, as far as it comes before `until`.

        `decoded` is what was sent, `server` a base URL as `servers.allowed` gives it, `until` a
        moment of `anyio.current_time`. Never raises for what a server does or does not do.
        """
        had = types_supplied(decoded) if request.supplied is None else request.supplied
        missing = [key for key in PREFETCH if had.isdisjoint(KEYS[key])]
        if not _can_ask(request):
            return Completed({}, decoded, had, _gaps(dict.fromkeys(missing, NOT_SUPPLIED)))
        budget = Budget(self._size, self._resources - len(decoded.entries))
        asker = Asker(self._client, request.token, budget, until)
        look_ups = list(_look_ups(request, decoded, server, asker, missing))
        with anyio.CancelScope(deadline=until):
            async with anyio.create_task_group() as group:
                for look_up in look_ups:
                    group.start_soon(look_up.run)
        return _completed(decoded, had, look_ups)


def _can_ask(request: HookRequest) -> bool:
    """An id of dots alone would climb in the address, a token with blanks write other headers."""
    sound = request.token is None or may_be_sent(request.token)
    return sound and bool(request.patient_id.strip("."))


def _look_ups(
    request: HookRequest, decoded: Decoded, server: str, asker: Asker, missing: list[str]
) -> Iterator[LookUp]:
    start = partial(Chain, asker, Names(request.prefetch), server)
    links = open_links(decoded)
    shared: dict[str, Chain] = {}
    for key in missing:
        mine = tuple(link for link, types in links.items() if not types.isdisjoint(KEYS[key]))
        follow = mine if all(below(server, link) for link in mine) else ()
        for link in follow:
            shared.setdefault(link, start(key, link))
        rest = tuple(shared[link] for link in follow)
        yield LookUp(key, start, partial(address, server, key, request.patient_id), mine, rest)


def _completed(sent: Decoded, had: frozenset[str], look_ups: list[LookUp]) -> Completed:
    by_name = {page.name: page for look_up in look_ups for page in look_up.pages}
    pages = list(by_name.values())
    followed = frozenset(link for look_up in look_ups for link in look_up.followed)
    decoded = joined(sent, pages)
    names = {page.name: KEYS[look_up.key] for look_up in look_ups for page in look_up.pages}
    found = had | types_supplied(decoded, followed, KEYS | names)
    results = {look_up.key: _result(look_up, found) for look_up in look_ups}
    for key, why in results.items():
        FHIR_LOOKUPS.labels(key, why or OK).inc()
    lacking = {key: why for key, why in results.items() if why}
    return Completed(
        prefetch={page.name: page.body for page in pages},
        decoded=decoded,
        supplied=found - {name for key in lacking for name in KEYS[key]},
        gaps=_gaps(lacking),
    )


def _result(look_up: LookUp, found: frozenset[str]) -> str | None:
    """Why a list is missing still; also where all came and nothing of it could be read."""
    unread = found.isdisjoint(KEYS[look_up.key])
    return look_up.why or (UNREADABLE if unread else None)


def _gaps(whys: Mapping[str, str]) -> tuple[Gap, ...]:
    return tuple(Gap(key, PREFETCH[key], why) for key, why in whys.items())
