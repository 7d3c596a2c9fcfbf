"""The bytes of a request: written down carelessly, and broken on the way."""

from __future__ import annotations

import gzip
import json
from random import Random
from typing import Any


def encode(draw: Random, document: Any) -> bytes:
    """As JSON, or as what Python and other careless writers take for JSON."""
    plain = draw.random() < 0.8
    text = json.dumps(document, ensure_ascii=plain, indent=1 if draw.random() < 0.02 else None)
    return text.encode("utf-8", "surrogatepass")


def _flip(draw: Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(draw.choice((1, 1, 3, 20))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _truncate(draw: Random, body: bytes) -> bytes:
    return body[: draw.randrange(len(body))]


def _insert(draw: Random, body: bytes) -> bytes:
    where = draw.randrange(len(body))
    return body[:where] + draw.choice(_PIECES) + body[where:]


def _say_twice(draw: Random, body: bytes) -> bytes:
    """A key that stands twice in one object."""
    starts = [place for place, byte in enumerate(body) if byte == ord("{")]
    where = draw.choice(starts or [0]) + 1
    return body[:where] + draw.choice(_KEYS) + body[where:]


def _number(draw: Random, body: bytes) -> bytes:
    """A number that no float holds, in the place of a text."""
    quotes = [place for place, byte in enumerate(body) if byte == ord('"')]
    if len(quotes) < 2:
        return body
    at = draw.randrange(0, len(quotes) // 2) * 2
    return body[: quotes[at]] + draw.choice(_NUMBERS) + body[quotes[at + 1] + 1 :]


def _deepen(draw: Random, body: bytes) -> bytes:
    """Lists in each other, far deeper than anybody reads, in some object."""
    starts = [place for place, byte in enumerate(body) if byte == ord("{")]
    where = draw.choice(starts or [0]) + 1
    levels = draw.choice((500, 990, 5000))
    name = draw.choice((b'"x":', b'"code":', b'"entry":', b'"extension":', b'"prefetch":'))
    return body[:where] + name + b"[" * levels + b"]" * levels + b"," + body[where:]


def _wrap(draw: Random, body: bytes) -> bytes:
    levels = draw.choice((1, 50, 1000, 100_000))
    return b"[" * levels + body + b"]" * draw.choice((levels, 0))


def _recode(draw: Random, body: bytes) -> bytes:
    text = body.decode("utf-8", "replace")
    return text.encode(draw.choice(("utf-16", "utf-8-sig", "utf-32-le", "utf-7")))


_PIECES = (b"\x00", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"NaN", b"-Infinity", b"{", b"]", b",",
           b'"', b"\\", b"\\u", b"\\ud800", b"/*x*/", b"\r\n\r\n", b"1e999",
           b"0x10", b"'")  # fmt: skip
_KEYS = (b'"hook":"patient-view",', b'"id":"x","id":"y",', b'"resourceType":"Bundle",',
         b'"context":{"patientId":"other"},', b'"":0,"":0,', b'"prefetch":null,')  # fmt: skip
_NUMBERS = (b"1e999", b"-1e-999", b"0.1e+", b"9" * 5000, b"1." + b"0" * 5000, b"01", b"-", b"NaN",
            b"Infinity", b"1E400")  # fmt: skip
_DAMAGES = (_flip, _flip, _truncate, _insert, _insert, _say_twice, _number, _number, _wrap, _recode,
            _deepen)  # fmt: skip


def damage(draw: Random, body: bytes) -> bytes:
    """Break the bytes of a body."""
    return draw.choice(_DAMAGES)(draw, body) if body else body


def pack(draw: Random, body: bytes) -> bytes:
    """By gzip; now and then broken off or with something behind it."""
    packed = gzip.compress(body, compresslevel=1, mtime=0)
    return draw.choice((packed, packed, packed, packed[:-3], packed + b"x", packed * 2))
