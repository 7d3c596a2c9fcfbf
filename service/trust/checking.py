"""`backflag clients check`: what a clients file says, and whether its key sets can be had."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx

from service.ehr.client import new_client
from service.trust.audience import place
from service.trust.client import Client
from service.trust.clients import Trusted, load_clients
from service.trust.fetching import SECONDS, Unavailable, fetch
from service.trust.keys import Key, KeySet

SANDBOX = "sandbox.cds-hooks.org"
PATIENCE = 10.0
"""Seconds for a look-up here: longer than the service has, to tell slow from dead."""

INDENT = len("  algorithms  ")
"""Columns before what is said of a field."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a client's keys: the keys, or why there are none; `took` is in seconds."""

    keys: tuple[Key, ...] = ()
    left_out: tuple[str, ...] = ()
    fault: str | None = None
    took: float = 0


def check_clients(path: Path, base_url: str, base_is_set: bool) -> tuple[list[str], bool]:
    """The report on a clients file, and whether all its key sets can be had.

    `base_is_set`: the administrator gave the service's public URL, it was not guessed.

    Raises:
        BadClients: the file cannot be used.
    """
    clients = load_clients(path, base_url).all
    tried = asyncio.run(_try_all([one.client for one in clients]))
    lines = list[str]()
    for trusted, found in zip(clients, tried, strict=True):
        lines += [trusted.client.name, *_report(trusted, found)]
        lines += [f"  warning: {text}" for text in _warnings(trusted, base_is_set)]
        if found.took > SECONDS:
            lines.append(f"  warning: it took {found.took:.1f} s; the service waits {SECONDS:g} s")
        lines += [f"  FAULT: {found.fault}"] if found.fault else []
        lines.append("")
    failed = sum(found.fault is not None for found in tried)
    state = f"the keys of {failed} cannot be used" if failed else "no fault"
    return [*lines, f"{path.name}: {_count(len(clients), 'client')}, {state}"], not failed


async def _try_all(clients: list[Client]) -> list[Tried]:
    async with new_client() as http:
        return list(await asyncio.gather(*(_try(http, client) for client in clients)))


async def _try(http: httpx.AsyncClient, client: Client) -> Tried:
    if client.jku is None:
        return Tried(client.fitting(client.pinned))
    started = monotonic()
    try:
        found = await fetch(http, client.jku, PATIENCE)
    except Unavailable as error:
        return Tried(fault=f"{client.jku} {error}")
    keys = client.fitting(found.keys)
    left_out = tuple(sorted((*found.left_out, *_strange(client, found))))
    wanted = ", ".join(client.algorithms)
    fault = None if keys else f"{client.jku} has no key for {wanted}"
    return Tried(keys, left_out, fault, monotonic() - started)


def _strange(client: Client, found: KeySet) -> Iterator[str]:
    for key in found.keys:
        if not client.fitting((key,)):
            algorithms = ", ".join(sorted(key.algorithms))
            yield f"is for {algorithms}, which is not listed for this client"


def _report(trusted: Trusted, found: Tried) -> Iterator[str]:
    client = trusted.client
    source = client.jku or ("in its key file" if client.jwks_file else "in the clients file")
    yield _line("iss", client.iss)
    yield _line("keys", source if found.fault else f"{source}: {_count(len(found.keys), 'key')}")
    for key in found.keys:
        usable = ", ".join(one for one in client.algorithms if one in key.algorithms)
        yield _line("", f"{_quoted(key.key_id)} for {usable}")
    for why in found.left_out:
        yield _line("", f"left out: one {why}")
    yield _line("algorithms", ", ".join(client.algorithms))
    yield _line("audience", ", ".join(trusted.audience.entries))
    yield _line("tenants", ", ".join(client.tenants) or "any")
    yield _line("FHIR", ", ".join(client.fhir_servers) or "none: nothing is ever fetched")


def _warnings(trusted: Trusted, base_is_set: bool) -> Iterator[str]:
    client = trusted.client
    places = [place(one) for one in (client.iss, client.jku or "")]
    if any(one and one.host == SANDBOX for one in places):
        yield (
            "this is the public CDS Hooks sandbox, whose private key is published: anyone can "
            "sign as this client, so it never belongs where there are patients."
        )
    if client.jku and client.jku.lower().startswith("http:"):
        yield "its key set is not https: good enough for development only."
    if not client.audience and not base_is_set:
        yield "the audience is guessed: set BACKFLAG_BASE_URL to the service's public URL."
    for entry in client.audience:
        if place(entry) is None:
            yield f"the audience {entry} is no URL: a token has to say exactly this."
    if any(server.startswith("http:") for server in client.fhir_servers):
        yield "a FHIR server is not https: good enough for development only."


def _quoted(key_id: str | None) -> str:
    if key_id is None:
        return "without a name (kid)"
    return f'"{key_id}"' if key_id.isprintable() else ascii(key_id)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _line(field: str, text: str) -> str:
    return f"  {field}".ljust(INDENT) + text
