"""Which lists were supplied: an empty list that was sent is not one that was not sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from knowledge.chart.decode import BundleInfo, Decoded
from service.discovery import KEYS

FAILED = frozenset({"error", "fatal"})
OUTCOME = "OperationOutcome"
Keys = Mapping[str, tuple[str, ...]]
_TYPES = {name for names in KEYS.values() for name in names}
_SEARCHED = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)(?:/_search)?/?(?:\?|$)")


def types_supplied(
    decoded: Decoded, followed: frozenset[str] = frozenset(), keys: Keys = KEYS
) -> frozenset[str]:
    """The resource types whose list was sent: by what is in it, by its key, or by its self link.

    An OperationOutcome, alone or among the entries with severity error or fatal, means that the
    list could not be had. One of lesser severity is how Epic says that a search found nothing.
    A page with a next one is no list, whatever other list of that type there is, unless its link
    is among those that were `followed`. `keys` are the types that a key is about.
    """
    found = {name for key in decoded.nulls for name in keys.get(key, ())}
    for bundle in decoded.bundles:
        found.update(_of_bundle(bundle, decoded, keys))
    found.update(_alone(decoded))
    cut_off = {
        name
        for bundle in decoded.bundles
        if bundle.next_link and bundle.next_link not in followed
        for name in bundle.types | _meant(bundle, keys)
    }
    return frozenset(found - cut_off - all_unreadable(decoded) - {OUTCOME, "Bundle"})


def open_links(decoded: Decoded) -> dict[str, frozenset[str]]:
    """Where the pages go on that were sent without their next one: the link, and its types."""
    found: dict[str, frozenset[str]] = {}
    for bundle in decoded.bundles:
        if bundle.next_link:
            before = found.get(bundle.next_link, frozenset())
            found[bundle.next_link] = before | _meant(bundle, KEYS)
    return found


def _meant(bundle: BundleInfo, keys: Keys) -> frozenset[str]:
    """The types that a page is about: as its links say, or its key, or by what is in it.

    What a search merely includes (an encounter beside its observations) has its own list.
    """
    links = (bundle.self_link or "", bundle.next_link or "")
    searched = {name for link in links for name in _searched(link)}
    return (
        frozenset(searched & _TYPES)
        or frozenset(keys.get(bundle.key, ()))
        or bundle.types - {OUTCOME}
    )


def all_unreadable(decoded: Decoded) -> frozenset[str]:
    """The types of which something was sent and nothing could be read."""
    broken = {one.resource_type for one in decoded.unreadable if one.resource_type}
    return frozenset(broken - {entry.resource.resource_type for entry in decoded.entries})


def _alone(decoded: Decoded) -> Iterator[str]:
    """Resources that are a whole value."""
    bundled = {bundle.key for bundle in decoded.bundles}
    for entry in decoded.entries:
        if entry.key not in bundled:
            yield entry.resource.resource_type


def _of_bundle(bundle: BundleInfo, decoded: Decoded, keys: Keys) -> Iterator[str]:
    if not FAILED.isdisjoint(bundle.outcomes):
        return
    yield from bundle.types
    if _is_empty(bundle, decoded):
        yield from _searched(bundle.self_link or "")
        yield from keys.get(bundle.key, ())


def _is_empty(bundle: BundleInfo, decoded: Decoded) -> bool:
    """Whether it says that there is nothing: no resource, no broken entry, no total but zero."""
    nothing = bundle.types <= {OUTCOME} and not bundle.bare and not bundle.total
    return nothing and not _has_broken_entries(bundle, decoded)


def _has_broken_entries(bundle: BundleInfo, decoded: Decoded) -> bool:
    broken: Iterable[str] = (one.reference for one in decoded.unreadable)
    return any(place.startswith((bundle.key + ".", "entry[")) for place in broken)


def _searched(url: str) -> Iterator[str]:
    """The type that a search asked for: `[base]/Condition?…` or `[base]/Condition/_search…`."""
    match = _SEARCHED.search(url)
    if match:
        yield match[1]
