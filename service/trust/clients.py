"""The clients file: which CDS clients are trusted. One fault is enough to refuse it whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.language.files import Document, Fault, KnowledgeError, read
from service.trust.audience import SERVICES, Audience
from service.trust.client import LONGEST_NAME, Client
from service.trust.refusals import Refused

SOURCES = ("jku", "jwks", "jwks_file")
"""Where a client's keys may come from: from one of these."""

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": f"is not known here: {', '.join(Client.model_fields)} are",
    "string_type": "is not text; a number or date has to be quoted",
    "string_too_long": f"is longer than {LONGEST_NAME} characters",
    "tuple_type": "is not a list",
    "too_short": "is empty",
    "model_type": "is not a mapping of names to values",
}
"""Pydantic's kinds of errors in an administrator's words."""


class BadClients(Exception):
    """The clients file cannot be used; `faults` say where and why, each on its line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    clients: tuple[Client, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Trusted:
    """A client, and whom its tokens may address."""

    client: Client
    audience: Audience


class Clients:
    """The trusted clients of a service at `base_url`."""

    def __init__(self, clients: Sequence[Client], base_url: str) -> None:
        own = (base_url.rstrip("/") + SERVICES,)
        self.all = tuple(Trusted(one, Audience(one.audience or own, base_url)) for one in clients)

    def find(self, issuer: str, key_set: str | None) -> Trusted:
        """The client of an `iss`; where several share it, the one of a `jku`.

        A client whose keys are written down has no key set elsewhere: what a token says of one
        is not looked at.

        Raises:
            Refused: there is none.
        """
        same = [one for one in self.all if one.client.iss == issuer]
        if not same:
            raise Refused("unknown-issuer")
        if len(same) == 1 and (key_set is None or same[0].client.jku is None):
            return same[0]
        for one in same:
            if one.client.jku == key_set:
                return one
        raise Refused("unknown-jku")


def load_clients(path: Path, base_url: str) -> Clients:
    """The clients of a file, and the key files that it names.

    Raises:
        BadClients: with every fault. No key is quoted.
    """
    document = _read(path)
    faults = list(_across(document))
    context = {"folder": path.parent}
    try:
        file = _File.model_validate(document.content, context=context)
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False, include_input=False)
        faults += [_fault(document, one["loc"], _in_words(one)) for one in _deepest(told)]
    if faults:
        raise BadClients(faults)
    return Clients(file.clients, base_url)


def _read(path: Path) -> Document:
    try:
        return read(path)
    except KnowledgeError as error:
        faults = error.faults
    except ValueError:
        faults = (Fault(path.name, 1, "", "has a date or number that is none"),)
    raise BadClients(faults)


def _deepest(told: Sequence[Any]) -> list[Any]:
    """Without what only follows from others: a list of wrong members counts as empty, too."""
    outer = {one["loc"][:length] for one in told for length in range(len(one["loc"]))}
    return [one for one in told if one["loc"] not in outer]


def _in_words(error: Any) -> str:
    said: str = error["msg"]
    return _WORDS.get(error["type"], said.removeprefix("Value error, "))


def _fault(document: Document, place: Sequence[Any], what: str) -> Fault:
    """A fault with the client's name and the field: `main-campus: jku`, `client 2: tenants.0`."""
    entries = dict(_entries(document))
    inside = len(place) > 1 and place[1] in entries
    if inside:
        named = _name(int(place[1]), entries[place[1]])
        parts = [named, ".".join(str(step) for step in place[2:])]
    else:
        parts = [".".join(str(step) for step in place)]
    where = ": ".join(filter(None, parts))
    return Fault(document.path.name, document.line(place), where, what)


def _entries(document: Document) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The clients as they stand in the file, right or wrong, with their numbers from 0."""
    content = document.content
    listed = content.get("clients") if isinstance(content, Mapping) else None
    for number, entry in enumerate(listed if isinstance(listed, list) else ()):
        yield number, entry if isinstance(entry, Mapping) else {}


def _name(number: int, entry: Mapping[str, Any]) -> str:
    name = entry.get("name")
    fine = isinstance(name, str) and name.isprintable() and 0 < len(name) <= LONGEST_NAME
    return str(name) if fine else f"client {number + 1}"


def _across(document: Document) -> Iterator[Fault]:
    """What is wrong between the fields of a client, or between clients."""
    entries = list(_entries(document))
    for number, entry in entries:
        place = ("clients", number)
        if entry and sum(entry.get(source) is not None for source in SOURCES) != 1:
            yield _fault(document, place, f"needs exactly one of {', '.join(SOURCES)}")
        earlier = [one for _, one in entries[:number]]
        if any(_same(entry, one, "name") for one in earlier):
            yield _fault(document, (*place, "name"), "is the name of another client, too")
        twins = [one for one in earlier if _same(entry, one, "iss")]
        if any(_same(entry, one, "jku") or not one.get("jku") for one in twins) or (
            twins and not entry.get("jku")
        ):
            what = "is that of another client, too: such clients need a jku each, of their own"
            yield _fault(document, (*place, "iss"), what)


def _same(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    return one.get(name) is not None and one.get(name) == other.get(name)
