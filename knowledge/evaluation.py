"""The evaluation: what was decided about one patient, and everything that decided it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from knowledge.failing import Failed
from knowledge.language.facts import Fact, Ignored
from knowledge.language.schema import CardWords, Criterion, Urgency
from knowledge.site.account import NOBODY, Account


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact that counted, as it is shown: whose words, when, how it was matched."""

    finding: str
    reference: str
    display: str
    date: str | None
    matched_by: str
    value_set: str
    resource_type: str
    note: str = ""
    suspected: bool = False
    preliminary: bool = False
    undated: bool = False
    onset_stated: bool = False
    contradicted_by: str | None = None
    worse: bool = False


class State(StrEnum):
    """What an order or a report means for a criterion that is met (G9 of the criteria)."""

    ACKNOWLEDGED = "acknowledged"
    EXCLUDED = "excluded"
    TREATED = "treated"
    OVERDUE = "overdue"
    NOT_ENOUGH = "not-enough"
    SHOWN = "shown"


SITE = "site"
"""What `held_back_by` says of a criterion that the site has switched off, or keeps silent."""

QUIETED = "quieted"
"""What `held_back_by` says of a criterion whose card was overridden with a lasting reason."""

IN_HAND = (State.ACKNOWLEDGED, State.EXCLUDED, State.TREATED)
"""The states in which nothing new is to be ordered."""


@dataclass(frozen=True, slots=True)
class WorkUp:
    """What has been done about a criterion already.

    `urgency` is that of the tier that was met. `why` names what an order lacks (the keys of
    `work_up.why` in words.yaml). `due`: when an overdue scan should have been done, epoch seconds.
    """

    state: State
    urgency: Urgency
    scan: str
    call: str
    order: Evidence
    why: tuple[str, ...] = ()
    priority: str | None = None
    status: str | None = None
    due: float | None = None


NewsKind = Literal[
    "urgency", "clock", "work-up", "finding", "place", "worse", "value", "sure", "onset", "open",
    "time", "unreadable",
]  # fmt: skip
"""In which way something is new since an override; the keys of `quieting.since` in words.yaml."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing that is new since an override, and of which finding."""

    kind: NewsKind
    finding: str | None = None


@dataclass(frozen=True, slots=True)
class Overridden:
    """An earlier override with a lasting reason: when, its code, and until when it keeps quiet.

    `becomes`: what the card is meanwhile; None where it speaks again, because of `since`.
    `urgency` is the criterion's without the override.
    """

    at: datetime
    reason: str
    until: datetime
    becomes: Literal["info", "no-card"] | None
    since: tuple[News, ...] = ()
    urgency: Urgency | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion's result. `urgency` and `words` only where it is met.

    `limit` is the clock in seconds. `proofs` are the facts behind the evidence. `failed`: it
    could not be evaluated; of one that is met, what has been done about it could not. `silent`: the
    site has it judged, and no card speaks of it. `overridden`: by whoever saw its card before.
    """

    criterion: Criterion
    outcome: str
    urgency: Urgency | None = None
    clock: str | None = None
    words: CardWords | None = None
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    held_back_by: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    limit: float | None = None
    proofs: tuple[Fact, ...] = ()
    work_up: WorkUp | None = None
    failed: Failed | None = None
    silent: bool = False
    overridden: Overridden | None = None

    @property
    def off(self) -> bool:
        """Whether the site has switched it off: it was not judged."""
        return SITE in self.held_back_by and not self.silent

    @property
    def met(self) -> bool:
        """Whether it is met."""
        return self.urgency is not None

    @property
    def acknowledged(self) -> bool:
        """Whether what it asks for is under way or done."""
        return self.work_up is not None and self.work_up.state in IN_HAND

    @property
    def quieted(self) -> bool:
        """Whether an override keeps it quiet: as information, or without a card."""
        return self.overridden is not None and self.overridden.becomes is not None

    @property
    def without_card(self) -> bool:
        """Whether an override leaves it without a card meanwhile."""
        return self.overridden is not None and self.overridden.becomes == "no-card"

    @property
    def at_rest(self) -> bool:
        """Whether its card asks for nothing new: it is in hand, or was overridden."""
        return self.acknowledged or self.quieted

    @property
    def pressing(self) -> Urgency | None:
        """Its urgency as if nothing had been done or overridden: what others are held against."""
        if self.quieted and self.overridden is not None:
            return self.overridden.urgency
        if self.acknowledged and self.work_up is not None:
            return self.work_up.urgency
        return self.urgency


@dataclass(frozen=True, slots=True)
class Noted:
    """A caution that applies: what it stands beside, what to say, and what was found."""

    id: str
    beside: str
    say: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All criteria in their order, and what was left out of the chart and why.

    `needless`: the complaint for which a scan is not advised (order-checks.yaml). `failed`: what
    broke, whose answers are missing. `confirmed`: ids of the criteria that the chart confirms.
    `anchor_facts` are the facts behind the anchors; `missing_overridden` that the card that asks
    what is not documented was overridden.
    `silenced`: what is met of silent criteria, where cards are made without them (`silence.py`).
    """

    as_of: str
    knowledge_version: str
    criteria: tuple[Judged, ...]
    ignored: tuple[Ignored, ...] = ()
    incomplete: tuple[str, ...] = ()
    age: float | None = None
    deceased: bool = False
    setting: str | None = None
    setting_since: str | None = None
    anchors: tuple[Evidence, ...] = ()
    screen_missing: tuple[str, ...] = ()
    paediatric: bool = False
    cautions: tuple[Noted, ...] = ()
    needless: tuple[Evidence, ...] = ()
    failed: tuple[Failed, ...] = ()
    confirmed: tuple[str, ...] = ()
    silenced: tuple[Judged, ...] = ()
    anchor_facts: tuple[Fact, ...] = ()
    missing_overridden: Overridden | None = None

    @property
    def met(self) -> tuple[Judged, ...]:
        """The criteria that are met, most urgent first, then by which leads."""
        found = [one for one in self.criteria if one.urgency is not None]
        return tuple(sorted(found, key=_order))

    @property
    def complete(self) -> bool:
        """Whether nothing broke that could have shown a red flag: only then is silence one."""
        return not any(one.needed for one in self.failed)

    @property
    def nothing_judged(self) -> bool:
        """Whether every criterion broke (those that the site has switched off left aside)."""
        asked = [one for one in self.criteria if not one.off]
        return bool(asked) and all(one.failed and not one.met for one in asked)

    @property
    def emergency(self) -> bool:
        """Whether an emergency criterion is met."""
        return any(one.urgency is Urgency.EMERGENCY for one in self.criteria)


