"""Requests and feedback as clients send them, before anything is done to them."""

from __future__ import annotations

import json
from random import Random
from uuid import UUID

from service.discovery import SERVICES
from tests.fuzz.charts import PATIENT, concept, moment, prefetch, resource
from tests.fuzz.corpus import Corpus, Json
from tests.fuzz.ehr import PLACE

CLOSED = "http://127.0.0.1:1/fhir"
"""A server on this machine at which nobody answers."""

_CUT = ("patient", "conditions", "observations", "serviceRequests", "procedures", "devices",
        "diagnosticReports", "medications", "encounters")  # fmt: skip
_ORDERS = ("order-select", "order-sign")


def addressed(draw: Random, corpus: Corpus) -> tuple[str, Json]:
    """A service, or its explanation, with a request for it."""
    service, hook = draw.choice(tuple(SERVICES.items()))
    way = "cds-services" if draw.random() < 0.8 else "explain"
    return f"/{way}/{service}", request(draw, hook, corpus)


def request(draw: Random, hook: str, corpus: Corpus) -> Json:
    """A request as a client could send it."""
    if draw.random() < 0.6:
        found: Json = json.loads(draw.choice(corpus.requests))
    else:
        found = {"context": {"userId": "Practitioner/u1", "patientId": PATIENT}}
        found["prefetch"] = prefetch(draw, corpus)
    found |= {"hook": hook, "hookInstance": uuid(draw)}
    found["context"].setdefault("encounterId", "e1")
    if hook in _ORDERS:
        found["context"] |= _drafts(draw, found["context"]["patientId"], corpus)
    return found


def uuid(draw: Random) -> str:
    """A UUID of this draw."""
    return str(UUID(int=draw.getrandbits(128), version=4))


def cut_off(draw: Random, found: Json) -> None:
    """Leave something out that can be asked for at a server."""
    own = f"{PLACE}/{draw.getrandbits(60)}"
    found["fhirServer"] = draw.choice((CLOSED, own, own, own, own))
    for name in draw.sample(_CUT, draw.choice((1, 1, 2, 5))):
        found["prefetch"].pop(name, None)
    if draw.random() < 0.5:
        found["fhirAuthorization"] = _access(draw)
    else:
        found.pop("fhirAuthorization", None)


def _access(draw: Random) -> Json:
    found: Json = {"access_token": draw.choice(("t", "t", "a b", "", "\r\nX: y"))}
    found |= {"token_type": "Bearer", "expires_in": 300, "subject": "s"}
    return found | {"scope": draw.choice(("patient/*.rs", "x y (z)", "", "\x00"))}


def _drafts(draw: Random, patient: str, corpus: Corpus) -> Json:
    drafts = [_draft(draw, patient, corpus) for _ in range(draw.choice((1, 1, 2, 4)))]
    entries = [{"resource": one} for one in drafts]
    return {
        "draftOrders": {"resourceType": "Bundle", "entry": entries},
        "selections": [f"{one['resourceType']}/{one['id']}" for one in drafts[:1]],
    }


def _draft(draw: Random, patient: str, corpus: Corpus) -> Json:
    """A draft order, mostly of imaging."""
    if draw.random() < 0.1:
        return {"id": "d0"} | resource(draw, corpus)
    ordered = {"coding": [dict(draw.choice(corpus.orders))]}
    found: Json = {"resourceType": "ServiceRequest", "id": f"d{draw.randrange(1000)}"}
    found |= {"status": "draft", "intent": draw.choice(("order", "proposal", "plan"))}
    found["code"] = ordered if draw.random() < 0.8 else concept(draw, corpus)
    found |= {"subject": {"reference": f"Patient/{patient}"}, "authoredOn": moment(draw)}
    if draw.random() < 0.5:
        found["priority"] = draw.choice(("routine", "urgent", "asap", "stat", "x"))
    if draw.random() < 0.3:
        found["note"] = [{"text": draw.choice(corpus.sentences)}]
    if draw.random() < 0.3:
        found["bodySite"] = [concept(draw, corpus)]
    return found


def told(draw: Random, corpus: Corpus) -> Json:
    """What became of a card."""
    found: Json = {"card": uuid(draw), "outcomeTimestamp": moment(draw)}
    if draw.random() < 0.5:
        return found | {"outcome": "accepted", "acceptedSuggestions": [{"id": uuid(draw)}]}
    reason: Json = {"reason": dict(draw.choice(corpus.codings))}
    reason["userComment"] = draw.choice(corpus.sentences)
    name = draw.choice(("overrideReason", "overrideReasons"))
    return found | {"outcome": "overridden", name: reason}
