"""Records of the tests' own."""

from __future__ import annotations

from typing import Any

import msgspec

from service.records.record import Card, Record, Verdict

AT = 1_793_437_200.0
DAY = "2026-10-31"
MARKS = {"urgency": "emergency", "sites": ["saddle"]}
SERVICE = "back-numbness-patient-view"


def card(name: str = "c1", **more: Any) -> Card:
    says = {"cauda-equina-syndrome": MARKS}
    made = Card(name, "cauda-equina-syndrome", "critical", "emergency", says=says)
    return msgspec.structs.replace(made, **more)


def record(name: str = "r1", **more: Any) -> Record:
    met = Verdict("cauda-equina-syndrome", 3, "met", "emergency", held_back_by=("work-up",))
    unknown = Verdict("spinal-infection", 1, "unknown", missing=("crp", "fever"))
    made = Record(
        id=name,
        at=AT,
        day=DAY,
        service=SERVICE,
        client="main",
        tenant=None,
        hook_instance="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        patient="a" * 64,
        patient_key="k",
        knowledge="2026.11.0",
        site=None,
        mode="live",
        status=200,
        duration_ms=1.5,
        incomplete=("observations:timeout",),
        verdicts=(met, unknown),
        confirmed=("cauda-equina-syndrome",),
    )
    return msgspec.structs.replace(made, **more)


def line(name: str = "r1", **more: Any) -> bytes:
    return msgspec.json.encode(record(name, **more))
