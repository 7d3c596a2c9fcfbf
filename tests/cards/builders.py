"""A small library and evaluations by hand, so that a card's test shows all that it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cards.compose import compose
from knowledge.card_files import Orders, Words, load_orders, load_words
from knowledge.evaluation import Evaluation, Evidence, Judged
from knowledge.language.schema import (
    Asked,
    CardWords,
    Cited,
    Criterion,
    Finding,
    Source,
    Tier,
    Urgency,
    Way,
)
from knowledge.site.model import Change, SignOff, Site
from tests.conftest import ROOT

ORDERS = load_orders(ROOT / "knowledge")
WORDS = load_words(ROOT / "knowledge")
NOW = datetime(2026, 11, 1, 10, 30, tzinfo=ZoneInfo("Europe/London"))

GUIDELINE = Source(
    id="girft",
    title="A pathway",
    publisher="Getting It Right First Time (GIRFT)",
    published="2023-02",
    url="https://example.org/pathway",
    seen="title",
    read="the title",
    last_checked="2026-11",
)


def finding(name: str, ask: str | None) -> Finding:
    return Finding(
        id=name, title=name.title(), question="?", ask=ask, world="open",
        said_by=(Way(codes=(name,)),),
    )  # fmt: skip


FINDINGS = {
    name: finding(name, ask)
    for name, ask in {
        "saddle-numbness": "saddle sensation",
        "urinary-retention": "bladder",
        "bowel-dysfunction": "bowel sensation",
        "leg-power": "power in both legs",
        "sexual-dysfunction": "sexual function",
        "nameless": None,
    }.items()
}


def criterion(name: str, words: CardWords, **more: Any) -> Criterion:
    tier = Tier(urgency=Urgency.EMERGENCY, when=Asked(name="saddle-numbness"), card=words)
    cited = Cited(id="girft", where="page 1", says="what it says")
    fields: dict[str, Any] = {
        "version": 1, "title": name.replace("-", " ").capitalize(), "about": "…",
        "group": "red-flag", "lead": 1, "sources": (cited,), "tiers": (tier,),
    }  # fmt: skip
    return Criterion(id=name, **(fields | more))


CES_WORDS = CardWords(
    summary="Suspected cauda equina syndrome: ER now, emergency MRI",
    in_hospital="Suspected cauda equina syndrome: emergency MRI now ({where})",
    do=("ER with MRI round the clock, not the next appointment.", "MRI within {clock}."),
    do_in_hospital=("MRI within {clock}; spinal surgeons at once if it shows compression.",),
    order=("refer-emergency", "mri-lumbosacral-emergency"),
    mind=("A small residual does not exclude it.",),
)
CES = criterion("cauda-equina-syndrome", CES_WORDS, excludes="single-sign")
SADDLE = criterion("saddle-anaesthesia", CES_WORDS, lead=3)
BOTH_LEGS = criterion(
    "bilateral-numbness",
    CardWords(
        summary="Both legs numb: ER now",
        do=("MRI of the whole spine.",),
        order=("refer-emergency", "mri-whole-spine-emergency"),
    ),
    lead=4,
)
WEAKNESS = criterion(
    "acute-leg-weakness-gait",
    CardWords(
        summary="Leg weakness: spinal team today",
        do=("Discuss with the spinal team.",),
        order=("refer-spinal-same-day", "mri-lumbosacral-urgent"),
    ),
    lead=5,
)
DISC = criterion(
    "disc-herniation-radiculopathy",
    CardWords(
        summary="Sciatica for over six weeks: MRI",
        do=("Examine power.",),
        order=("mri-lumbar-soon", "xray-lumbar-standing"),
    ),
    group="cause",
    lead=12,
)
NEUROPATHY = criterion(
    "diabetic-neuropathy",
    CardWords(summary="Diabetic neuropathy likely: check B12", order=("neuropathy-bloods",)),
    group="cause",
    lead=13,
)

SADDLE_FOUND = Evidence(
    finding="saddle-numbness",
    reference="Condition/c1",
    display="Numbness of saddle area",
    date="2026-10-30",
    matched_by="code",
    value_set="saddle-numbness",
    resource_type="Condition",
)
RESIDUAL_FOUND = Evidence(
    finding="post-void-residual",
    reference="Observation/o1",
    display="Post-void residual 480 mL",
    date="2026-11-01T08:40:00+00:00",
    matched_by="code",
    value_set="post-void-residual",
    resource_type="Observation",
    note="over 200 mL",
)


def met(what: Criterion, urgency: Urgency, *evidence: Evidence, **more: Any) -> Judged:
    words = what.tiers[0].card
    return Judged(what, "met", urgency, words=words, evidence=evidence, **more)


def evaluation(*criteria: Judged, **more: Any) -> Evaluation:
    fields: dict[str, Any] = {"age": 44.0} | more
    return Evaluation(NOW.isoformat(), "2026.11.0", criteria, **fields)


@dataclass(frozen=True)
class Shelf:
    """A library with a handful of things in it."""

    version: str = "2026.11.0"
    criteria: Mapping[str, Criterion] = field(
        default_factory=lambda: {
            one.id: one for one in (CES, SADDLE, BOTH_LEGS, WEAKNESS, DISC, NEUROPATHY)
        }
    )
    findings: Mapping[str, Finding] = field(default_factory=lambda: FINDINGS)
    sources: Mapping[str, Source] = field(default_factory=lambda: {"girft": GUIDELINE})
    orders: Orders = ORDERS
    words: Words = WORDS
    site: Site | None = None
    signed: SignOff | None = None
    moved: tuple[Change, ...] = ()

    def scan(self, orders: Sequence[str]) -> str | None:
        names = {one.id for one in ORDERS.orders if one.scan}
        return "MRI" if names & set(orders) else None

    def sign_off(self, criterion_id: str) -> SignOff | None:
        return self.signed if self.signed and self.signed.criterion == criterion_id else None

    def changes(self, criterion_id: str) -> tuple[Change, ...]:
        return self.moved if criterion_id == CES.id else ()


def cards(judged: Evaluation, **more: Any) -> list[dict[str, Any]]:
    asked: dict[str, Any] = {"patient_id": "p1", "encounter_id": "e1", "now": NOW} | more
    return compose(judged, Shelf(), **asked)


def card(judged: Evaluation, **more: Any) -> dict[str, Any]:
    (only,) = cards(judged, **more)
    return only


def resources(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [said["actions"][0]["resource"] for said in one.get("suggestions", ())]


def labels(one: Mapping[str, Any]) -> list[str]:
    return [said["label"] for said in one.get("suggestions", ())]


def every_text(value: Any) -> Iterator[str]:
    """All strings in a JSON document, keys left out."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else ():
        yield from every_text(inner)
    for inner in value if isinstance(value, list | tuple) else ():
        yield from every_text(inner)


REASSURING = re.compile(
    r"\bsafe(?:ly)?\b|\ball[- ]clear\b|\bno red flags?\b|\breassur|\bharmless\b|\bnothing to worry",
    re.IGNORECASE,
)
