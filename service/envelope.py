"""What two readers of one request could understand in two ways is refused (RFC 8259).

Keys that stand twice, numbers that are none and broken letters are refused in the envelope;
inside a resource they are the affair of whoever reads the chart.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from knowledge.chart.decode import NotJson, load
from knowledge.giving_up import GoOn, simply

TWICE = "A key stands twice in the request."
NOT_A_NUMBER = "A number in the request is none that JSON knows."
BROKEN_TEXT = "A text in the request is not valid UTF-8."

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_BEGINNING = 100
"""Bytes that tell a part from most others."""

_TRIES = 10
Json = dict[str, Any]
Pairs = list[tuple[str, Any]]


class Unclear(ValueError):
    """The envelope can be read in two ways; the message holds no content."""


class _Twice(Json):
    """An object of which a key stood twice."""


class _NoNumber(float):
    """NaN and its kin, which JSON does not know."""


def check_envelope(body: bytes, parts: Sequence[Any], go_on: GoOn = simply) -> None:
    """Refuse what is unclear outside of `parts`: the resources, in the body's order.

    `go_on` is called again and again, for what is no resource may be large all the same.

    Raises:
        Unclear: and says in which way.
    """
    text = _without(body, [bytes(part) for part in parts], go_on)
    once = _asking(go_on, _once)
    try:
        json.loads(
            text,
            object_pairs_hook=once,
            parse_constant=_no_constant,
            parse_int=str,  # the values are not used; Python refuses an integer of 4301 digits
            parse_float=str,
        )
    except UnicodeDecodeError:
        raise Unclear(BROKEN_TEXT) from None
    except json.JSONDecodeError:  # a part was cut out elsewhere, where the same stands in a text
        split_loosely(body, go_on)


def split_loosely(body: bytes, go_on: GoOn = simply) -> Json:
    """The request as plain values, whatever is wrong in one of its resources.

    Raises:
        NotJson: the body cannot be parsed or is no object.
        Unclear: its envelope can be read in two ways.
    """
    document = load(body, _asking(go_on, _pairs), _NoNumber)
    if not isinstance(document, dict):
        raise NotJson("not an object")
    valid = _is_utf8(body)
    for one in _envelope(document):
        go_on()
        _ensure_clear(one, valid)
    return document


def _envelope(document: Json) -> list[Any]:
    """The objects of the envelope, none of them with the resources that it carries."""
    context, prefetch = document.get("context"), document.get("prefetch")
    found: list[Any] = [_but(document, ("context", "prefetch")), prefetch]
    found.append(_but(context, ("draftOrders",)) if isinstance(context, dict) else context)
    if isinstance(prefetch, dict):
        found[1] = type(prefetch)(dict.fromkeys(prefetch))
    return found


def _but(document: Json, left_out: tuple[str, ...]) -> Json:
    kind = type(document)
    return kind({name: value for name, value in document.items() if name not in left_out})


def _ensure_clear(value: Any, valid: bool) -> None:
    """Refuse a part of the envelope that is unclear, however deep."""
    if isinstance(value, _Twice):
        raise Unclear(TWICE)
    if isinstance(value, dict):
        for name, one in value.items():
            _ensure_clear(name, valid)
            _ensure_clear(one, valid)
    elif isinstance(value, list):
        for one in value:
            _ensure_clear(one, valid)
    elif isinstance(value, str):
        _ensure_text(value, valid)
    elif isinstance(value, _NoNumber):
        raise Unclear(NOT_A_NUMBER)


def _ensure_text(text: str, valid: bool) -> None:
    """`valid`: nothing was put in place of broken letters."""
    if _REPLACED in text and not valid:
        raise Unclear(BROKEN_TEXT)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unclear(BROKEN_TEXT) from None


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _without(body: bytes, parts: Sequence[bytes], go_on: GoOn) -> bytes:
    """The body with `0` in the place of each part that is found."""
    kept: list[bytes] = []
    done = 0
    for start, end in sorted(_spans(body, parts, go_on)):
        if start >= done:
            kept += [body[done:start], b"0"]
            done = end
    return b"".join([*kept, body[done:]])


def _spans(body: bytes, parts: Sequence[bytes], go_on: GoOn) -> Iterator[tuple[int, int]]:
    """Where the parts stand: each is looked for behind the one before, then from the start."""
    after = 0
    for part in parts:
        go_on()
        if not part.startswith(b"{"):
            continue
        start = _find(body, part, after)
        start = start if start >= 0 else _find(body, part, 0)
        if start >= 0:
            after = start + len(part)
            yield start, after


def _find(body: bytes, part: bytes, after: int) -> int:
    """Where a part stands; -1 where it is not found soon. Faster than `find` for a long part."""
    start = body.find(part[:_BEGINNING], after)
    for _ in range(_TRIES):
        if start < 0 or body.startswith(part, start):
            return start
        start = body.find(part[:_BEGINNING], start + 1)
    return -1


def _asking(go_on: GoOn, make: Callable[[Pairs], Json]) -> Callable[[Pairs], Json]:
    """The same, asking before each object whether to go on."""

    def ask(pairs: Pairs) -> Json:
        go_on()
        return make(pairs)

    return ask


def _once(pairs: Pairs) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unclear(TWICE)
    return found


def _pairs(pairs: Pairs) -> Json:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Twice(found)


def _no_constant(_name: str) -> None:
    raise Unclear(NOT_A_NUMBER)
