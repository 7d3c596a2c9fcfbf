"""Values that nobody expects where they stand."""

from __future__ import annotations

import math
from random import Random
from typing import Any

_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.1, -0.0, 2**31, 2**53 + 1, 2**63, -(2**64), 10**400,
    1e308, 5e-324, math.nan, math.inf, -math.inf,
    "", " ", "0", "null", "NaN", "true", "\x00", "\x1b[31m", "\r\nX-Injected: 1", "\ud800",
    "a\udfffb", "\u202e", "\ufeff", "\u00e9" * 10, "e\u0301", "\U0001f9e0", "İ", "ß", "ﬁ",
    "<script>alert(1)</script>", "'; DROP TABLE feedback; --", "../../etc/passwd", "{{7*7}}",
    "%s%n", "[a](javascript:x)", "| - | `", "Patient/", "Patient/fuzz-1", "#", "urn:uuid:",
    "2026", "2026-13-45", "2026-02-30", "0000-01-01", "9999-12-31T23:59:60Z",
    "2026-11-26T24:00:00Z",
    "2026-11-26T10:00:00+99:99", "-2026-01-01", "\uff12026-11-26", "1e5", "+5", "1,5",
    [], {}, [[]], [{}], [None], {"": None}, [[[[]]]], {"resourceType": "Bundle"},
    {"resourceType": 5}, {"coding": "x"}, {"coding": [[]]}, {"value": {"value": 1}},
    {"reference": ["Patient/fuzz-1"]}, {"extension": [{"url": "x"}]},
)  # fmt: skip
_LONG = 20_000
_DEEP = (3, 30, 90, 200)


def odd(draw: Random) -> Any:
    """One of them; now and then a very long or a very deep one."""
    kind = draw.random()
    if kind < 0.03:
        return draw.choice(("x", "no ", "numbness ", "é", "\n", "1", "( ", "<")) * _LONG
    if kind < 0.06:
        return deep(draw.choice(_DEEP), draw.choice(("list", "object")))
    if kind < 0.08:
        return [{"code": {"text": str(place)}} for place in range(300)]
    return copied(draw.choice(_ODD))


def deep(levels: int, kind: str) -> Any:
    """Lists or objects in each other."""
    found: Any = "x"
    for _ in range(levels):
        found = [found] if kind == "list" else {"resource": found}
    return found


def copied(value: Any) -> Any:
    """The same once more, that may be changed alone."""
    if isinstance(value, dict):
        return {name: copied(one) for name, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value
