"""A page of a search, or one resource, as a FHIR server sent it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.chart.decode import Decoded, Entry, NotJson, read_body
from service.ehr.gaps import UNREADABLE
from service.ehr.intake import Missed
from service.supplied import FAILED, OUTCOME

PATIENT = "Patient"
SEARCHSET = "searchset"


@dataclass(frozen=True, slots=True)
class Page:
    """What came: its bytes and what was read of them, under a name of its own.

    `next` is the address of the next page as the server gave it. `failed`: it tells of an error,
    so that it is not the whole of what was asked for, whatever else it holds.
    """

    name: str
    body: bytes
    decoded: Decoded
    next: str | None = None
    failed: bool = False

    @property
    def holds_anything(self) -> bool:
        """Whether there is a resource in it, beside the words about the search."""
        return any(entry.resource.resource_type != OUTCOME for entry in self.decoded.entries)


def read_page(name: str, body: bytes) -> Page:
    """A page of a search.

    Raises:
        Missed: it is not JSON, or no Bundle of a search.
    """
    decoded = _read(name, body)
    told = decoded.outcomes.get(name)
    if told is not None:
        raise Missed(UNREADABLE, splits=not FAILED.isdisjoint(told))
    if not decoded.bundles or decoded.bundles[0].type != SEARCHSET:
        raise Missed(UNREADABLE)
    bundle = decoded.bundles[0]
    failed = not FAILED.isdisjoint(bundle.outcomes)
    return Page(name, body, decoded, bundle.next_link or None, failed)


def read_patient(name: str, body: bytes) -> Page:
    """The answer to the reading of a Patient.

    Raises:
        Missed: it is none.
    """
    decoded = _read(name, body)
    kinds = [entry.resource.resource_type for entry in decoded.entries]
    if decoded.bundles or kinds != [PATIENT]:
        raise Missed(UNREADABLE)
    return Page(name, body, decoded)


def _read(name: str, body: bytes) -> Decoded:
    try:
        return read_body(body, name)
    except NotJson:
        pass
    raise Missed(UNREADABLE)


def joined(sent: Decoded, pages: Iterable[Page]) -> Decoded:
    """What was sent and what was fetched, as one chart.

    What is fetched again, word by word as it was sent or as another page had it, stands once.
    """
    parts = [sent, *(page.decoded for page in pages)]
    return Decoded(
        entries=_once(parts),
        unreadable=[one for part in parts for one in part.unreadable],
        bundles=[one for part in parts for one in part.bundles],
        nulls={key for part in parts for key in part.nulls},
        not_fhir={key for part in parts for key in part.not_fhir},
        outcomes={key: told for part in parts for key, told in part.outcomes.items()},
    )


def _once(parts: list[Decoded]) -> list[Entry]:
    kept = list(parts[0].entries)
    seen = {_name(entry): entry for entry in kept}
    for entry in (entry for part in parts[1:] for entry in part.entries):
        before = seen.setdefault(_name(entry), entry)
        if before is entry or not entry.resource.id or before.resource != entry.resource:
            kept.append(entry)
    return kept


def _name(entry: Entry) -> tuple[str, str | None]:
    return entry.resource.resource_type, entry.resource.id
