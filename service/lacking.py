"""What a call did not bring: whether it may be fetched, and from where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from service.discovery import KEYS, PREFETCH
from service.ehr.completion import Completion
from service.ehr.gaps import CUT_OFF, NOT_ALLOWED, NOT_SUPPLIED, UNREADABLE, Gap
from service.ehr.servers import allowed
from service.enough import lacking_keys
from service.hooks import HookRequest
from service.metrics import LISTS
from service.supplied import open_links
from service.trust.gate import Caller

SENT, FETCHED, ABSENT = "sent", "fetched", "absent"


@dataclass(frozen=True, slots=True)
class Asking:
    """A call with what it lacks, and the server to ask for it; None where none may be asked."""

    call: HookRequest
    gaps: tuple[Gap, ...] = ()
    server: str | None = None


@dataclass(frozen=True, slots=True)
class Lacking:
    """Completes what was sent.

    `listed`: the FHIR servers that may be asked besides those of the client. `open`: nobody has
    to prove who they are, so any server on this very machine may be asked, without a token too.
    """

    completion: Completion
    listed: tuple[str, ...] = ()
    open: bool = False

    def plan(self, call: HookRequest, caller: Caller) -> Asking:
        """What is missing, and whether it can be asked for."""
        keys = lacking_keys(call.supplied or frozenset())
        _count(PREFETCH.keys() - keys, SENT)
        if not keys:
            return Asking(call)
        server, why = self._server(call, caller)
        known = dict.fromkeys(call.prefetch, UNREADABLE) | dict.fromkeys(_cut_off(call), CUT_OFF)
        gaps = (Gap(key, PREFETCH[key], known.get(key, why)) for key in keys)
        if server is None:
            _count(keys, ABSENT)
        return Asking(call, tuple(gaps), server)

    def _server(self, call: HookRequest, caller: Caller) -> tuple[str | None, str]:
        if not call.fhir_server or not (call.token or self.open):
            return None, NOT_SUPPLIED
        listed = (*caller.fhir_servers, *self.listed)
        return allowed(call.fhir_server, listed, loopback=self.open), NOT_ALLOWED

    async def complete(self, asking: Asking, until: float) -> tuple[HookRequest, Sequence[Gap]]:
        """The call with what the server gave, and what is missing still, by `until`."""
        call, server = asking.call, asking.server
        assert server is not None
        assert call.decoded is not None
        found = await self.completion.complete(call, call.decoded, server, until)
        absent = {gap.key for gap in found.gaps}
        _count(absent, ABSENT)
        _count({gap.key for gap in asking.gaps} - absent, FETCHED)
        return replace(call, decoded=found.decoded, supplied=found.supplied), found.gaps


def _count(keys: Iterable[str], source: str) -> None:
    for key in keys:
        LISTS.labels(key, source).inc()


def _cut_off(call: HookRequest) -> frozenset[str]:
    """The keys of which a first page was sent and nothing more."""
    links = open_links(call.decoded) if call.decoded else {}
    types = frozenset().union(*links.values())
    return frozenset(key for key, names in KEYS.items() if not types.isdisjoint(names))
