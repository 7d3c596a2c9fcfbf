"""What can change an answer or a card, as fingerprints: of each part, and of each criterion.

Left out are examples, comments, notes, origins and the steps by which checks move numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from knowledge.checks.release.telling import Teller
from knowledge.checks.shelf import Shelf

_SIZE = 10
SHARED = "shared/"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The fingerprints of a folder.

    `parts`: of findings, value sets, orders, sources and of what all share, by `kind/id`.
    `own`: of each criterion's file; `reach`: the parts that each criterion comes to.
    """

    parts: Mapping[str, str]
    own: Mapping[str, str]
    reach: Mapping[str, tuple[str, ...]]

    def whole(self, criterion: str) -> str:
        """The fingerprint of everything that a criterion's own answers and cards rest on."""
        told = {name: self.parts.get(name, "") for name in self.reach[criterion]}
        return fingerprint([self.own[criterion], told])


def fingerprint(meaning: object) -> str:
    """The same on every machine: of JSON in ASCII with sorted keys."""
    text = json.dumps(
        meaning, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str
    )
    return blake2b(text.encode("ascii"), digest_size=_SIZE).hexdigest()


def meaning_of(shelf: Shelf) -> Meaning:
    """The fingerprints of everything on a shelf."""
    teller = Teller(shelf)
    return Meaning(
        {name: fingerprint(told) for name, told in _parts(teller)},
        {name: fingerprint(teller.criterion(one)) for name, one in shelf.criteria.items()},
        {name: tuple(sorted(teller.reach(one))) for name, one in shelf.criteria.items()},
    )


def _parts(teller: Teller) -> Iterator[tuple[str, object]]:
    shelf = teller.shelf
    for name, finding in shelf.findings.items():
        yield f"findings/{name}", teller.finding(finding)
    for name in shelf.lists:
        yield f"valuesets/{name}", teller.value_set(name)
    for order in teller.orders:
        yield f"orders/{order['id']}", order
    for name, source in shelf.sources.items():
        yield f"sources/{name}", [source.title, source.publisher, source.published, source.url]
    for name, told in teller.shared():
        yield SHARED + name, told
