"""A stand-in for the engine, where a test is about the way in and not about the judgement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from knowledge.chart.decode import read_values
from knowledge.evaluation import Evaluation
from knowledge.giving_up import simply
from knowledge.quieting import Recall, nobody
from service.ehr.gaps import Gap
from service.engine import Judgement
from service.enough import count, ensure_enough
from service.hooks import HookRequest
from service.supplied import types_supplied

CARD = {
    "uuid": "2f1a0b0c-7f0e-4b7e-9c55-0a5a3a5f1d11",
    "summary": "Suspected cauda equina syndrome: ER now, emergency MRI",
    "indicator": "critical",
    "source": {"label": "A guideline", "url": "https://example.org/guideline"},
    "detail": "**Found**\n\n- Numbness of saddle area, since 30 Oct 2026\n",
}


class FakeEngine:
    """Answers one card for a patient with a Condition; remembers what it was asked."""

    knowledge_version = "2026.11.0"

    def __init__(self) -> None:
        self.asked: list[HookRequest] = []
        self.now: datetime | None = None

    def concerns(self, request: HookRequest, now: datetime) -> bool:
        return True

    def judge(
        self,
        request: HookRequest,
        now: datetime,
        gaps: Sequence[Gap] = (),
        go_on: Callable[[], None] = simply,
        recall: Recall = nobody,
    ) -> Judgement:
        self.asked.append(request)
        self.now = now
        decoded = request.decoded or read_values(request.prefetch)
        supplied = types_supplied(decoded) if request.supplied is None else request.supplied
        ensure_enough(decoded, supplied, gaps=gaps)
        resources = count(decoded)
        evaluation = Evaluation(now.isoformat(), self.knowledge_version, ())
        return Judgement([CARD] if "Condition" in resources else [], evaluation, resources)


class FailingEngine(FakeEngine):
    """Fails unforeseen, with a patient's data in the error."""

    def judge(
        self,
        request: HookRequest,
        now: datetime,
        gaps: Sequence[Gap] = (),
        go_on: Callable[[], None] = simply,
        recall: Recall = nobody,
    ) -> Judgement:
        raise RuntimeError(f"cannot judge {request.patient_id} MARKER")


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def bundle(*resources: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


def condition(**more: Any) -> dict[str, Any]:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "309253009"}]}
    subject = {"reference": "Patient/p1"}
    return {"resourceType": "Condition", "id": "c1", "subject": subject, "code": code, **more}


def hook_request(prefetch: Any = None, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": "p1"},
        "prefetch": {"conditions": bundle(condition()), "observations": bundle()}
        if prefetch is None
        else prefetch,
    }
    return body | more
