"""From what an EHR sends to resources, one broken resource never spoiling the others.

A value is decoded as a whole by msgspec. Where that fails, it is read again by the standard
library and each of its resources alone (see `mend`); what cannot be read is listed with the
reason, which names fields and never repeats content.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from knowledge.chart.fhir import Resource
from knowledge.chart.mend import UnfitError, mend
from knowledge.giving_up import GoOn, simply

NO_TYPE: Final = "no resourceType"
NOT_AN_OBJECT: Final = "not an object"
NOT_JSON: Final = "not JSON"
TOO_DEEP: Final = "nested too deeply"
NOT_VALID: Final = "not valid FHIR: "

_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}")
_LONGEST_INT: Final = 1000
_BYTES: Final = (bytes, bytearray, memoryview, msgspec.Raw)
_HEADER: Final = ("resourceType", "type", "total", "link")
"""What is read of a Bundle besides its entries: an odd id of it costs nothing."""
_RESOURCE: Final[msgspec.json.Decoder[Resource | None]] = msgspec.json.Decoder(Resource | None)


class NotJson(ValueError):
    """The document is not JSON, or not of the kind asked for; the message holds no content."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A resource with where it came from.

    `key` is its prefetch key; `partly` names the fields that could not be read (paths in FHIR
    names, such as `onsetDateTime` or `code.coding[0].version`).
    """

    resource: Resource
    full_url: str | None
    key: str
    partly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A resource (or a whole value, then `reference` is its key) that could not be read.

    `why` is one of this module's constants; `NOT_VALID` is followed by the path of the field.
    """

    reference: str
    resource_type: str | None
    why: str


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """A Bundle's own words: outer Bundles come before the ones nested in them.

    `types` are the resource types of its entries, `outcomes` the severities of the issues in its
    OperationOutcome entries ("" where an issue has none), `bare` the number of its entries that
    hold no resource.
    """

    key: str
    type: str | None
    total: int | None
    self_link: str | None
    next_link: str | None
    types: frozenset[str]
    outcomes: tuple[str, ...]
    bare: int = 0


@dataclass(frozen=True, slots=True)
class Decoded:
    """All that was read.

    `nulls` are keys whose value was null, `not_fhir` keys whose value is JSON but no resource,
    `outcomes` the severities for keys whose whole value is an OperationOutcome.
    """

    entries: list[Entry] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    bundles: list[BundleInfo] = field(default_factory=list)
    nulls: set[str] = field(default_factory=set)
    not_fhir: set[str] = field(default_factory=set)
    outcomes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read_values(values: Mapping[str, Any], go_on: GoOn = simply) -> Decoded:
    """The resources of the prefetch values: JSON (bytes, `msgspec.Raw`) or parsed already.

    `go_on` is asked before each value, and before each resource that has to be read alone.
    Raises nothing else: a value that cannot be read at all is listed as unreadable under its key.
    """
    decoded = Decoded()
    for key, value in values.items():
        go_on()
        try:
            _read_value(key, value, decoded, go_on)
        except NotJson as error:
            decoded.unreadable.append(Unreadable(key, None, str(error)))
    return decoded


def read_body(body: bytes, key: str = "") -> Decoded:
    """The resources of one document: a Bundle or a single resource.

    Raises NotJson where the document cannot be parsed.
    """
    decoded = Decoded()
    _read_value(key, body, decoded)
    return decoded


def _read_value(key: str, value: Any, decoded: Decoded, go_on: GoOn = simply) -> None:
    attempt = Decoded()
    try:
        if not _read_quickly(key, value, attempt):
            document = load(value) if isinstance(value, _BYTES) else value
            _take_document(key, document, attempt, go_on)
    except RecursionError:
        attempt = Decoded(unreadable=[Unreadable(key, None, TOO_DEEP)])
    _merge(attempt, decoded)


def _read_quickly(key: str, value: Any, decoded: Decoded) -> bool:
    """Whether msgspec could read the whole value."""
    if not isinstance(value, _BYTES):
        return False
    try:
        resource = _RESOURCE.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    _take_value(key, resource, decoded)
    return True


def _merge(attempt: Decoded, decoded: Decoded) -> None:
    decoded.entries.extend(attempt.entries)
    decoded.unreadable.extend(attempt.unreadable)
    decoded.bundles.extend(attempt.bundles)
    decoded.nulls.update(attempt.nulls)
    decoded.not_fhir.update(attempt.not_fhir)
    decoded.outcomes.update(attempt.outcomes)


# The quick way: msgspec has decoded the whole value.


def _take_value(key: str, resource: Resource | None, decoded: Decoded) -> None:
    if resource is None:
        decoded.nulls.add(key)
    elif not resource.resource_type:
        decoded.not_fhir.add(key)
    elif resource.resource_type == "Bundle":
        _take_bundle(key, resource, key, decoded)
    else:
        _take_single(key, Entry(resource, None, key), decoded)


def _take_single(key: str, entry: Entry, decoded: Decoded) -> None:
    decoded.entries.append(entry)
    if entry.resource.resource_type == "OperationOutcome":
        decoded.outcomes[key] = _severities(entry.resource)


