"""Whether a token was made for the address that was called (the claim `aud`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

SERVICES = "/cds-services"
"""Where the services are, below the service's public URL."""

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """A URL as it is compared: scheme and host in small letters, no usual port, a path's parts."""

    scheme: str
    host: str
    port: int | None
    path: tuple[str, ...]

    def holds(self, other: Place) -> bool:
        """Whether `other` is this place or lies below it."""
        same = (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)
        return same and self.path == other.path[: len(self.path)]

    def below(self, other: Place) -> tuple[str, ...]:
        """The rest of the path of `other`, which this place holds."""
        return other.path[len(self.path) :]


def place(text: str) -> Place | None:
    """A URL as a place; None for any other text, which is only equal to itself.

    A URL with a user, a query or a fragment is such a text, too.
    """
    found = _split(text)
    if found is None or found.scheme not in _PORTS or not found.hostname:
        return None
    if "@" in found.netloc or "?" in text or "#" in text:
        return None
    port = found.port if found.port != _PORTS[found.scheme] else None
    path = tuple(found.path.removesuffix("/").split("/")[1:])
    return Place(found.scheme, found.hostname, port, path)


def _split(text: str) -> SplitResult | None:
    """`urlsplit` drops line breaks and tabs: a text with such is no URL."""
    if not text.isprintable() or " " in text or "\\" in text:
        return None
    try:
        found = urlsplit(text)
        found.port  # noqa: B018 - raises where it is none
    except ValueError:
        return None
    return found


class Audience:
    """The audiences that a client's tokens may name, for a service at `base_url`.

    An entry stands for itself and for what lies below it; but a token that names an endpoint is
    good at that endpoint only. An entry of another host (a proxy's) stands for `/cds-services`
    or for the whole service there.
    """

    def __init__(self, entries: Iterable[str], base_url: str) -> None:
        self.entries = tuple(entries)
        self._places = tuple(one for one in map(place, self.entries) if one is not None)
        base, services = place(base_url), place(base_url.rstrip("/") + SERVICES)
        self._bases = tuple(one for one in (services, base) if one is not None)

    def accepts(self, claimed: Iterable[str], called: Iterable[str]) -> bool:
        """Whether a token that says `claimed` opens an endpoint whose URLs are `called`."""
        endpoints = [one for one in map(place, called) if one is not None]
        return any(self._opens(said, endpoints) for said in claimed)

    def _opens(self, said: str, endpoints: Collection[Place]) -> bool:
        at = place(said)
        if at is None:
            return said in self.entries
        if at in self._places and not self._is_endpoint(at):
            return True
        return any(self._leads(listed, at, endpoints) for listed in self._places)

    def _leads(self, listed: Place, at: Place, endpoints: Collection[Place]) -> bool:
        """Whether `at`, below an entry, is the endpoint; an entry for one endpoint holds its own.

        So a token for a service whose URL is listed may tell its feedback, too.
        """
        if at == listed:
            return any(at.holds(one) for one in endpoints)
        if at in endpoints and listed in self._bases:
            return True  # `/explain` is not below `/cds-services`, yet goes with it
        if not listed.holds(at):
            return False
        return at in endpoints or listed.below(at) in self._ways(endpoints)

    def _is_endpoint(self, at: Place) -> bool:
        """Whether a place is one of the service's own and not a base of several."""
        return any(base.holds(at) for base in self._bases) and at not in self._bases

    def _ways(self, endpoints: Collection[Place]) -> set[tuple[str, ...]]:
        """The endpoints as they are reached from a base."""
        return {base.below(one) for base in self._bases for one in endpoints if base.holds(one)}
