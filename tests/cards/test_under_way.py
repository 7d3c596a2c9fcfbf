"""What a card says of orders and reports since the red flag (rule G9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cards.under_way import left_to_do
from knowledge.evaluation import Evidence, Noted, State, WorkUp
from knowledge.language.schema import Urgency
from tests.cards.builders import (
    BOTH_LEGS,
    CES,
    DISC,
    NOW,
    SADDLE,
    SADDLE_FOUND,
    WEAKNESS,
    card,
    cards,
    evaluation,
    labels,
    met,
)

ORDER = Evidence(
    finding="mri-lumbar-ordered",
    reference="ServiceRequest/s1",
    display="MRI lumbar spine",
    date="2026-11-01T09:10:00+00:00",
    matched_by="code",
    value_set="order-mri-lumbar",
    resource_type="ServiceRequest",
)
OLD = Evidence(**{**{name: getattr(ORDER, name) for name in ORDER.__slots__}, "date": "2026-10-20"})


def work_up(state: State, *why: str, order: Evidence = ORDER, **more: Any) -> WorkUp:
    fields: dict[str, Any] = {"priority": "stat", "status": "active"} | more
    urgency = fields.pop("urgency", Urgency.EMERGENCY)
    return WorkUp(state, urgency, "MRI", "the spinal surgeons", order, why, **fields)


def in_hand(**more: Any) -> Any:
    return met(CES, Urgency.ROUTINE, SADDLE_FOUND, work_up=work_up(State.ACKNOWLEDGED), **more)


def in_the_er(*criteria: Any, **more: Any) -> Any:
    since = "2026-11-01T08:10:00+00:00"
    return evaluation(*criteria, setting="EMER", setting_since=since, **more)


def test_what_is_in_hand_is_information_with_nothing_new_to_order() -> None:
    one = card(in_the_er(in_hand()))
    assert one["indicator"] == "info"
    assert one["summary"] == (
        "Cauda equina syndrome: emergency MRI ordered 09:10, patient is in the ER since 08:10"
    )
    assert "suggestions" not in one
    assert "call the spinal surgeons without waiting for the scan" in one["detail"]
    assert "ServiceRequest/s1: adequate for this" in one["detail"]


def test_what_is_in_hand_takes_the_place_of_the_causes_that_can_wait() -> None:
    one = card(in_the_er(in_hand(), met(DISC, Urgency.ROUTINE)))
    assert "**Do not attribute to**: Disc herniation radiculopathy." in one["detail"]
    assert "suggestions" not in one


def test_another_emergency_leads_and_names_what_is_in_hand() -> None:
    one = card(in_the_er(in_hand(), met(BOTH_LEGS, Urgency.EMERGENCY, SADDLE_FOUND)))
    assert one["indicator"] == "critical"
    assert "Cauda equina syndrome (in hand)" in one["detail"]
    assert labels(one) == ["Order emergency MRI, whole spine"]


def test_beside_what_is_urgent_it_has_a_card_of_its_own() -> None:
    first, second = cards(in_the_er(in_hand(), met(WEAKNESS, Urgency.URGENT, SADDLE_FOUND)))
    assert (first["indicator"], second["indicator"]) == ("warning", "info")
    assert "emergency MRI ordered 09:10" in second["summary"]


def test_a_routine_order_stands_in_the_first_line_of_a_critical_card() -> None:
    found = work_up(State.NOT_ENOUGH, "priority", order=OLD, priority="routine")
    one = card(evaluation(met(CES, Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)))
    assert one["indicator"] == "critical"
    assert one["summary"] == (
        "Cauda equina syndrome: the routine MRI order of 20 Oct 2026 is not enough, "
        "escalate to emergency MRI in the ER now"
    )
    assert "not enough: its priority is routine. Escalate it" in one["detail"]
    assert "Order emergency MRI, lumbosacral" in labels(one)


def test_an_order_from_before_the_red_flag_is_said_to_be_older() -> None:
    found = work_up(State.NOT_ENOUGH, "before", order=OLD, priority="routine")
    one = card(evaluation(met(SADDLE, Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)))
    assert one["summary"] == (
        "Saddle anaesthesia: new since the routine MRI order of 20 Oct 2026, "
        "escalate to emergency MRI in the ER now"
    )


def test_somebody_who_was_never_sent_in_is_sent_in() -> None:
    found = work_up(State.NOT_ENOUGH, "place")
    one = card(evaluation(met(CES, Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)))
    assert one["summary"].endswith("emergency MRI ordered 09:10, but not in the ER: send in now")
    assert labels(one)[0] == "Refer to the ER now"


def test_a_revoked_order_is_named_by_its_status() -> None:
    found = work_up(State.NOT_ENOUGH, "not-in-force", status="revoked")
    one = card(evaluation(met(CES, Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)))
    assert "the revoked scan order of 09:10 is not enough" in one["summary"]
    assert "it is not in force (revoked)" in one["detail"]


def test_an_overdue_scan_is_escalated_and_not_ordered_again() -> None:
    due = (NOW - timedelta(minutes=20)).timestamp()
    found = work_up(State.OVERDUE, due=due)
    one = card(in_the_er(met(CES, Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)))
    assert one["indicator"] == "critical"
    assert one["summary"] == "Cauda equina syndrome: MRI overdue since 10:10, escalate now"
    assert (
        "1. Call radiology and the spinal surgeons now: the MRI was ordered 09:10."
        in (one["detail"])
    )
    assert labels(one) == []


def test_a_report_that_shows_it_calls_the_surgeons() -> None:
    found = work_up(State.SHOWN, order=OLD)
    one = card(in_the_er(met(CES, Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)))
    assert one["summary"] == (
        "Cauda equina syndrome: the scan shows compression, call the spinal surgeons now"
    )
    assert "**Since then**" in one["detail"]
    assert labels(one) == []


def test_a_first_line_that_would_be_too_long_is_the_criterions_own() -> None:
    long = CES.model_copy(update={"title": "A title that goes on and on " * 4})
    found = work_up(State.NOT_ENOUGH, "priority", priority="routine")
    one = card(evaluation(met(long, Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)))
    assert one["summary"] == "Suspected cauda equina syndrome: ER now, emergency MRI"
    assert "not enough: its priority is routine" in one["detail"]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (State.EXCLUDED, "the report of 20 Oct 2026 speaks against it, examine again"),
        (State.TREATED, "operated on 20 Oct 2026, examine again"),
    ],
)
def test_what_a_report_or_an_operation_settles_is_examined_again(state: State, says: str) -> None:
    one = card(
        in_the_er(met(CES, Urgency.ROUTINE, SADDLE_FOUND, work_up=work_up(state, order=OLD)))
    )
    assert one["indicator"] == "info"
    assert one["summary"] == f"Cauda equina syndrome: {says}"
    assert "new or worse since then needs its own scan" in one["detail"]
    assert labels(one) == []


def test_an_order_of_another_scan_is_not_called_the_one_that_is_needed() -> None:
    found = work_up(State.NOT_ENOUGH, "region")
    one = card(in_the_er(met(CES, Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)))
    assert "the stat scan order of 09:10 is not enough, escalate to emergency MRI" in one["summary"]


def test_a_scan_that_shows_it_is_not_asked_for_again() -> None:
    steps = ["MRI of the lumbar spine within 4 hours.", "Catheterise."]
    shown = met(CES, Urgency.EMERGENCY, SADDLE_FOUND, work_up=work_up(State.SHOWN))
    assert left_to_do(shown, steps) == ["Catheterise."]
    assert left_to_do(met(CES, Urgency.EMERGENCY, SADDLE_FOUND), steps) == steps


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_first_line(state: State) -> None:
    found = work_up(state, *(["region"] if state is State.NOT_ENOUGH else []))
    one = cards(in_the_er(met(CES, Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)))[0]
    assert "{" not in one["summary"]
    assert len(one["summary"]) < 140


# -- what to check before a scan (rule G10) ------------------------------------------------------


def caution(beside: str) -> Noted:
    device = Evidence(
        finding="mri-device", reference="Device/d1", display="Cardiac *pacemaker*", date=None,
        matched_by="code", value_set="mri-contraindication", resource_type="Device",
    )  # fmt: skip
    return Noted("mri-device", beside, "{found}: check.", (device,))


def test_a_pacemaker_stands_beside_an_mri_and_changes_nothing_else() -> None:
    said = met(CES, Urgency.EMERGENCY, SADDLE_FOUND)
    plain, minded = card(evaluation(said)), card(evaluation(said, cautions=(caution("mri"),)))
    assert r"- Cardiac \*pacemaker\*: check." in minded["detail"]
    assert (plain["indicator"], labels(plain)) == (minded["indicator"], labels(minded))


def test_a_caution_is_not_said_where_no_such_scan_is_offered() -> None:
    said = met(CES, Urgency.EMERGENCY, SADDLE_FOUND)
    assert "pacemaker" not in card(evaluation(said, cautions=(caution("gadolinium"),)))["detail"]


def test_a_caution_is_said_of_the_scan_that_is_ordered_already() -> None:
    assert "pacemaker" in card(in_the_er(in_hand(), cautions=(caution("mri"),)))["detail"]