def _take_bundle(key: str, bundle: Resource, where: str, decoded: Decoded) -> None:
    inside = [one.resource for one in bundle.entry if one.resource is not None]
    decoded.bundles.append(_describe(key, bundle, inside, len(bundle.entry) - len(inside)))
    for place, one in enumerate(bundle.entry):
        resource = one.resource
        if resource is None:
            continue
        if resource.resource_type == "Bundle":
            _take_bundle(key, resource, _place(where, place), decoded)
        elif resource.resource_type:
            decoded.entries.append(Entry(resource, one.full_url, key))
        else:
            decoded.unreadable.append(Unreadable(_place(where, place), None, NO_TYPE))


def _describe(key: str, bundle: Resource, inside: list[Resource], bare: int) -> BundleInfo:
    links = {link.relation: link.url for link in reversed(bundle.link)}
    outcomes = (one for one in inside if one.resource_type == "OperationOutcome")
    return BundleInfo(
        key=key,
        type=bundle.type if isinstance(bundle.type, str) else None,
        total=bundle.total,
        self_link=links.get("self"),
        next_link=links.get("next"),
        types=frozenset(one.resource_type for one in inside if one.resource_type),
        outcomes=tuple(severity for one in outcomes for severity in _severities(one)),
        bare=bare,
    )


def _severities(outcome: Resource) -> tuple[str, ...]:
    return tuple(issue.severity or "" for issue in outcome.issue)


def _place(where: str, place: int) -> str:
    return f"{where}.entry[{place}]" if where else f"entry[{place}]"


# The careful way: each resource alone.


def _take_document(key: str, document: Any, decoded: Decoded, go_on: GoOn) -> None:
    if document is None:
        decoded.nulls.add(key)
    elif not isinstance(document, Mapping) or not document.get("resourceType"):
        decoded.not_fhir.add(key)
    elif document["resourceType"] == "Bundle":
        _open(key, document, key, decoded, go_on)
    else:
        entry = _mended(key, document, None, key, decoded)
        if entry is not None:
            _take_single(key, entry, decoded)


def _open(key: str, bundle: Mapping[str, Any], where: str, decoded: Decoded, go_on: GoOn) -> None:
    """Read a Bundle entry by entry."""
    header, _ = mend({name: bundle[name] for name in _HEADER if name in bundle})
    rows = bundle.get("entry")
    rows = rows if isinstance(rows, list) else [] if rows is None else [rows]
    here = len(decoded.bundles)
    inside: list[Resource] = []
    for place, row in enumerate(rows):
        go_on()
        entry = _take_row(key, row, _place(where, place), decoded, go_on)
        if entry is not None:
            decoded.entries.append(entry)
            inside.append(entry.resource)
    bare = sum(isinstance(row, Mapping) and row.get("resource") is None for row in rows)
    decoded.bundles.insert(here, _describe(key, header, inside, bare))


def _take_row(key: str, row: Any, where: str, decoded: Decoded, go_on: GoOn) -> Entry | None:
    """One entry of a Bundle; None where it has no resource, or one that is dealt with."""
    resource = row.get("resource") if isinstance(row, Mapping) else row
    if resource is None and isinstance(row, Mapping):
        return None
    if not isinstance(row, Mapping) or not isinstance(resource, Mapping):
        decoded.unreadable.append(Unreadable(where, None, NOT_AN_OBJECT))
        return None
    if resource.get("resourceType") == "Bundle":
        _open(key, resource, where, decoded, go_on)
        return None
    url = row.get("fullUrl")
    return _mended(key, resource, url if isinstance(url, str) else None, where, decoded)


def _mended(
    key: str, document: Mapping[str, Any], full_url: str | None, where: str, decoded: Decoded
) -> Entry | None:
    kind = document.get("resourceType")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        decoded.unreadable.append(Unreadable(where, None, NO_TYPE))
        return None
    quick = _quick(document)
    if quick is not None:
        return Entry(quick, full_url, key)
    try:
        resource, partly = mend(document)
    except UnfitError as error:
        why = NOT_VALID + error.path
    except RecursionError:
        why = TOO_DEEP
    else:
        return Entry(resource, full_url, key, partly)
    decoded.unreadable.append(Unreadable(_name(kind, document, where), kind, why))
    return None


def _quick(document: Mapping[str, Any]) -> Resource | None:
    """The resource if it is valid as it stands, without NaN and lone surrogates."""
    try:
        return _RESOURCE.decode(json.dumps(document, allow_nan=False, ensure_ascii=False).encode())
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return None


def _name(kind: str, document: Mapping[str, Any], where: str) -> str:
    """`Type/id`, or the place in the document where the id is none that FHIR allows."""
    own = document.get("id")
    return f"{kind}/{own}" if isinstance(own, str) and _ID.fullmatch(own) else where


def load(
    body: Any,
    pairs: Callable[[list[tuple[str, Any]]], Any] | None = None,
    constant: Callable[[str], Any] | None = None,
) -> Any:
    """The document by the standard library, which forgives lone surrogates, NaN and 1e400.

    `pairs` makes an object of its pairs of key and value, `constant` a value of NaN and its kin.

    Raises NotJson outside of the handlers, so that no error holds on to the body.
    """
    why = NOT_JSON
    try:
        text = bytes(body).decode("utf-8-sig", "replace")
        return json.loads(
            text, parse_int=_integer, object_pairs_hook=pairs, parse_constant=constant
        )
    except RecursionError:
        why = TOO_DEEP
    except ValueError:
        pass
    raise NotJson(why)


def _integer(digits: str) -> int | float:
    """An integer; one of absurd length is infinite, where Python would refuse the document."""
    return int(digits) if len(digits) < _LONGEST_INT else math.inf
