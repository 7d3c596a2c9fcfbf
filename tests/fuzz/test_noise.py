"""Whatever stands in a chart beside an emergency, the emergency is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.safe_yaml import SAFE
from service.discovery import SERVICE_IDS
from tests.fuzz.charts import TYPES
from tests.fuzz.corpus import KNOWLEDGE, Json
from tests.fuzz.damage import encode
from tests.fuzz.odd import odd
from tests.fuzz.server import Server

FIELDS = ("id", "status", "code", "subject", "category", "note", "bodySite", "component",
          "severity", "clinicalStatus", "verificationStatus", "effectiveDateTime", "onsetDateTime",
          "issued", "valueString", "valueQuantity", "interpretation", "meta", "contained", "entry",
          "link", "total", "text", "extension", "conclusion", "period", "class",
          "birthDate")  # fmt: skip

_VAGUE = re.compile(r'"20\d\d(-\d\d)?"')
_DAY = re.compile(r"(?<=\")20\d\d-\d\d-\d\d")


def emergencies(now: datetime) -> Iterator[str]:
    """The example patients that have one, with all days moved to where they were before `now`."""
    folder = KNOWLEDGE / "patients"
    document = yaml.load((folder / "expected.yaml").read_bytes(), Loader=SAFE)
    for one in document["patients"]:
        if one["expect"]["cards"][:1] == ["critical"]:
            text = (folder / one["file"]).read_text(encoding="utf-8")
            if one["file"].endswith(".request.json") and not _VAGUE.search(text):
                passed = now - datetime.fromisoformat(one["at"]) if "at" in one else timedelta()
                yield _moved(text, timedelta(days=passed.days))


def _moved(text: str, passed: timedelta) -> str:
    return _DAY.sub(lambda day: (date.fromisoformat(day[0]) + passed).isoformat(), text)


EMERGENCIES = list(emergencies(datetime.now(UTC)))


def junk(draw: Random) -> Any:
    """A resource of which no field is what it should be; or no resource at all."""
    if draw.random() < 0.2:
        return odd(draw)
    found: Json = {"resourceType": draw.choice((*TYPES, "Bundle", "OperationOutcome", "Basic"))}
    return found | {name: odd(draw) for name in draw.sample(FIELDS, draw.randrange(1, 8))}


def with_noise(draw: Random, text: str) -> Json:
    """A request with odd things among its resources, and under a key of their own."""
    request: Json = json.loads(text)
    prefetch = request["prefetch"]
    bundles = [one for one in prefetch.values() if isinstance(one, dict) and one.get("entry")]
    for _ in range(draw.choice((1, 1, 3))):
        if bundles and draw.random() < 0.7:
            draw.choice(bundles)["entry"].append(
                draw.choice((junk(draw), {"resource": junk(draw)}))
            )
        else:
            prefetch[draw.choice(("noise", "labs", ""))] = junk(draw)
    return request


def first_card(server: Server, request: Json, body: bytes) -> str:
    """How grave the first card is; what there is instead where there is none."""
    url = f"{server.url}/cds-services/{SERVICE_IDS[request['hook']]}"
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(url, content=body, headers=headers, timeout=60, trust_env=False)
    cards = answer.json().get("cards", ())
    return str(cards[0]["indicator"]) if cards else answer.text


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(draw=st.randoms(use_true_random=False), text=st.sampled_from(EMERGENCIES))
def test_what_is_odd_beside_an_emergency_never_hides_it(
    draw: Random, text: str, server: Server
) -> None:
    request = with_noise(draw, text)
    assert first_card(server, request, encode(draw, request)) == "critical"


@pytest.mark.parametrize("text", EMERGENCIES, ids=range(len(EMERGENCIES)))
def test_without_anything_odd_the_emergency_is_told(text: str, server: Server) -> None:
    assert first_card(server, json.loads(text), text.encode()) == "critical"
