"""What a site has set, checked against the knowledge that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from knowledge.language.schema import Parameter


@dataclass(frozen=True, slots=True)
class Change:
    """A number that the site moved: `file` and `parameter` as in `same_as: chart.acute`."""

    file: str
    parameter: str
    was: Parameter
    now: Parameter
    why: str

    @property
    def place(self) -> str:
        """Where the number stands: `chart.acute`."""
        return f"{self.file}.{self.parameter}"


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """A criterion that does not judge at this site; of an emergency, `why` is never None."""

    criterion: str
    why: str | None


@dataclass(frozen=True, slots=True)
class Silenced:
    """A criterion that judges, and no card speaks of it; of an emergency, `why` is never None."""

    criterion: str
    why: str | None


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who takes responsibility for a criterion at this site, as it stood in that version."""

    criterion: str
    version: int
    who: str
    role: str
    date: date


@dataclass(frozen=True, slots=True)
class LocalCode:
    """A code of the site's own, and the value set that it joins."""

    system: str
    code: str
    display: str
    value_set: str
    why: str


@dataclass(frozen=True, slots=True)
class OrderCode:
    """The site's own orderable; it stands first in the draft order, or `alone`."""

    order: str
    system: str
    code: str
    display: str
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Phone:
    """Whom to call from a card; where `criteria` is empty, from every pressing one."""

    who: str
    number: str
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that a site has set. `er`: its name for the emergency department."""

    name: str
    changes: tuple[Change, ...] = ()
    off: Mapping[str, SwitchedOff] = field(default_factory=dict)
    silent: Mapping[str, Silenced] = field(default_factory=dict)
    sign_offs: tuple[SignOff, ...] = ()
    codes: tuple[LocalCode, ...] = ()
    orders: tuple[OrderCode, ...] = ()
    phones: tuple[Phone, ...] = ()
    er: str | None = None

    def order_codes(self, order: str) -> tuple[OrderCode, ...]:
        """The site's own codes for an order."""
        return tuple(one for one in self.orders if one.order == order)
