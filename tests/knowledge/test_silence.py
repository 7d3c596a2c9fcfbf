"""What a site keeps silent: judged as ever, counted for the others, and told by no card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.evaluation import Evaluation, Judged, as_json
from knowledge.failing import Failed
from knowledge.language.schema import Urgency
from knowledge.library import Library, load_library
from knowledge.silence import aloud, marked, without_silent
from tests.cards.builders import CES, DISC, SADDLE_FOUND, evaluation, met
from tests.knowledge.site.test_effects import (
    STANDARD,
    evaluated,
    judged,
    residual,
    sciatica,
    set_up,
)

NAME = "cauda-equina-syndrome"
CAUSE = "disc-herniation-radiculopathy"
BROKEN = Failed(NAME, "ValueError", ("a.py:1 f",))


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def silencing(*names: str) -> str:
    lines = (
        f"  - {{criterion: {name}, why: We watch it for the first weeks.}}\n" for name in names
    )
    return f"site: Us\nsilent:\n{''.join(lines)}"


def the(evaluation: Evaluation, name: str) -> Judged:
    (one,) = (one for one in evaluation.criteria if one.criterion.id == name)
    return one


@pytest.fixture
def quiet(tmp_path: Path) -> Library:
    return set_up(tmp_path, silencing(NAME, "bladder-bowel-dysfunction"))


def test_a_silent_criterion_is_judged_as_ever_and_marked(quiet: Library, library: Library) -> None:
    chart = (sciatica(), residual(480, STANDARD))
    loud, silent = (judged(evaluated(one, *chart), NAME) for one in (library, quiet))
    assert silent.silent
    assert silent.held_back_by == (*loud.held_back_by, "site")
    assert not silent.off
    told = ("outcome", "urgency", "clock", "evidence", "ask", "missing", "reasons")
    assert [getattr(silent, key) for key in told] == [getattr(loud, key) for key in told]


def test_its_urgency_still_counts_for_whoever_asks_that_no_emergency_is_met(
    quiet: Library,
) -> None:
    found = evaluated(quiet, sciatica(), residual(480, STANDARD))
    assert found.emergency
    assert "is met" in " ".join(judged(found, CAUSE).reasons)


def test_what_is_switched_off_is_not_silent(tmp_path: Path) -> None:
    off = set_up(tmp_path, silencing(NAME).replace("silent:", "switched_off:"))
    one = judged(evaluated(off, sciatica(), residual(480, STANDARD)), NAME)
    assert one.off
    assert not one.silent


def test_explain_says_silent_of_it_and_of_no_other(quiet: Library) -> None:
    body = as_json(evaluated(quiet, sciatica(), residual(480, STANDARD)), [])
    criteria: list[dict[str, object]] = body["criteria"]  # type: ignore[assignment]
    silent = {str(one["id"]) for one in criteria if one.get("silent")}
    assert silent == {NAME, "bladder-bowel-dysfunction"}
    assert "silent" not in body


def test_a_child_with_a_silent_cause_hears_nothing_of_it_and_it_stays_marked(
    tmp_path: Path,
) -> None:
    library = set_up(tmp_path, f"site: Us\nsilent:\n  - criterion: {CAUSE}\n")
    child = {"resourceType": "Patient", "id": "p1", "birthDate": "2020-01-01"}
    one = judged(evaluated(library, sciatica(), child), CAUSE)
    assert (one.outcome, one.silent) == ("not-met", True)


def test_cards_are_made_as_if_it_were_off_and_what_is_met_is_not_forgotten() -> None:
    ces = marked(met(CES, Urgency.EMERGENCY, SADDLE_FOUND))
    whole = evaluation(ces, met(DISC, Urgency.ROUTINE))
    heard = without_silent(whole)
    assert [one.criterion.id for one in heard.met] == [CAUSE]
    assert the(heard, NAME).off
    assert heard.silenced == (ces,)
    assert not heard.emergency


def test_aloud_nothing_of_the_marks_is_left() -> None:
    loud = met(CES, Urgency.EMERGENCY, SADDLE_FOUND, held_back_by=("work-up",))
    assert aloud(evaluation(marked(loud))).criteria == (loud,)


def test_where_nothing_is_silent_nothing_is_made_anew() -> None:
    whole = evaluation(met(CES, Urgency.EMERGENCY, SADDLE_FOUND))
    assert without_silent(whole) is whole
    assert aloud(whole) is whole


def test_a_silent_criterion_that_was_judged_is_no_evaluation_of_nothing() -> None:
    works = marked(met(DISC, Urgency.ROUTINE))
    broken = Judged(CES, "unknown", failed=BROKEN)
    assert not evaluation(works, broken).nothing_judged
    off = Judged(DISC, "not-met", held_back_by=("site",))
    assert evaluation(off, broken).nothing_judged
    assert evaluation(marked(replace(broken)), off).nothing_judged