def _order(one: Judged) -> tuple[int, int, int]:
    rank = one.urgency.rank if one.urgency else len(Urgency)
    before = one.pressing.rank if one.pressing else len(Urgency)
    return (rank, before, one.criterion.lead)


def as_json(
    evaluation: Evaluation,
    cards: list[object],
    account: Account = NOBODY,
    *,
    silent: bool = False,
) -> dict[str, object]:
    """The evaluation in the public form of `/explain`, with what the site has set.

    `silent`: none of the cards is shown to anybody.
    """
    body: dict[str, object] = {
        "asOf": evaluation.as_of,
        "knowledgeVersion": evaluation.knowledge_version,
        "criteria": [
            _criterion(one)
            | ({"confirmed": True} if one.criterion.id in evaluation.confirmed else {})
            | account.criteria.get(one.criterion.id, {})
            for one in evaluation.criteria
        ],
        "ignored": [{"reference": i.reference, "reason": i.reason} for i in evaluation.ignored],
        "incomplete": list(evaluation.incomplete),
        "cautions": [
            {"id": one.id, "evidence": [_evidence(item) for item in one.evidence]}
            for one in evaluation.cautions
        ],
        "cards": cards,
    }
    if evaluation.missing_overridden is not None:
        body["missingOverridden"] = _overridden(evaluation.missing_overridden)
    if silent:
        body["silent"] = True
    return body if account.site is None else body | {"site": account.site}


def _criterion(one: Judged) -> dict[str, object]:
    body: dict[str, object] = {
        "id": one.criterion.id,
        "version": one.criterion.version,
        "outcome": one.outcome,
    }
    if one.urgency is not None:
        body["urgency"] = str(one.urgency)
    if one.clock:
        body["clock"] = one.clock
    body |= {
        "evidence": [_evidence(item) for item in one.evidence],
        "missing": list(one.missing),
        "ask": list(one.ask),
        "heldBackBy": list(one.held_back_by),
        "reasons": list(one.because + one.reasons),
    }
    if one.failed is not None:
        body["failed"] = True
    if one.silent:
        body["silent"] = True
    if one.work_up is not None:
        body["workUp"] = _work_up(one.work_up)
    if one.overridden is not None:
        body["overridden"] = _overridden(one.overridden)
    return body


def _overridden(found: Overridden) -> dict[str, object]:
    since = [{"kind": one.kind, "finding": one.finding} for one in found.since]
    return {
        "at": found.at.isoformat(),
        "reason": found.reason,
        "until": found.until.isoformat(),
        "becomes": found.becomes or "speaks",
        "since": [{key: value for key, value in one.items() if value} for one in since],
    }


def _work_up(found: WorkUp) -> dict[str, object]:
    body: dict[str, object] = {
        "state": str(found.state),
        "urgency": str(found.urgency),
        "order": _evidence(found.order),
        "why": list(found.why),
    }
    due = datetime.fromtimestamp(found.due, UTC).isoformat() if found.due is not None else None
    optional = {"priority": found.priority, "status": found.status, "dueBy": due}
    return body | {key: value for key, value in optional.items() if value}


def _evidence(item: Evidence) -> dict[str, object]:
    body: dict[str, object] = {
        "reference": item.reference,
        "finding": item.finding,
        "display": item.display,
        "matchedBy": item.matched_by,
    }
    optional = {
        "date": item.date,
        "valueSet": item.value_set,
        "note": item.note,
        "suspected": item.suspected,
        "preliminary": item.preliminary,
        "contradictedBy": item.contradicted_by,
    }
    return body | {key: value for key, value in optional.items() if value}
