"""The record of a call: what the judgement found and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from time import perf_counter
from typing import Any
from uuid import UUID

from cards.said import Said
from knowledge.evaluation import Evaluation, Judged
from knowledge.quieting import marks_of
from service.engine import Judgement
from service.records.heard import Heard
from service.records.patient_keys import PatientKeys
from service.records.record import Card, Record, Verdict

UUID_BITS = 128

RECORDED = ("met", "unknown")
"""The outcomes that are kept; any other criterion is not met."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all records of a service have in common."""

    keys: PatientKeys
    knowledge: str
    site: str | None
    mode: str
    chance: Random = field(default_factory=Random, repr=False)
    """Seeded by the system, in each process anew."""

    def hashes_of(self, heard: Heard) -> tuple[str, ...]:
        """What the patient of a call may be kept under, by each key, the newest first."""
        if not heard.hashes:
            heard.hashes = self.keys.hashes_of(heard.client, heard.tenant, heard.patient_id)
        return heard.hashes

    def new_id(self) -> str:
        """The name of a record: a random UUID, without asking the system for each."""
        return str(UUID(int=self.chance.getrandbits(UUID_BITS), version=4))


def record_of(
    heard: Heard, site: Site, now: datetime, status: int, *, why: str | None = None, **more: Any
) -> Record:
    """A call as it is kept. `now` is in the site's zone; `more` are the parts that it found."""
    return Record(
        id=site.new_id(),
        at=now.timestamp(),
        day=now.date().isoformat(),
        service=heard.service,
        client=heard.client,
        tenant=heard.tenant,
        hook_instance=heard.hook_instance,
        patient=site.hashes_of(heard)[0],
        patient_key=site.keys.newest.id,
        knowledge=site.knowledge,
        site=site.site,
        mode=site.mode,
        status=status,
        duration_ms=round((perf_counter() - heard.started) * 1000, 2),
        why=why,
        **more,
    )


def found(judgement: Judgement, incomplete: Sequence[str] = ()) -> dict[str, Any]:
    """The parts of a record that a judgement gives; `incomplete` is what could not be had."""
    evaluation = judgement.evaluation
    failed = (f"{one.id}:failed" for one in evaluation.failed)
    shown = [_card(one, evaluation, shown=True) for one in judgement.said]
    kept_back = [_card(one, evaluation, shown=False) for one in judgement.kept_back]
    return {
        "incomplete": tuple(dict.fromkeys([*incomplete, *failed])),
        "verdicts": tuple(map(_verdict, _kept(evaluation))),
        "cards": (*shown, *kept_back),
        "confirmed": judgement.confirmed,
    }


def _kept(evaluation: Evaluation) -> list[Judged]:
    return [one for one in evaluation.criteria if one.outcome in RECORDED]


def _verdict(one: Judged) -> Verdict:
    return Verdict(
        criterion=one.criterion.id,
        version=one.criterion.version,
        outcome=one.outcome,
        urgency=str(one.urgency) if one.urgency else None,
        missing=one.missing,
        held_back_by=one.held_back_by,
    )


def _card(one: Said, evaluation: Evaluation, shown: bool) -> Card:
    return Card(
        uuid=one.uuid,
        criterion=one.criterion,
        indicator=one.indicator,
        urgency=one.urgency,
        shown=shown,
        says={name: marks_of(evaluation, name) for name in one.criteria},
    )
