"""The calls: the nth of a seed is always the same, so that one that failed can be made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from service.discovery import SERVICES
from tests.fuzz.corpus import Corpus, Json
from tests.fuzz.damage import damage, encode, pack
from tests.fuzz.mutations import mutate
from tests.fuzz.odd import odd
from tests.fuzz.requests import addressed, cut_off, told, uuid

_JSON_TYPES = ("application/json", "application/fhir+json", "application/json; charset=utf-8")
_OTHER_TYPES = ("text/plain", "application/x-www-form-urlencoded", "", "json", "a" * 1000,
                "application/json, text/html", "multipart/form-data; boundary=x")  # fmt: skip
_ACCEPTS = ("*/*", "text/html", "application/json", "text/html;q=x", "", ";", "application/xml")
_PATHS = ("/", "/cds-services/other", "/cds-services/%2e%2e", "/cds-services/", "/explain/",
          "/criteria/",
          "/criteria/none", "/criteria/%00", "/criteria/%ff", "/criteria/" + "x" * 3000, "//livez",
          "/criteria?format=xml", "/criteria?format=json", "/criteria/cauda-equina-syndrome",
          "/criteria/changelog.txt", "/criteria/stroke?format=html")  # fmt: skip
_METHODS = ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "POST", "TRACE")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request. `sound`: nothing is wrong with it."""

    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    sound: bool = False


def call(seed: int, index: int, corpus: Corpus) -> Call:
    """The call of this index."""
    draw = Random(f"{seed}:{index}")
    (kind,) = draw.choices(tuple(_KINDS), tuple(_KINDS.values()))
    return kind(draw, corpus)


def _sound(draw: Random, corpus: Corpus) -> Call:
    """An example patient as it stands."""
    found = json.loads(draw.choice(corpus.requests))
    found["hookInstance"] = uuid(draw)
    service = next(name for name, hook in SERVICES.items() if hook == found["hook"])
    return _posted(f"/cds-services/{service}", json.dumps(found).encode(), sound=True)


def _chart(draw: Random, corpus: Corpus) -> Call:
    """A chart that is odd in what it says, and well formed."""
    path, found = addressed(draw, corpus)
    return _posted(path, encode(draw, found))


def _mutated(draw: Random, corpus: Corpus) -> Call:
    path, found = addressed(draw, corpus)
    mutate(draw, found)
    return _posted(path, encode(draw, found))


def _incomplete(draw: Random, corpus: Corpus) -> Call:
    """A request of which the rest is to be asked for at a FHIR server."""
    path, found = addressed(draw, corpus)
    cut_off(draw, found)
    return _posted(path, encode(draw, found))


def _damaged(draw: Random, corpus: Corpus) -> Call:
    path, found = addressed(draw, corpus)
    return _posted(path, damage(draw, encode(draw, found)))


def _packed(draw: Random, corpus: Corpus) -> Call:
    path, found = addressed(draw, corpus)
    headers = {
        "Content-Encoding": draw.choice(("gzip", "gzip", "gzip", "x-gzip", "br", "identity"))
    }
    return _posted(path, pack(draw, encode(draw, found)), headers)


def _mislabelled(draw: Random, corpus: Corpus) -> Call:
    path, found = addressed(draw, corpus)
    headers = {"Content-Type": draw.choice((*_OTHER_TYPES, *_JSON_TYPES))}
    headers["Authorization"] = draw.choice(("Bearer x.y.z", "Basic eDp5", "", "Bearer", "x" * 2000))
    return _posted(path, encode(draw, found), headers)


def _nothing_like_it(draw: Random, corpus: Corpus) -> Call:
    """JSON, but no request; or no JSON."""
    path, _ = addressed(draw, corpus)
    body = draw.choice((encode(draw, odd(draw)), draw.randbytes(draw.randrange(300)), b"", b"{}"))
    return _posted(path, body)


def _feedback(draw: Random, corpus: Corpus) -> Call:
    entries = [told(draw, corpus) for _ in range(draw.choice((0, 1, 1, 1, 3)))]
    found: Json = {"feedback": entries}
    if draw.random() < 0.7:
        mutate(draw, found)
    body = encode(draw, found)
    if draw.random() < 0.1:
        body = damage(draw, body)
    return _posted(f"/cds-services/{draw.choice(tuple(SERVICES))}/feedback", body)


def _looked(draw: Random, _corpus: Corpus) -> Call:
    """What is read: discovery, criteria, health, figures, the description."""
    path = draw.choice(
        ("/cds-services", "/criteria", "/livez", "/readyz", "/metrics", "/openapi.json", *_PATHS)
    )
    headers = {"Accept": draw.choice(_ACCEPTS)}
    if draw.random() < 0.2:
        headers["If-None-Match"] = draw.choice(("*", '"x"', "", 'W/"x", *', '"'))
    return Call("GET", path, None, headers)


def _misused(draw: Random, corpus: Corpus) -> Call:
    """Another method, or another address."""
    path, _ = addressed(draw, corpus)
    address = draw.choice((path, *_PATHS, "/cds-services", "/livez"))
    headers = draw.choice(
        ({}, {"Origin": "http://localhost:1"}, {"Access-Control-Request-Method": "POST"})
    )
    return Call(draw.choice(_METHODS), address, None, headers)


def _posted(
    path: str, body: bytes, headers: dict[str, str] | None = None, sound: bool = False
) -> Call:
    return Call("POST", path, body, {"Content-Type": _JSON_TYPES[0]} | (headers or {}), sound)


_KINDS: dict[Callable[[Random, Corpus], Call], float] = {
    _sound: 2,
    _chart: 12,
    _mutated: 20,
    _incomplete: 6,
    _damaged: 8,
    _packed: 4,
    _mislabelled: 4,
    _nothing_like_it: 8,
    _feedback: 22,
    _looked: 10,
    _misused: 4,
}
"""Each kind of call, and how many of a hundred are of it: whole charts take the time."""
