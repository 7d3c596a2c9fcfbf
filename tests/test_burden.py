"""Patients that others made, none with a numb back: hardly a card may appear for them."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from service.engine import Judgement
from service.files import read_file
from service.judging import LibraryEngine, load_engine

ZONE = ZoneInfo("UTC")
Resources = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def engine() -> LibraryEngine:
    return load_engine("http://127.0.0.1:8000")


def judge(engine: LibraryEngine, raw: bytes, now: datetime) -> Judgement:
    return engine.judge(read_file(raw, None, "patient-view"), now)


def last_encounter(encounters: list[dict[str, Any]]) -> datetime:
    starts = [datetime.fromisoformat(one["period"]["start"]) for one in encounters]
    return max(starts).astimezone(ZONE)


def patients(folder: Path) -> Iterator[Resources]:
    """Each patient's resources by type, from a bulk-data export."""
    found: dict[str, Resources] = defaultdict(lambda: defaultdict(list))
    for path in sorted(folder.glob("*.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                one = json.loads(line)
                about = one.get("subject", {}).get("reference", f"Patient/{one['id']}")
                found[about.rpartition("/")[2].rpartition(":")[2]][one["resourceType"]].append(one)
    yield from found.values()


def as_bundle(resources: Resources) -> bytes:
    entries = [{"resource": one} for several in resources.values() for one in several]
    return msgspec.json.encode({"resourceType": "Bundle", "type": "collection", "entry": entries})


def test_no_patient_of_the_bulk_export_gets_a_critical_card(
    engine: LibraryEngine, shared: Path
) -> None:
    indicators: list[str] = []
    count = 0
    for resources in patients(shared / "data" / "synthea-bulk"):
        count += 1
        judged = judge(engine, as_bundle(resources), last_encounter(resources["Encounter"]))
        indicators += [card["indicator"] for card in judged.cards]
    assert count == 611
    assert "critical" not in indicators
    assert len(indicators) * 200 < count, "5 in 1,000 at the most get any card"


@pytest.mark.parametrize("today", [True, False], ids=["today", "at the last encounter"])
def test_the_bundles_are_answered_without_a_card(
    engine: LibraryEngine, shared: Path, today: bool
) -> None:
    paths = sorted((shared / "data" / "synthea-bundles").glob("*.json"))
    assert len(paths) == 24
    for path in paths:
        raw = path.read_bytes()
        entries = [entry["resource"] for entry in json.loads(raw)["entry"]]
        stays = [one for one in entries if one["resourceType"] == "Encounter"]
        now = datetime.now(ZONE) if today else last_encounter(stays)
        assert judge(engine, raw, now).cards == []
