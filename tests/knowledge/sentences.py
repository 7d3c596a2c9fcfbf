"""A small knowledge for tests of the language: findings, numbers, and a patient in short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from knowledge.checks.short import facts_of
from knowledge.language.clauses import Scope, compile_clause
from knowledge.language.criteria import compile_criterion, judge
from knowledge.language.outcome import Outcome, Situation
from knowledge.language.schema import (
    Criterion,
    Example,
    Finding,
    Parameter,
    Urgency,
)
from knowledge.language.truth import Truth

_FINDINGS = """
saddle-numbness: {world: open}
numbness: {world: closed}
urinary-retention: {world: open, chronic: true}
urinary-incontinence: {world: open, chronic: true}
bowel-dysfunction: {world: open, chronic: true}
leg-weakness: {world: open, chronic: true}
sexual-dysfunction: {world: open}
radicular-pain: {world: closed}
back-pain: {world: closed}
spinal-fracture: {world: closed}
herpes-zoster: {world: closed}
cancer: {world: closed}
cancer-symptom-free: {world: closed}
night-pain: {world: closed}
chronic-incontinence-type: {world: closed}
anticoagulant: {world: closed, in: [MedicationRequest]}
steroid: {world: closed, in: [MedicationRequest]}
mri-order: {world: closed, in: [ServiceRequest]}
mri-normal: {world: closed, in: [DiagnosticReport]}
decompression: {world: closed, in: [Procedure]}
encounter: {world: closed, in: [Encounter]}
walking-provoked: {world: closed}
relieved-by-sitting: {world: closed}
"""
_MEASURES = """
post-void-residual: {units: [{unit: mL, lowest: 0, highest: 3000}]}
temperature: {units: [{unit: Cel, lowest: 25, highest: 45}]}
hba1c:
  exact: true
  units: [{unit: "%", lowest: 3, highest: 20}, {unit: mmol/mol, lowest: 9, highest: 200}]
b12:
  units: [{unit: ng/L, lowest: 10, highest: 5000}, {unit: pmol/L, lowest: 7, highest: 3700}]
leg-power: {without_unit: true, units: [{unit: "1", lowest: 0, highest: 5}]}
weight: {units: [{unit: kg, lowest: 1, highest: 650}]}
inr: {without_unit: true, units: [{unit: "1", lowest: 0, highest: 20}]}
steroid-dose: {units: [{unit: mg/d, lowest: 0, highest: 2000}]}
"""
_NUMBERS = """
acute: [14, d]
edge: [15, d]
chronic: [84, d]
six-weeks: [42, d]
three-days: [72, h]
day: [24, h]
hour: [1, h]
four-hours: [4, h]
three-weeks: [21, d]
week: [7, d]
month: [30, d]
quarter: [90, d]
three-months: [3, mo]
half-year: [6, mo]
ten-years: [10, a]
pvr: [200, mL]
fever: [38, Cel]
weak: [3, "1"]
grade: [1, "1"]
lost: [5, "%"]
inr-high: [1.5, "1"]
dose: [5, mg/d]
two: [2, "1"]
sixty: [60, a]
sixteen: [16, a]
"""


def findings() -> dict[str, Finding]:
    """The findings by id."""
    found = {}
    for name, said in yaml.safe_load(_FINDINGS).items():
        kinds = said.pop("in", ["Condition", "Observation"])
        way = {"codes": [name], "in": kinds}
        found[name] = Finding(
            id=name, title=name, question=f"Is there {name}?", said_by=[way], **said
        )
    for name, measure in yaml.safe_load(_MEASURES).items():
        found[name] = Finding(
            id=name, title=name, question=f"How much {name}?", world="open",
            measure={"codes": [name], "basis": "local-choice", **measure},
        )  # fmt: skip
    return found


def numbers() -> dict[str, Parameter]:
    """The parameters by name."""
    plain = {
        name: Parameter(value=value, unit=unit, basis="local-choice", step=1)
        for name, (value, unit) in yaml.safe_load(_NUMBERS).items()
    }
    hba1c = Parameter(value=8.0, unit="%", or_in=({"value": 64, "unit": "mmol/mol"},),
                      basis="local-choice", step=0.1)  # fmt: skip
    low = Parameter(value=180, unit="ng/L", or_in=({"value": 133, "unit": "pmol/L"},),
                    basis="local-choice", step=1)  # fmt: skip
    return plain | {"hba1c-high": hba1c, "b12-low": low}


FINDINGS = findings()
NUMBERS = numbers()


def ask(
    clause: str,
    *chart: str | dict[str, Any],
    define: str = "{}",
    urgency: Urgency | None = None,
    age: float | None = None,
    not_supplied: Sequence[str] = (),
    met: dict[str, Urgency] | None = None,
    sure: bool = False,
) -> Outcome:
    """What a clause comes to for a patient in short."""
    wanted = Example.model_validate(
        {"name": "test", "chart": chart, "age": age, "not_supplied": not_supplied,
         "expect": "unknown"}
    )  # fmt: skip
    scope = Scope("test", FINDINGS, lambda _, name: NUMBERS[name], _clauses(yaml.safe_load(define)))
    check = compile_clause(_clause(clause), scope)
    situation = Situation(facts_of(wanted, FINDINGS), urgency, met=met or {}, sure=sure)
    return check(situation)


def truth(clause: str, *chart: str | dict[str, Any], **options: Any) -> Truth:
    """Only its truth."""
    return ask(clause, *chart, **options).truth


def criterion(text: str) -> Criterion:
    """A criterion whose bare parts are filled in."""
    body = yaml.safe_load(text)
    for tier in body["tiers"]:
        tier.setdefault("card", {"summary": tier["urgency"]})
    for lowering in body.get("lowers", ()):
        lowering.setdefault("because", "explained")
    bare = {"id": "test", "version": 1, "title": "Test", "about": "test", "group": "red-flag",
            "lead": 1, "sources": [{"id": "local-choice", "where": "-", "says": "-"}]}  # fmt: skip
    return Criterion.model_validate(bare | body)


def decide(text: str, *chart: str | dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The outcome or urgency of a criterion for a patient in short, and what held it back."""
    compiled = compile_criterion(criterion(text), FINDINGS, lambda _, name: NUMBERS[name])
    example = Example.model_validate({"name": "test", "chart": chart, "expect": "unknown"})
    judged = judge(compiled, facts_of(example, FINDINGS), {})
    return str(judged.urgency or judged.outcome), judged.held_back_by


def _clause(text: str) -> Any:
    return _clauses({"x": yaml.safe_load(text)})["x"]


def _clauses(define: dict[str, Any]) -> dict[str, Any]:
    holder = {"define": define, "tiers": [{"urgency": "routine", "when": "numbness"}]}
    return dict(criterion(yaml.safe_dump(holder)).define)
