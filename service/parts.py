"""What the settings make of the service: its door, its look-ups, its bounds, its store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

import httpx
from anyio import to_thread

from service.body import Limits
from service.calls import Work
from service.door import Door
from service.ehr.client import new_client
from service.ehr.completion import Completion
from service.engine import Engine
from service.health import Health, health_of
from service.lacking import Lacking
from service.places import Places
from service.records.keeping import Keeping, keeping
from service.settings import BadSettings, Settings
from service.store.nonces import StoredNonces
from service.store.store import BadUrl, OldSchema, Store, StoreDown, open_store, ready_store
from service.telling import Telling
from service.tracing import spans_of
from service.trust.clients import BadClients, load_clients
from service.trust.gate import Gate
from service.trust.nonces import RememberedNonces

Clock = Callable[[tzinfo], datetime]

BODIES = 2
"""So many times the places of evaluations are there for bodies that are on their way."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that all endpoints share."""

    settings: Settings
    work: Work
    door: Door
    store: Store
    tokens: Store
    records: Keeping
    health: Health
    http: httpx.AsyncClient

    @classmethod
    def of(
        cls,
        settings: Settings,
        engine: Engine,
        clock: Clock | None = None,
        seen: RememberedNonces | None = None,
    ) -> Parts:
        """Everything made ready; `seen` are the tokens that this process has seen.

        Raises:
            BadSettings: what a setting names cannot be used.
        """
        store = _store(settings)
        http = new_client()
        tokens = open_store(settings.database_url, durable=False)
        door = Door(_gate(settings, StoredNonces(tokens, own=seen), http), settings.public_url)
        lacking = Lacking(
            Completion(http, settings.max_body, settings.max_resources),
            settings.fhir_servers or (),
            open=settings.authentication == "off" and settings.fhir_servers is None,
        )
        records = keeping(settings, engine, clock or datetime.now)
        work = Work(
            engine=engine,
            clock=clock or datetime.now,
            zone=settings.zone,
            limits=Limits(settings.max_body, settings.body_timeout_s),
            seconds=settings.deadline_ms / 1000,
            max_resources=settings.max_resources,
            lacking=lacking,
            evaluations=Places(settings.max_calls),
            bodies=Places(BODIES * settings.max_calls),
            silent=settings.silent,
            records=records.recorder,
            spans=spans_of(settings),
        )
        health = health_of(settings.database_url, records, door)
        return cls(settings, work, door, store, tokens, records, health, http)

    def feedback(self, service: str) -> Telling:
        """Where is told what became of the cards of a service."""
        work = self.work
        return Telling(service, self.door, self.store, work.limits, work.bodies)

    async def close(self) -> None:
        """Let go of connections."""
        if self.door.gate is not None:
            await self.door.gate.close()
        await self.http.aclose()
        await to_thread.run_sync(self.records.close)
        self.health.close()
        await to_thread.run_sync(self.work.spans.close)
        self.store.close()
        self.tokens.close()


def _store(settings: Settings) -> Store:
    try:
        return ready_store(settings.database_url)
    except (BadUrl, OldSchema) as error:
        raise BadSettings(f"BACKFLAG_DATABASE_URL: {error}") from None
    except StoreDown:
        text = "BACKFLAG_DATABASE_URL: the file cannot be written; name another place for it"
        raise BadSettings(text) from None


def _gate(settings: Settings, nonces: StoredNonces, http: httpx.AsyncClient) -> Gate | None:
    if settings.authentication == "off" or settings.clients_file is None:
        return None
    try:
        clients = load_clients(settings.clients_file, settings.public_url)
    except BadClients as error:
        raise BadSettings(f"BACKFLAG_CLIENTS_FILE: {error}") from None
    return Gate(clients, nonces, http)
