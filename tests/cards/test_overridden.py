"""What a card says that was overridden before: when and why, and what is new since."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cards.said import Said
from knowledge.card_files import load_words
from knowledge.evaluation import Judged, News, Overridden
from knowledge.language.schema import Urgency
from tests.cards.builders import (
    CES,
    DISC,
    NOW,
    RESIDUAL_FOUND,
    SADDLE,
    SADDLE_FOUND,
    WEAKNESS,
    card,
    cards,
    evaluation,
    labels,
    met,
)
from tests.conftest import ROOT

BEFORE = NOW - timedelta(days=1, minutes=18)
UNTIL = BEFORE + timedelta(hours=24)


def override(*since: News, becomes: Any = "info", **more: Any) -> Overridden:
    fields: dict[str, Any] = {"urgency": Urgency.EMERGENCY} | more
    becomes = None if since else becomes
    return Overridden(BEFORE, "under-spinal-team", UNTIL, becomes, since, **fields)


def quieted(what: Any = CES, urgency: Urgency = Urgency.EMERGENCY, **more: Any) -> Judged:
    found = override(urgency=urgency)
    return met(what, Urgency.ROUTINE, SADDLE_FOUND, overridden=found, **more)


def speaking(*since: News, what: Any = CES) -> Judged:
    return met(what, Urgency.EMERGENCY, SADDLE_FOUND, overridden=override(*since))


def test_a_quieted_emergency_is_information_with_nothing_to_order() -> None:
    one = card(evaluation(quieted()))
    assert one["indicator"] == "info"
    assert one["summary"] == (
        "Cauda equina syndrome: overridden 31 Oct 2026 10:12 (Already under the spinal team)"
    )
    assert "suggestions" not in one
    assert "Do now" not in one["detail"]


def test_it_says_when_why_and_until_when_and_what_to_do_if_it_is_worse() -> None:
    told = card(evaluation(quieted()))["detail"]
    assert "**Overridden 31 Oct 2026 10:12**: Already under the spinal team." in told
    assert "until 10:12" in told
    assert "Suspected cauda equina syndrome: ER now, emergency MRI." in told
    assert "Numbness of saddle area" in told


def test_it_can_be_overridden_again_for_the_reasons_of_before() -> None:
    codes = [one["code"] for one in card(evaluation(quieted()))["overrideReasons"]]
    assert "under-spinal-team" in codes
    urgent = card(evaluation(quieted(WEAKNESS, Urgency.URGENT)))
    assert "already-in-er" not in [one["code"] for one in urgent["overrideReasons"]]


def test_neither_who_nor_a_comment_stands_anywhere() -> None:
    """There is no place for them: what is known of an override are its moment and its code."""
    assert set(Overridden.__slots__) == {"at", "reason", "until", "becomes", "since", "urgency"}


def test_a_new_emergency_leads_in_full_and_names_the_quieted_one() -> None:
    new = met(SADDLE, Urgency.EMERGENCY, RESIDUAL_FOUND)
    one = card(evaluation(quieted(), new))
    assert one["indicator"] == "critical"
    assert one["source"]["topic"]["code"] == "saddleanaesthesia"
    assert "Cauda equina syndrome (overridden)" in one["detail"]
    assert labels(one)


def test_beside_a_new_urgent_criterion_the_quieted_emergency_has_its_own_information() -> None:
    first, second = cards(evaluation(quieted(), met(WEAKNESS, Urgency.URGENT, RESIDUAL_FOUND)))
    assert (first["indicator"], second["indicator"]) == ("warning", "info")
    assert "overridden" in second["summary"]


def test_what_can_wait_stands_on_the_card_of_the_quieted_one() -> None:
    one = card(evaluation(quieted(), met(DISC, Urgency.SOON, RESIDUAL_FOUND)))
    assert "**Do not attribute to**: Disc herniation radiculopathy." in one["detail"]


def test_what_was_overridden_without_a_card_has_none() -> None:
    found = override(becomes="no-card", urgency=Urgency.SOON)
    waiting = met(DISC, Urgency.SOON, RESIDUAL_FOUND, overridden=found)
    assert cards(evaluation(waiting)) == []


def test_a_child_sees_that_an_emergency_was_overridden() -> None:
    assert card(evaluation(quieted(), paediatric=True))["indicator"] == "info"
    assert cards(evaluation(quieted(WEAKNESS, Urgency.URGENT), paediatric=True)) == []


def test_a_card_that_speaks_again_says_what_is_new() -> None:
    one = card(evaluation(speaking(News("finding", "urinary-retention"), News("urgency"))))
    assert one["indicator"] == "critical"
    assert one["summary"] == "Suspected cauda equina syndrome: ER now, emergency MRI"
    expected = (
        "**Overridden 31 Oct 2026 10:12**: Already under the spinal team. "
        "Since then: Urinary-Retention new, more urgent."
    )
    assert expected in one["detail"]
    assert labels(one)


def test_a_card_whose_time_is_over_says_so() -> None:
    assert "Since then: its time is over." in card(evaluation(speaking(News("time"))))["detail"]


def test_of_much_that_is_new_only_some_is_told() -> None:
    names = [
        "saddle-numbness", "urinary-retention", "bowel-dysfunction", "leg-power",
        "sexual-dysfunction", "nameless",
    ]  # fmt: skip
    told = card(evaluation(speaking(*(News("finding", name) for name in names))))["detail"]
    assert "Sexual-Dysfunction new, and 1 more." in told


def test_what_speaks_is_told_before_what_is_quiet() -> None:
    both = evaluation(speaking(News("time")), speaking(News("urgency"), what=SADDLE))
    assert card(both)["detail"].count("**Overridden") == 1
    mixed = evaluation(
        met(CES, Urgency.EMERGENCY, SADDLE_FOUND), speaking(News("time"), what=SADDLE)
    )
    assert "Since then: its time is over." in card(mixed)["detail"]


@pytest.mark.parametrize("becomes", ["no-card", None])
def test_the_questions_stay_away_or_say_that_they_were_overridden(becomes: Any) -> None:
    since = () if becomes else (News("open"),)
    found = replace(override(*since, becomes=becomes), urgency=None)
    one = evaluation(
        anchors=(SADDLE_FOUND,), screen_missing=("urinary-retention",), missing_overridden=found
    )
    if becomes:
        assert cards(one) == []
    else:
        assert "Since then: a further question is open." in card(one)["detail"]


def test_a_quieted_card_whose_words_break_asks_for_nothing_either() -> None:
    broken = replace(
        quieted(),
        overridden=replace(override(), reason="x", until=None),  # type: ignore[arg-type]
    )
    one = card(evaluation(broken))
    assert one["indicator"] == "info"
    assert "ER with MRI" not in one.get("detail", "")


def test_what_each_card_speaks_of_is_told() -> None:
    said: list[Said] = []
    new = met(WEAKNESS, Urgency.URGENT, RESIDUAL_FOUND)
    first, second = cards(evaluation(quieted(), quieted(SADDLE), new), said=said)
    assert said == [
        Said(first["uuid"], WEAKNESS.id, "warning", "urgent", (WEAKNESS.id,)),
        Said(second["uuid"], CES.id, "info", "emergency", (CES.id, SADDLE.id)),
    ]


def test_every_word_for_what_is_new_can_be_filled_in() -> None:
    for kind, text in load_words(ROOT / "knowledge").quieting.since.items():
        assert "{" not in text.format(title="Numbness"), kind
