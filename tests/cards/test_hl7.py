from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from knowledge.language.schema import Urgency
from tests.cards.builders import (
    CES,
    DISC,
    RESIDUAL_FOUND,
    SADDLE_FOUND,
    WEAKNESS,
    WORDS,
    cards,
    evaluation,
    met,
)
from tests.conftest import NO_SHARED, SHARED

CHECK = SHARED / "tools" / "logical-check" / "logical_check.py"
JUDGED = {
    "emergency": evaluation(met(CES, Urgency.EMERGENCY, SADDLE_FOUND, RESIDUAL_FOUND)),
    "in the ER": evaluation(met(CES, Urgency.EMERGENCY, SADDLE_FOUND), setting="EMER"),
    "urgent and a cause": evaluation(met(WEAKNESS, Urgency.URGENT), met(DISC, Urgency.SOON)),
    "missing": evaluation(anchors=(SADDLE_FOUND,), screen_missing=("leg-power",)),
    "nothing": evaluation(),
}


@pytest.mark.shared
def test_the_cards_pass_hl7s_own_models(tmp_path: Path) -> None:
    if not CHECK.is_file():
        pytest.skip(NO_SHARED)
    pytest.importorskip("fhirpathpy", reason="the check by HL7's models needs fhirpathpy")
    every = [
        card
        for judged in JUDGED.values()
        for card in cards(judged, base_url="http://127.0.0.1:8000")
    ]
    answer = tmp_path / "response.json"
    answer.write_text(json.dumps({"cards": every}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, CHECK, "response", answer], capture_output=True, text=True, check=False
    )
    assert done.stdout == "0 errors, 0 warnings\n", done.stdout + done.stderr


@pytest.mark.parametrize("name", JUDGED)
def test_nothing_is_null_or_empty(name: str) -> None:
    assert not list(holes(cards(JUDGED[name]), "$")) or name == "nothing"


def holes(value: Any, place: str) -> list[str]:
    if value is None or value in ("", [], {}):
        return [place]
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [hole for key, one in inner for hole in holes(one, f"{place}.{key}")]


@pytest.mark.parametrize("name", JUDGED)
def test_the_cards_are_json_as_they_are(name: str) -> None:
    found = cards(JUDGED[name])
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.shared
def test_hl7s_override_reasons_exist(shared: Path) -> None:
    path = shared / "cds-hooks" / "hl7-3.0-ballot" / "CodeSystem-non-adherence-reason-codes.json"
    system = json.loads(path.read_text(encoding="utf-8"))
    codes = {one["code"] for group in system["concept"] for one in group["concept"]}
    assert system["url"] == WORDS.systems.hl7_reason
    assert {reason.code for reason in WORDS.reasons if reason.hl7} <= codes
    assert not {reason.code for reason in WORDS.reasons if not reason.hl7} & codes
