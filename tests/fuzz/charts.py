"""Charts as no EHR would send them and all EHRs together do: known codes, odd values, true notes.

Everything is drawn from a `Random`: the runner gives one with a seed, hypothesis one of its own,
with which it can make a failing chart smaller.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.fuzz.corpus import Corpus, Json
from tests.fuzz.odd import odd

PATIENT = "fuzz-1"
TYPES = (
    "Condition",
    "Observation",
    "ServiceRequest",
    "Procedure",
    "DiagnosticReport",
    "MedicationRequest",
    "Encounter",
    "Device",
    "DocumentReference",
    "QuestionnaireResponse",
)
KEYS = (
    "conditions",
    "observations",
    "serviceRequests",
    "procedures",
    "diagnosticReports",
    "medications",
    "encounters",
    "devices",
)
_STATUSES = ("active", "final", "completed", "draft", "entered-in-error", "cancelled", "unknown")
_CLINICAL = ("active", "resolved", "inactive", "recurrence", "remission")
_SURE = ("confirmed", "provisional", "refuted", "entered-in-error", "unconfirmed")
_FORMS = ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ",
          "%Y-%m-%dT%H:%M:%S.%f+05:30", "%d.%m.%Y")  # fmt: skip
_TIMES = ("onsetDateTime", "abatementDateTime", "recordedDate", "effectiveDateTime", "issued",
          "authoredOn", "performedDateTime", "occurrenceDateTime", "date")  # fmt: skip
_TEXTS = ("display", "text")
_REFERENCES = ("Patient/{}", "https://ehr.example.org/fhir/Patient/{}", "urn:uuid:{}", "{}",
               "Patient/{}/_history/2", "Patient/other", "#{}")  # fmt: skip
_AGES = (0, 1, 12, 72, 300, 2000, 20_000, 400_000, -1, -100)
"""How many hours ago something was, at the most."""


def prefetch(draw: Random, corpus: Corpus) -> Json:
    """The prefetch of one patient, in Bundles under the service's keys or under others."""
    found: Json = {key: bundle(draw, corpus) for key in KEYS if draw.random() < 0.7}
    found["conditions"] = bundle(draw, corpus)
    found["observations"] = bundle(draw, corpus)
    if draw.random() < 0.8:
        found["patient"] = patient(draw)
    for _ in range(draw.choice((0, 0, 0, 1, 2))):
        found[draw.choice((*KEYS, "patient", "labs", "", "extra"))] = _whole(draw, corpus)
    return found


def _whole(draw: Random, corpus: Corpus) -> Any:
    """A value that is no plain Bundle."""
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x"}]}
    return draw.choice((None, outcome, resource(draw, corpus), odd(draw)))


def bundle(draw: Random, corpus: Corpus) -> Json:
    """A searchset with a few resources of any type."""
    inside = [resource(draw, corpus) for _ in range(draw.choice((0, 1, 1, 2, 3, 6)))]
    found: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(inside)}
    found["entry"] = [{"fullUrl": f"urn:uuid:{place}", "resource": one}
                      for place, one in enumerate(inside)]  # fmt: skip
    if draw.random() < 0.1:
        found["link"] = [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]
    return found


def patient(draw: Random) -> Json:
    """The Patient, of any age."""
    found: Json = {"resourceType": "Patient", "id": PATIENT, "birthDate": moment(draw)[:10]}
    found["gender"] = draw.choice(("female", "male", "other", "unknown", "x"))
    if draw.random() < 0.05:
        found["deceasedBoolean"] = draw.random() < 0.5
    return found


def resource(draw: Random, corpus: Corpus) -> Json:
    """One resource: from an example of a finding, or put together."""
    example = draw.random() < 0.5 and bool(corpus.resources)
    found = json.loads(draw.choice(corpus.resources)) if example else _built(draw, corpus)
    reference = draw.choice((*_REFERENCES[:1] * 9, *_REFERENCES))
    found["subject"] = {"reference": reference.format(PATIENT)}
    found.setdefault("id", f"r{draw.randrange(100)}")
    for name in draw.sample(_TIMES, draw.choice((0, 1, 1, 2))):
        found[name] = moment(draw)
    return found


def _built(draw: Random, corpus: Corpus) -> Json:
    found: Json = {"resourceType": draw.choice(TYPES), "code": concept(draw, corpus)}
    found["status"] = draw.choice(_STATUSES)
    if draw.random() < 0.7:
        found["clinicalStatus"] = {"coding": [{"code": draw.choice(_CLINICAL)}]}
        found["verificationStatus"] = {"coding": [{"code": draw.choice(_SURE)}]}
    if draw.random() < 0.7:
        found |= answer(draw, corpus)
    if draw.random() < 0.3:
        found["note"] = [{"text": sentences(draw, corpus)}]
    if draw.random() < 0.2:
        found["bodySite"] = draw.choice(([], {})) or [concept(draw, corpus)]
    if draw.random() < 0.1:
        found["component"] = [{"code": concept(draw, corpus)} | answer(draw, corpus)] * 2
    if draw.random() < 0.1:
        found[draw.choice(("conclusion", "description", "severity", "method"))] = odd(draw)
    return found


def answer(draw: Random, corpus: Corpus) -> Json:
    """A value of an Observation, of any kind."""
    kind = draw.choice(("Quantity", "String", "CodeableConcept", "Boolean", "Integer", "Range"))
    if kind == "Quantity":
        return {"valueQuantity": quantity(draw, corpus)}
    values: Json = {
        "String": sentences(draw, corpus),
        "CodeableConcept": concept(draw, corpus),
        "Boolean": draw.choice((True, False, None)),
        "Integer": draw.randrange(-10, 1000),
        "Range": {"low": quantity(draw, corpus), "high": quantity(draw, corpus)},
    }
    return {f"value{kind}": values[kind]}


def quantity(draw: Random, corpus: Corpus) -> Json:
    """A number with a unit, as people and as machines write it."""
    value = draw.choice((0, -1, 3, 37.5, 101, 199, 200, 600, 45_000, 1e22, 5e-324, "450", None))
    unit = draw.choice((*corpus.units, "furlong", "", "mL/{}", "10*", "m" * 100))
    found: Json = {"value": value, draw.choice(("unit", "code")): unit}
    if draw.random() < 0.2:
        found["comparator"] = draw.choice(("<", ">", "<=", ">=", "ad", "~"))
    return found


def concept(draw: Random, corpus: Corpus) -> Json:
    """A code that is known, a sentence of a note, or both, or neither."""
    found: Json = {}
    if draw.random() < 0.8:
        coding = dict(draw.choice(corpus.codings))
        coding.pop(draw.choice(("version", "version", "version", "display", "system")), None)
        found["coding"] = [coding]
    if draw.random() < 0.5:
        found["text"] = sentences(draw, corpus)
    return found


def sentences(draw: Random, corpus: Corpus) -> str:
    """A note."""
    glue = draw.choice((" ", ". ", "\n", "; ", "<br/>", " - ", ""))
    return glue.join(draw.choice(corpus.sentences) for _ in range(draw.choice((1, 1, 1, 2, 5))))


def moment(draw: Random) -> str:
    """A date of any precision, mostly near now; the same all day."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    when = today - timedelta(hours=draw.choice(_AGES) * draw.random())
    return when.strftime(draw.choice(_FORMS))
