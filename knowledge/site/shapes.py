"""The shape of a site's files: each described once, no unknown keys."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from knowledge.language.schema import Amount, Name, Shape

SITE = "site.yaml"
CODES = "codes.yaml"
ORDERS = "orders.yaml"
SIGN_OFFS = "sign-offs.yaml"

_MARKUP = re.compile(r"[\\`*_\[\]{}<>|~#\n]")
_SENTENCE = 2 * 10
_URI = r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$"
_CODE = r"^\S+( \S+)*$"


def _plain(text: str) -> str:
    """Words that stand on a card as they are."""
    if _MARKUP.search(text):
        raise ValueError("has a character that would be markup on a card")
    return text


def _told(text: str) -> str:
    """A reason that somebody else can weigh."""
    if len(text) < _SENTENCE or " " not in text:
        raise ValueError(f"is no reason: write a sentence, of at least {_SENTENCE} letters")
    return text


def _dated(raw: object) -> object:
    """A date as people write it; of a bare number pydantic would make a moment of 1970."""
    if isinstance(raw, str | date):
        return raw
    raise ValueError("is no date such as 2026-10-31")


Plain = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_plain)]
Reason = Annotated[str, AfterValidator(_told)]
Place = Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")]
Day = Annotated[date, BeforeValidator(_dated)]


class NumberShape(Shape):
    """A number moved, in each of the units that it has in the knowledge."""

    value: float
    unit: str
    or_in: tuple[Amount, ...] = ()
    why: Reason


class OffShape(Shape):
    """A criterion switched off; of an emergency, `why` is needed."""

    criterion: Name
    why: Reason | None = None


class SilentShape(Shape):
    """A criterion that is judged, and no card speaks of it; of an emergency, `why` is needed."""

    criterion: Name
    why: Reason | None = None


class PhoneShape(Shape):
    """Whom to call, from all pressing cards or from those of the named criteria."""

    who: Plain
    number: Annotated[Plain, Field(pattern=r"[0-9]")]
    criteria: tuple[Name, ...] = ()


class SiteShape(Shape):
    """`site.yaml`: which site this is, and what it changes. `er`: its name for the ER."""

    site: Plain
    er: Plain | None = None
    parameters: dict[Place, NumberShape] = Field(default_factory=dict)
    switched_off: tuple[OffShape, ...] = ()
    silent: tuple[SilentShape, ...] = ()
    phones: tuple[PhoneShape, ...] = ()


class CodeShape(Shape):
    """A code of the site's own, the value set that it joins, and why."""

    value_set: Name
    system: str = Field(pattern=_URI)
    code: str = Field(pattern=_CODE)
    display: str = Field(min_length=1)
    why: Reason


class CodesShape(Shape):
    """`codes.yaml`."""

    codes: tuple[CodeShape, ...]


class OrderCodingShape(Shape):
    """An orderable of the site's own."""

    system: str = Field(pattern=_URI)
    code: str = Field(pattern=_CODE)
    display: str = Field(min_length=1)


class OrderShape(Shape):
    """The site's codes for one order; `alone`: the standard codes are not sent beside them."""

    codings: tuple[OrderCodingShape, ...] = Field(min_length=1)
    alone: bool = False


class OrdersShape(Shape):
    """`orders.yaml`: by the ids of the orders that cards offer."""

    orders: dict[Name, OrderShape]


class SignOffShape(Shape):
    """Who answers for which version of a criterion, since when."""

    criterion: Name
    version: int = Field(ge=1)
    who: Plain
    role: Plain
    date: Day


class SignOffsShape(Shape):
    """`sign-offs.yaml`."""

    sign_offs: tuple[SignOffShape, ...]
