"""Cards say that the evaluation is incomplete, and what is missing; nothing breaks a card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import cards.compose as composing
from cards import asking, detail, drafts, minding, under_way
from cards.compose import compose
from knowledge.evaluation import Evaluation, Judged
from knowledge.failing import Apart, Failed
from knowledge.language.schema import Urgency
from tests.cards.builders import (
    BOTH_LEGS,
    CES,
    DISC,
    NEUROPATHY,
    NOW,
    REASSURING,
    SADDLE,
    SADDLE_FOUND,
    WEAKNESS,
    Shelf,
    card,
    cards,
    evaluation,
    every_text,
    labels,
    met,
)

EMERGENCY = met(CES, Urgency.EMERGENCY, SADDLE_FOUND)
MISSING: dict[str, Any] = {
    "anchors": (replace(SADDLE_FOUND, finding="numbness-anchor", display="Numb back"),),
    "screen_missing": ("saddle-numbness", "leg-power"),
}
BROKEN = Failed("saddle-anaesthesia", "ValueError", ("a.py:1 b",))


def failing(*criteria: Any) -> list[Judged]:
    return [Judged(one, "unknown", failed=replace(BROKEN, id=one.id)) for one in criteria]


def with_failed(*judged: Judged, **more: Any) -> Evaluation:
    failed = tuple(one.failed for one in judged if one.failed)
    return evaluation(*judged, failed=failed, **more)


def notes(one: dict[str, Any]) -> list[str]:
    return [part for part in one["detail"].split("\n\n") if "**Incomplete:**" in part]


def test_a_whole_evaluation_says_nothing_of_it() -> None:
    assert notes(card(evaluation(EMERGENCY))) == []


def test_what_could_not_be_had_stands_behind_the_reason_and_before_what_to_do() -> None:
    found = card(evaluation(EMERGENCY), gaps=("observations",))
    parts = found["detail"].split("\n\n")
    assert parts[0].startswith("**Found**")
    assert parts[1] == (
        "**Incomplete:** the observations could not be had in full; "
        "criteria that need them may be missing here."
    )
    assert parts[2].startswith("**Do now")


def test_both_lists_are_named_together() -> None:
    found = card(evaluation(EMERGENCY), gaps=["observations", "conditions", "encounters"])
    (note,) = notes(found)
    assert note.startswith("**Incomplete:** the conditions and observations could not be had")


@pytest.mark.parametrize("gaps", [("encounters",), ("devices", "procedures"), ("medications",)])
def test_a_list_that_only_refines_is_not_loud(gaps: tuple[str, ...]) -> None:
    assert notes(card(evaluation(EMERGENCY), gaps=gaps)) == []


def test_unknown_orders_are_minded_where_a_scan_is_asked_for() -> None:
    words = "- Orders could not be seen: check whether a scan is ordered already."
    assert words in card(evaluation(EMERGENCY), gaps=("serviceRequests",))["detail"]
    assert words not in card(evaluation(EMERGENCY))["detail"]
    bloods = card(evaluation(met(NEUROPATHY, Urgency.ROUTINE)), gaps=("serviceRequests",))
    assert words not in bloods["detail"]


def test_criteria_that_broke_are_counted_and_named_by_which_leads() -> None:
    (note,) = notes(card(with_failed(EMERGENCY, *failing(BOTH_LEGS, SADDLE))))
    assert note == (
        "**Incomplete:** 2 of 3 criteria could not be evaluated "
        "(Saddle anaesthesia; Bilateral numbness)."
    )


def test_many_that_broke_are_not_all_named() -> None:
    many = [replace_id(number) for number in range(8)]
    (note,) = notes(card(with_failed(EMERGENCY, *failing(*many))))
    assert note.endswith("Number 4; and 3 more).")


def replace_id(number: int) -> Any:
    return SADDLE.model_copy(update={"id": f"n{number}", "title": f"Number {number}"})


def test_one_whose_orders_could_not_be_judged_is_said_to_be_met() -> None:
    judged = replace(EMERGENCY, failed=replace(BROKEN, id=CES.id))
    (note,) = notes(card(with_failed(judged)))
    assert note == (
        "**Incomplete:** what was ordered or found since could not be judged "
        "(Cauda equina syndrome)."
    )


def test_every_kind_of_card_says_it() -> None:
    gone = failing(SADDLE)
    shown = [
        *cards(with_failed(met(WEAKNESS, Urgency.URGENT), met(DISC, Urgency.SOON), *gone)),
        *cards(with_failed(*gone, **MISSING)),
    ]
    assert [one["indicator"] for one in shown] == ["warning", "info", "info"]
    assert all(len(notes(one)) == 1 for one in shown)


def test_parts_that_broke_are_named_each_once() -> None:
    names = ("screen", "screen", "cautions", "reading")
    failed = tuple(Failed(name, "KeyError", (f"{at}",)) for at, name in enumerate(names))
    (note,) = notes(card(evaluation(EMERGENCY, failed=failed)))
    assert note.count("could not be judged") == 2
    assert "parts of the chart could not be read" in note


def test_a_resource_that_was_lost_is_not_told_twice() -> None:
    failed = (Failed("reading", "KeyError", ()),)
    lost = ("1 Observation could not be read",)
    found = card(evaluation(EMERGENCY, failed=failed, incomplete=lost))
    assert notes(found) == []
    assert found["detail"].count("1 Observation could not be read") == 1


def test_a_list_that_was_an_error_is_not_told_twice() -> None:
    lost = ("observations could not be had", "2 Conditions could not be read")
    found = card(evaluation(EMERGENCY, incomplete=lost), gaps=("observations",))
    assert found["detail"].count("bservations could not be had") == 1
    assert "2 Conditions could not be read" in found["detail"]


def break_at(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Apart:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("MARKER")

    monkeypatch.setattr(module, name, fails)
    return Apart()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (detail, "presentation"),
        (detail, "_steps"),
        (composing, "suggestions"),
        (composing, "build"),
        (composing, "topic"),
        (composing, "_summary"),
        (composing, "override_reasons"),
        (asking, "questions"),
        (under_way, "summary"),
        (minding, "section"),
        (drafts, "draft"),
    ],
)
def test_an_emergency_keeps_its_card_whatever_breaks_in_writing_it(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    apart = break_at(monkeypatch, module, name)
    found = card(evaluation(EMERGENCY), apart=apart)
    assert found["indicator"] == "critical"
    assert found["summary"] == "Suspected cauda equina syndrome: ER now, emergency MRI"
    assert "1. ER with MRI round the clock, not the next appointment." in found["detail"]
    assert found["source"]["topic"]["code"] == "caudaequinasyndrome"
    assert "parts of the advice could not be written" in found["detail"]
    assert [(one.id, one.exception) for one in apart] == [("cards", "RuntimeError")]
    assert "MARKER" not in "".join(every_text(found))
    assert not REASSURING.search(found["detail"])


def test_where_choosing_orders_breaks_the_rest_of_the_card_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_at(monkeypatch, composing, "choose")
    found = card(evaluation(EMERGENCY))
    assert labels(found) == []
    assert found["detail"].startswith("**Found**")
    assert "orders may be missing" in found["detail"]


def test_what_waits_for_a_card_of_its_own_does_not_cost_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_at(monkeypatch, detail, "in_hand")
    break_at(monkeypatch, detail, "undocumented")
    (only,) = cards(evaluation(**MISSING))
    assert only["summary"].endswith("cauda equina screen not recorded")
    assert "ER today, with emergency MRI" in only["detail"]


def test_nothing_that_broke_goes_by_without_being_told() -> None:
    apart = Apart()
    compose(evaluation(EMERGENCY), Shelf(), patient_id="p1", encounter_id=None, now=NOW,
            apart=apart)  # fmt: skip
    assert list(apart) == []
