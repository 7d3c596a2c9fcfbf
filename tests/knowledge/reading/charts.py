"""Small FHIR resources, and what a chart of them comes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from knowledge.language.facts import NOTHING, Fact, Facts

Json = dict[str, Any]
Read = Callable[..., Facts]

ZONE = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 1, 9, tzinfo=ZONE)
TODAY = "2026-11-01"
SCT = "http://snomed.info/sct"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"

SADDLE = "449813001"
NUMB_LEG = "309537005"
BACK_PAIN = "279039007"
INCONTINENCE = "165232002"
PRESENT, ABSENT, YES, NO = "52101004", "2667000", "373066001", "373067005"
POSITIVE, NEGATIVE, NORMAL, REDUCED = "10828004", "260385009", "17621005", "1250004"


def coded(
    code: str, display: str | None = None, system: str = SCT, text: str | None = None
) -> Json:
    """A CodeableConcept with one code."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": text} if text else {})


def concept(what: str | Json) -> Json:
    """A CodeableConcept: of a text as text, of digits as a SNOMED CT code."""
    if isinstance(what, dict):
        return what
    return coded(what) if _is_code(what) else {"text": what}


def condition(what: str | Json, id: str = "c", **fields: Any) -> Json:
    return {"resourceType": "Condition", "id": id, "code": concept(what)} | fields


def observation(what: str | Json, value: Any = None, id: str = "o", **fields: Any) -> Json:
    """An Observation of today; a bool, an int, a text or a SNOMED CT code is its value."""
    body = {"resourceType": "Observation", "id": id, "status": "final", "code": concept(what)}
    return body | {"effectiveDateTime": TODAY} | answer(value) | fields


def answer(value: Any) -> Json:
    """The value[x] that a plain value is."""
    match value:
        case None:
            return {}
        case bool():
            return {"valueBoolean": value}
        case int():
            return {"valueInteger": value}
        case str() if _is_code(value):
            return {"valueCodeableConcept": coded(value)}
        case str():
            return {"valueString": value}
        case dict() if "coding" in value or "text" in value:
            return {"valueCodeableConcept": value}
        case _:
            return {"valueQuantity": value}


def _is_code(text: str) -> bool:
    """Digits as long as a SNOMED CT id."""
    return text.isdigit() and len(text) > 5


def part(what: str | Json, value: Any = None, **fields: Any) -> Json:
    """A component."""
    return {"code": concept(what)} | answer(value) | fields


def quantity(value: float, unit: str | None = None, **fields: Any) -> Json:
    """A Quantity in UCUM."""
    given = {"unit": unit, "system": UCUM, "code": unit} if unit else {}
    return {"value": value} | given | fields


def clinical(status: str) -> Json:
    return {"clinicalStatus": {"coding": [{"code": status}]}}


def verified(status: str) -> Json:
    return {"verificationStatus": {"coding": [{"code": status}]}}


def note(*texts: str) -> Json:
    return {"note": [{"text": text} for text in texts]}


def said(facts: Facts, finding: str) -> str:
    """What stands: present, suspected, contested, past, absent, unknown or nothing."""
    standing = facts.standing.get(finding, NOTHING)
    if standing.present:
        first = standing.present[0]
        return "contested" if first.contested else "suspected" if first.suspected else "present"
    for name in ("past", "absent", "unknown"):
        if getattr(standing, name):
            return name
    return "nothing"


def present(facts: Facts, finding: str) -> Fact:
    """The only fact that says that it is so."""
    (fact,) = facts.standing[finding].present
    return fact


def ignored(facts: Facts) -> list[str]:
    return [one.reason for one in facts.ignored]


def when(text: str) -> float:
    """A local time in epoch seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()
