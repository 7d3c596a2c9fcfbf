"""JSON that can be read in one way only; what is wrong is told without a word of its content."""

from __future__ import annotations

import json
from typing import Any, NoReturn


class NotExact(ValueError):
    """Not JSON, or JSON that two readers could understand in two ways."""


def read_exactly(content: bytes) -> Any:
    """The value of a JSON text in UTF-8, in which no key stands twice and every number is one.

    Raises:
        NotExact: says what is wrong. It holds nothing of the content, as json's own errors do.
    """
    try:
        return json.loads(content.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except NotExact as error:
        what = str(error)
    except RecursionError:
        what = "is nested too deep"
    except ValueError:
        what = "is not JSON"
    raise NotExact(what)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotExact("has a key that stands twice")
    return found


def _no_number(_name: str) -> NoReturn:
    raise NotExact("has a number that JSON does not know")
