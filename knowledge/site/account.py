"""What an evaluation says of the site: who signed each criterion off, and what was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knowledge.site.model import Change

if TYPE_CHECKING:
    from knowledge.library import Library

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Account:
    """The site as `/explain` has it, and what it says of each criterion."""

    site: Json | None = None
    criteria: Mapping[str, Json] = field(default_factory=dict)


NOBODY = Account()
"""No site has set anything."""


def account(library: Library) -> Account:
    """What a library's site has set, in the public form of `/explain`."""
    if library.site is None:
        return NOBODY
    return Account(
        {"name": library.site.name}, {name: _criterion(library, name) for name in library.criteria}
    )


def _criterion(library: Library, name: str) -> Json:
    told: Json = {}
    if signed := library.sign_off(name):
        day = signed.date.isoformat()
        told["signedOff"] = {"who": signed.who, "role": signed.role, "date": day}
    site: Json = {}
    if changes := library.changes(name):
        site["parameters"] = [_number(one) for one in changes]
    if off := library.switched_off(name):
        site["switchedOff"] = {"why": off.why} if off.why else {}
    if quiet := library.silenced(name):
        site["silent"] = {"why": quiet.why} if quiet.why else {}
    return told | ({"site": site} if site else {})


def _number(one: Change) -> Json:
    now, was = one.now.amounts, one.was.amounts
    told: Json = {"name": one.place, "value": now[0].value, "unit": now[0].unit}
    told["default"] = was[0].value
    if len(now) > 1:
        told["orIn"] = [{"value": amount.value, "unit": amount.unit} for amount in now[1:]]
    return told | {"why": one.why}
