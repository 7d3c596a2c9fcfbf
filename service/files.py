"""A patient's file on the command line: what it is, whose it is, which lists it supplies."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from knowledge.chart.mend import READ_TYPES
from service.discovery import KEYS
from service.errors import Problem, refuse
from service.hooks import HOOK, HOOKS, HookRequest, read_request

STDIN = "-"
CHART_TYPES = READ_TYPES - {"Medication"}
"""What makes a file a chart; a Bundle of anything else is none."""

ALL_LISTS = frozenset(name for names in KEYS.values() for name in names)
Json = dict[str, Any]


def read_bytes(name: str) -> bytes:
    """The file's content; `-` is standard input.

    Raises:
        Problem: 400, the file cannot be opened.
    """
    try:
        return sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except OSError as error:
        raise _bad(error.strerror or "cannot be read") from None


def read_file(raw: bytes, patient: str | None, hook: str | None = None) -> HookRequest:
    """A CDS Hooks request, a FHIR Bundle of any type or a single resource, ready to be judged.

    `patient` says who is meant where several are in it; `hook` which one is answered, else that
    of the request, else patient-view.

    Raises:
        Problem: 400, it is no chart or of no single patient; the text says so in one line.
    """
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    document = _parse(raw)
    if "hook" in document or "hookInstance" in document:
        return _meant(read_request(raw, hook or _hook_of(document)), patient)
    resources = list(_resources(document))
    if not any(_kind(one) in CHART_TYPES for one, _ in resources):
        raise _bad(f"no chart: {_what_it_is(document)}")
    return HookRequest(
        patient_id=_whose(resources, patient),
        prefetch={"file": raw},
        hook=hook or HOOK,
        supplied=ALL_LISTS if _whole_chart(document) else None,
    )


def _hook_of(document: Json) -> str:
    own = document.get("hook")
    return own if own in HOOKS else HOOK


def _parse(raw: bytes) -> Json:
    if raw.lstrip()[:1] == b"<":
        raise _bad("no chart: XML is not read; send FHIR as JSON")
    document = _document(raw)
    if document is None:
        raise _bad("no chart: not valid JSON")
    if not isinstance(document, dict) or not ("hook" in document or _kind(document)):
        raise _bad("no chart: neither a FHIR resource nor a CDS Hooks request")
    return document


def _document(raw: bytes) -> Any:
    """The parsed file, None if it is no JSON; a lone surrogate or NaN in it is forgiven."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(raw.decode("utf-8", "replace"), parse_int=float)
    except (ValueError, RecursionError):
        return None


def _resources(document: Json) -> Iterator[tuple[Json, str]]:
    """Every resource with its fullUrl, those of Bundles within Bundles included."""
    if _kind(document) != "Bundle":
        yield document, ""
        return
    entries = document.get("entry")
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict) or not isinstance(entry.get("resource"), dict):
            continue
        resource = entry["resource"]
        if _kind(resource) == "Bundle":
            yield from _resources(resource)
        else:
            yield resource, str(entry.get("fullUrl") or "")


def _whole_chart(document: Json) -> bool:
    """Whether what it does not hold is not there: any Bundle but the answer to one search."""
    if _kind(document) != "Bundle":
        return False
    types = {_kind(resource) for resource, _ in _resources(document)} - {"OperationOutcome"}
    return document.get("type") != "searchset" or ("Patient" in types and len(types) > 1)


def _whose(resources: list[tuple[Json, str]], patient: str | None) -> str:
    patients = {_own_id(one, url) for one, url in resources if _kind(one) == "Patient"} - {""}
    meant = (patient or "").removeprefix("Patient/").removeprefix("urn:uuid:")
    if meant:
        if patients and meant not in patients:
            raise _bad(f"the patient of --patient is not among the {len(patients)} in it")
        return meant
    named = patients or {name for one, _ in resources if (name := _subject(one))}
    if len(named) == 1:
        return named.pop()
    if named:
        raise _bad(f"{len(named)} patients are in it; say who is meant with --patient ID")
    raise _bad("it names no patient; say who is meant with --patient ID")


def _own_id(resource: Json, url: str) -> str:
    own = resource.get("id")
    return own if isinstance(own, str) and own else _last(url)


def _subject(resource: Json) -> str:
    for field in ("subject", "patient"):
        reference = resource.get(field)
        text = reference.get("reference") if isinstance(reference, dict) else None
        if isinstance(text, str) and ("Patient/" in text or text.startswith("urn:uuid:")):
            return _last(text.partition("/_history/")[0])
    return ""


def _last(url: str) -> str:
    return url.removeprefix("urn:uuid:").rpartition("/")[2]


def _meant(request: HookRequest, patient: str | None) -> HookRequest:
    if patient and patient.removeprefix("Patient/") != request.patient_id:
        raise _bad("the request is about another patient than --patient")
    return request


def _what_it_is(document: Json) -> str:
    kind = _kind(document)
    if kind != "Bundle":
        return f"a single {kind}" if kind.isalpha() else "not a FHIR resource"
    types = sorted({_kind(one) for one, _ in _resources(document)} - {""})
    shown = [name for name in types if name.isalpha()]
    return f"a Bundle of {', '.join(shown)}" if shown else "a Bundle without resources"


def _kind(resource: Mapping[str, Any]) -> str:
    kind = resource.get("resourceType")
    return kind if isinstance(kind, str) else ""


def _bad(text: str) -> Problem:
    return refuse(HTTPStatus.BAD_REQUEST, text)
