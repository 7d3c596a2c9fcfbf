"""The shapes of an account: what the page and the JSON of a criterion both show."""

from __future__ import annotations

import msgspec

from knowledge.explaining.attributes import Attributed
from knowledge.explaining.codes import AskedOf, Listed
from knowledge.explaining.dates import Dates
from knowledge.explaining.examples import Shown
from knowledge.explaining.numbers import Moved, Number
from knowledge.explaining.sources import Told
from knowledge.explaining.tree import Node


class Signed(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Who has taken responsibility for this version at this site."""

    who: str
    role: str
    date: str
    version: int


class Summary(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A criterion in one line. `urgency` is the highest that it can have."""

    id: str
    title: str
    about: str
    version: int
    urgency: str
    group: str
    signed_off: bool
    switched_off: bool
    link: str
    sign_off: Signed | None = None
    switched_off_because: str | None = None
    silent: bool = False
    silent_because: str | None = None
    site_changes: tuple[Moved, ...] = ()


class Card(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """What a card says: first line, steps, orders, what to mind."""

    summary: str
    in_hospital: str | None = None
    do: tuple[str, ...] = ()
    do_in_hospital: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    mind: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """One urgency of a criterion: when, by when, and what the card asks for."""

    urgency: str
    when: Node
    card: Card
    in_words: str | None = None
    clock: str | None = None


class Lower(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """What explains a criterion, or a part of it, away; `to` none is: no card."""

    because: str
    to: str
    kind: str
    when: Node
    part: str | None = None
    card: Card | None = None


class Kept(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What an override with a lasting reason does: for how long, and what the card becomes.

    `reasons`: those that count in words; empty where all that last do.
    """

    urgency: str
    length: str
    becomes: str
    reasons: tuple[str, ...] = ()


class ToAsk(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What the card asks where nobody has answered."""

    finding: str
    words: str


class Term(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A named part that another clause points to."""

    part: str
    words: str
    when: Node


class Account(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Everything that is known of a criterion, in words and for programs."""

    summary: Summary
    excludes: str
    tiers: tuple[Step, ...]
    parts: tuple[Term, ...]
    numbers: tuple[Number, ...]
    lowers: tuple[Lower, ...]
    work_up: str | None
    confirmed_by: Node | None
    quiet: tuple[Kept, ...]
    ask: tuple[ToAsk, ...]
    sources: tuple[Told, ...]
    attributes: tuple[Attributed, ...]
    findings: tuple[AskedOf, ...]
    value_sets: tuple[Listed, ...]
    examples: tuple[Shown, ...]
    dates: Dates
    knowledge_version: str
