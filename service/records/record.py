"""What is kept of one call: what was found and said, and of the patient only a keyed hash."""

from __future__ import annotations

from typing import Any

import msgspec


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """One criterion that was met or unknown: `outcome` is one of these two words.

    `missing` names the findings for want of which it is unknown. `held_back_by`: see `Judged`.
    """

    criterion: str
    version: int
    outcome: str
    urgency: str | None = None
    missing: tuple[str, ...] = ()
    held_back_by: tuple[str, ...] = ()


class Card(msgspec.Struct, frozen=True, omit_defaults=True):
    """One card: what leads it (the id of a criterion, or its topic's name) and how loud it is.

    `says` holds for each criterion on it what `knowledge.quieting` compares later. `shown` is
    False for a card that was kept back, as in silent mode.
    """

    uuid: str
    criterion: str
    indicator: str
    urgency: str | None = None
    shown: bool = True
    says: dict[str, Any] = {}


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call. No names, no ids of the chart, no words of the chart.

    `at` is in seconds since 1970, `day` the date at the site, ISO 8601. `patient` is a hash by
    the key that `patient_key` names. `why` is the class of the reason for which a call had no
    answer; `incomplete` what could not be read or judged, as `observations:timeout`.
    `confirmed` names the criteria whose diagnosis the chart holds as confirmed or treated.
    """

    id: str
    at: float
    day: str
    service: str
    client: str
    tenant: str | None
    hook_instance: str | None
    patient: str | None
    patient_key: str | None
    knowledge: str
    site: str | None
    mode: str
    status: int
    duration_ms: float
    why: str | None = None
    incomplete: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    cards: tuple[Card, ...] = ()
    confirmed: tuple[str, ...] = ()
