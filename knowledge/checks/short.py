"""Examples in short: `{saddle-numbness: {began: 14 d ago}}` becomes a fact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from knowledge.chart import dates
from knowledge.chart.dates import Interval
from knowledge.chart.units import convert
from knowledge.language.facts import Fact, Facts, Number, Standing, contested
from knowledge.language.schema import Answer, Example, Finding
from knowledge.reading.reader import ACUTE_CLASSES

NOW = datetime.fromisoformat("2026-11-01T09:00:00+00:00")
"""The moment at which all examples are judged."""

_ZONE = ZoneInfo("UTC")
_AGO = re.compile(r"(\d+(?:\.\d+)?) (min|h|d|wk|mo|a) ago")
_VALUE = re.compile(r"(?P<comparator>[<>]=?)?\s*(?P<value>-?\d+(?:\.\d+)?)\s+(?P<unit>\S+)")
_FLAGS = ("past", "suspected", "preliminary", "problem_list", "unchanged", "sudden", "complete")
_WORDS = ("severity", "status", "priority", "encounter_class", "display")
_TIMES = ("worse", "worst", "ended")
_SETS = ("sites", "sides")
_ALL = {*_FLAGS, *_WORDS, *_TIMES, *_SETS, "answer", "began", "said", "onset_stated",
        "contested", "value", "low", "high", "taken", "series", "dose", "resource"}  # fmt: skip
LISTS = frozenset(
    ("Condition", "Observation", "Procedure", "DiagnosticReport", "ImagingStudy", "ServiceRequest",
     "MedicationRequest", "MedicationStatement", "MedicationAdministration", "Encounter", "Device")
)  # fmt: skip
"""The lists that count as supplied where an example does not say otherwise."""


def moment(text: str) -> Interval:
    """`14 d ago`, `now` or a FHIR date. Raises ValueError for anything else."""
    if text == "now":
        return Interval(NOW.timestamp(), NOW.timestamp())
    match = _AGO.fullmatch(text)
    if match:
        at = dates.shift(NOW.timestamp(), -float(match[1]), match[2], _ZONE)
        return Interval(at, at) if at is not None else _refuse(text)
    return dates.parse(text, _ZONE) or _refuse(text)


def _refuse(text: str) -> Interval:
    raise ValueError(f"{text!r} is no time: write '14 d ago', 'now' or a date")


def facts_of(example: Example, findings: Mapping[str, Finding]) -> Facts:
    """The facts that an example describes. Raises ValueError where it cannot be read."""
    standing: dict[str, Standing] = {}
    for number, item in enumerate(example.chart):
        fact = _fact(item, number, findings)
        standing[fact.finding] = _added(standing.get(fact.finding, Standing()), fact)
    classes = [
        fact.encounter_class
        for one in standing.values()
        for fact in one.present
        if fact.encounter_class in ACUTE_CLASSES
    ]
    return Facts(
        now=NOW.timestamp(),
        standing=standing,
        supplied=LISTS - set(example.not_supplied),
        age=example.age,
        setting=classes[0] if classes else None,
    )


def _added(standing: Standing, fact: Fact) -> Standing:
    match fact.answer:
        case Answer.PRESENT if fact.past:
            return Standing(
                standing.present, (*standing.past, fact), standing.absent, standing.unknown
            )
        case Answer.PRESENT:
            return Standing(
                (*standing.present, fact), standing.past, standing.absent, standing.unknown
            )
        case Answer.ABSENT:
            return Standing(
                standing.present, standing.past, (*standing.absent, fact), standing.unknown
            )
        case _:
            return Standing(
                standing.present, standing.past, standing.absent, (*standing.unknown, fact)
            )


def _fact(item: str | Mapping[str, Any], number: int, findings: Mapping[str, Finding]) -> Fact:
    name, said = (item, {}) if isinstance(item, str) else next(iter(item.items()))
    said = dict(said or {})
    if name not in findings:
        raise ValueError(f"there is no finding {name}")
    if findings[name].when is not None:
        raise ValueError(f"{name} is combined: write the findings that it is made of")
    strange = sorted(set(said) - _ALL)
    if strange:
        raise ValueError(f"{name}: {', '.join(strange)} is not understood")
    return _built(name, said, number, findings[name])


def _built(name: str, said: Mapping[str, Any], number: int, finding: Finding) -> Fact:
    began = moment(said["began"]) if "began" in said else None
    recorded = moment(said["said"]) if "said" in said else None
    recorded = recorded or _taken(said)
    if recorded is None and (finding.measure or said.get("answer") in ("absent", "unknown")):
        recorded = began or moment("now")
    if finding.measure:
        began = began or recorded
    kind = said.get("resource") or (finding.measure.in_[0] if finding.measure else "Condition")
    value = _number(said, finding) if "value" in said else None
    rest: dict[str, Any] = {key: moment(said[key]) for key in _TIMES if key in said}
    rest |= {key: bool(said[key]) for key in _FLAGS if key in said}
    rest |= {key: said[key] for key in _WORDS if key in said and key != "display"}
    rest |= {key: frozenset(said[key]) for key in _SETS if key in said}
    fact = Fact(
        finding=name,
        answer=Answer(said.get("answer", "present")),
        reference=f"{kind}/{number}",
        display=said.get("display", finding.title),
        resource_type=kind,
        began=began,
        onset_stated=bool(said.get("onset_stated", "began" in said)),
        said=recorded or began,
        number=value,
        series=" ".join((str(said.get("series", "")), *said.get("sides", ()))),
        taken=_taken(said),
        dose=_dose(said),
        **rest,
    )
    return contested(fact, "") if said.get("contested") else fact


def _taken(said: Mapping[str, Any]) -> Interval | None:
    if "taken" not in said:
        return None
    return Interval(moment(said["taken"]).start, NOW.timestamp())


def _dose(said: Mapping[str, Any]) -> Number | None:
    match = _VALUE.fullmatch(str(said["dose"])) if "dose" in said else None
    return Number(float(match["value"]), match["unit"]) if match else None


def _number(said: Mapping[str, Any], finding: Finding) -> Number:
    match = _VALUE.fullmatch(str(said["value"]))
    if not match or finding.measure is None:
        raise ValueError(f"{finding.id}: {said['value']!r} is no value with a unit")
    value, unit = float(match["value"]), match["unit"]
    for one in finding.measure.units:
        same = value if one.unit == unit else None
        if same is None and not finding.measure.exact:
            same = convert(value, unit, one.unit)
        if same is not None:
            return Number(same, one.unit, match["comparator"], said.get("low"), said.get("high"),
                          str(said["value"]))  # fmt: skip
    raise ValueError(f"{finding.id} does not come in {unit}")
