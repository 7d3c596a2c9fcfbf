"""Which cards come before a discharge, and what they hold it for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cards import detail
from cards.case import Case
from cards.compose import compose
from cards.discharging import compose_discharge
from cards.leaving import first_line
from knowledge.evaluation import Evaluation, Evidence, Judged, Noted, State, WorkUp
from knowledge.failing import Apart
from knowledge.language.files import parse, read
from knowledge.language.schema import CardWords, Criterion, Source, Urgency
from knowledge.library import Library, load_library
from tests.cards.builders import (
    BOTH_LEGS,
    CES,
    DISC,
    NEUROPATHY,
    NOW,
    SADDLE,
    SADDLE_FOUND,
    WEAKNESS,
    WORDS,
    Shelf,
    criterion,
    evaluation,
    labels,
    met,
)
from tests.cards.test_under_way import OLD, in_the_er, work_up
from tests.conftest import ROOT

ADVICE = "Before discharge: tell the patient which changes mean the ER the same day"
DAY = WORDS.discharge.awaited.seconds
NUMB_LEG = Evidence(
    finding="numbness",
    reference="Condition/c3",
    display="Numbness of leg",
    date="2026-10-20",
    matched_by="code",
    value_set="numbness-leg",
    resource_type="Condition",
)
BACK_PAIN = Evidence(
    finding="back-pain",
    reference="Condition/c4",
    display="Backache",
    date="2026-10-20",
    matched_by="code",
    value_set="back-pain",
    resource_type="Condition",
)
SCREEN = ("saddle-numbness", "urinary-retention", "bowel-dysfunction")
TELLING = criterion(
    "telling",
    CardWords(summary="Sciatica: treat without a scan", safety_net=True),
    group="cause",
    lead=12,
)
NO_SCAN = criterion("no-scan", CardWords(summary="Guillain-Barré: ER now", in_hospital="Now"))


def cards(judged: Evaluation, **more: Any) -> list[dict[str, Any]]:
    asked: dict[str, Any] = {"patient_id": "p1", "encounter_id": "e1", "now": NOW} | more
    return compose_discharge(judged, Shelf(), **asked)


def card(judged: Evaluation, **more: Any) -> dict[str, Any]:
    (only,) = cards(judged, **more)
    return only


def settled(what: Criterion, found: WorkUp, **more: Any) -> Judged:
    return met(
        what, Urgency.ROUTINE, SADDLE_FOUND, work_up=found, held_back_by=("work-up",), **more
    )


def ordered(what: Criterion = CES, urgency: Urgency = Urgency.EMERGENCY, **more: Any) -> Judged:
    return settled(what, work_up(State.ACKNOWLEDGED, urgency=urgency), **more)


def lacking(*why: str, **more: Any) -> Judged:
    found = work_up(State.NOT_ENOUGH, *why, **more)
    return met(CES, Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)


EMERGENCY = met(CES, Urgency.EMERGENCY, SADDLE_FOUND)
URGENT = met(WEAKNESS, Urgency.URGENT, SADDLE_FOUND)


def test_an_emergency_without_a_scan_holds_the_discharge_and_offers_it() -> None:
    one = card(in_the_er(EMERGENCY))
    assert one["indicator"] == "critical"
    assert one["summary"] == (
        "Do not discharge yet. Cauda equina syndrome: "
        "no emergency MRI order or settling report seen"
    )
    assert labels(one) == ["Order emergency MRI, lumbosacral"]
    assert "- Numbness of saddle area, 30 Oct 2026" in one["detail"]


def test_nobody_who_is_in_hospital_is_referred_to_the_er_and_somebody_in_a_clinic_is() -> None:
    assert "Refer to the ER now" not in labels(card(in_the_er(EMERGENCY)))
    assert "Refer to the ER now" in labels(card(evaluation(EMERGENCY)))


def test_an_emergency_that_asks_for_no_scan_is_said_in_its_own_words() -> None:
    told = met(NO_SCAN, Urgency.EMERGENCY, SADDLE_FOUND)
    assert card(evaluation(told))["summary"] == "Do not discharge yet. Guillain-Barré: ER now"
    assert card(in_the_er(told))["summary"] == "Do not discharge yet. Now"


def test_what_is_urgent_is_a_warning_that_says_what_to_arrange() -> None:
    one = card(evaluation(URGENT))
    assert one["indicator"] == "warning"
    assert one["summary"] == "Before discharge: Leg weakness: spinal team today; no MRI order seen"
    assert labels(one) == ["Refer to the spinal team today", "Order urgent MRI, lumbosacral"]


def test_a_scan_that_is_ordered_and_not_reported_holds_the_discharge() -> None:
    one = card(in_the_er(ordered()))
    assert one["indicator"] == "critical"
    assert one["summary"] == (
        "Do not discharge yet. Cauda equina syndrome: MRI ordered 09:10, "
        "no final report, see it first"
    )
    assert "suggestions" not in one
    assert "See the final report of the MRI first" in one["detail"]
    assert "without waiting for the scan" in one["detail"]


@pytest.mark.parametrize("why", [("place",), ("status",), ("status", "place")])
def test_a_scan_that_was_done_or_leaves_with_the_patient_is_waited_for_too(
    why: tuple[str, ...],
) -> None:
    one = card(evaluation(lacking(*why, status="completed")))
    assert "MRI ordered 09:10, no final report, see it first" in one["summary"]
    assert "Order emergency MRI, lumbosacral" not in labels(one)
    assert "MRI within" not in one["detail"]


@pytest.mark.parametrize("why", [("priority",), ("status",), ("region", "place"), ("undated",)])
def test_an_order_that_is_not_enough_is_not_waited_for(why: tuple[str, ...]) -> None:
    one = card(in_the_er(lacking(*why, status="on-hold")))
    assert "no final report" not in one["summary"]
    assert one["summary"].startswith("Do not discharge yet. Cauda equina syndrome: ")
    assert "Order emergency MRI, lumbosacral" in labels(one)


def test_a_report_that_settles_nothing_has_to_be_read() -> None:
    one = card(in_the_er(lacking("status", "unread", status="completed")))
    assert "read the MRI report first" in one["summary"]
    assert "Order emergency MRI, lumbosacral" not in labels(one)


def test_a_scan_that_is_seen_for_one_criterion_is_still_asked_for_by_another() -> None:
    other = met(BOTH_LEGS, Urgency.EMERGENCY, SADDLE_FOUND)
    one = card(in_the_er(lacking("unread", status="completed"), other))
    assert labels(one) == ["Order emergency MRI, whole spine"]
    assert "MRI of the whole spine." in one["detail"]
    assert "MRI within" not in one["detail"]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.OVERDUE, "MRI overdue since"),
        (State.SHOWN, "the scan shows compression, call the spinal surgeons now"),
    ],
)
def test_what_is_overdue_or_shown_is_critical(state: State, said: str) -> None:
    found = work_up(state, due=NOW.timestamp())
    one = card(in_the_er(met(CES, Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)))
    assert one["indicator"] == "critical"
    assert one["summary"].startswith("Do not discharge yet.")
    assert said in one["summary"]


@pytest.mark.parametrize("state", [State.EXCLUDED, State.TREATED])
def test_what_a_report_or_an_operation_settled_is_silent(state: State) -> None:
    told = in_the_er(settled(CES, work_up(state)), anchors=(NUMB_LEG,), screen_missing=SCREEN)
    assert cards(told) == []
    assert compose(told, Shelf(), patient_id="p", encounter_id=None, now=NOW) != []


def test_an_urgent_scan_is_waited_for_where_its_clock_is_short() -> None:
    one = card(in_the_er(ordered(WEAKNESS, Urgency.URGENT, limit=DAY)))
    assert one["indicator"] == "warning"
    assert one["summary"].startswith("Before discharge: Acute leg weakness gait: MRI ordered 09:10")


@pytest.mark.parametrize("limit", [DAY + 1, None])
def test_an_urgent_scan_with_more_time_can_be_done_from_home(limit: float | None) -> None:
    assert cards(in_the_er(ordered(WEAKNESS, Urgency.URGENT, limit=limit))) == []


def test_an_emergency_that_waits_for_its_scan_comes_before_what_is_urgent() -> None:
    first, second = cards(in_the_er(ordered(), URGENT))
    assert [first["indicator"], second["indicator"]] == ["critical", "warning"]


def test_what_is_urgent_and_not_ordered_comes_before_an_urgent_scan_that_is_awaited() -> None:
    awaited = ordered(DISC, Urgency.URGENT, limit=DAY)
    first, second = cards(in_the_er(awaited, URGENT))
    assert "no MRI order seen" in first["summary"]
    assert "no final report" in second["summary"]


def test_one_emergency_card_names_all_that_is_met() -> None:
    one = card(in_the_er(EMERGENCY, ordered(SADDLE), met(DISC, Urgency.ROUTINE), URGENT))
    assert "Saddle anaesthesia (in hand)" in one["detail"]
    assert "Acute leg weakness gait" in one["detail"]
    assert "**Do not attribute to**: Disc herniation radiculopathy." in one["detail"]


def test_a_scan_that_is_awaited_leaves_no_cause_to_attribute_it_to() -> None:
    one = card(in_the_er(ordered(), met(DISC, Urgency.ROUTINE)))
    assert "**Do not attribute to**: Disc herniation radiculopathy." in one["detail"]


def test_beside_a_report_that_has_to_be_read_what_is_no_scan_is_still_offered() -> None:
    words = CardWords(summary="x", order=("mri-lumbosacral-emergency", "bladder-scan"))
    found = work_up(State.NOT_ENOUGH, "unread")
    asking = met(criterion("asking", words), Urgency.EMERGENCY, SADDLE_FOUND, work_up=found)
    assert labels(card(in_the_er(asking))) == ["Order bladder scan, today"]


def gaps(*criteria: Judged, **more: Any) -> Evaluation:
    return evaluation(*criteria, **({"anchors": (NUMB_LEG,), "screen_missing": SCREEN} | more))


def test_a_screen_with_gaps_in_a_patient_with_numbness_is_asked_for() -> None:
    one = card(gaps(screen_missing=SCREEN[1:]))
    assert one["indicator"] == "info"
    assert one["summary"].startswith("Before discharge: Back or leg numbness: cauda equina screen")
    assert "**Ask and record**: bladder; bowel sensation." in one["detail"]
    assert "Any of them new or worse: ER today" in one["detail"]


@pytest.mark.parametrize(
    "told",
    [gaps(anchors=(BACK_PAIN,)), gaps(anchors=()), gaps(screen_missing=())],
    ids=["back pain alone", "no anchor", "no gap"],
)
def test_without_numbness_or_gaps_it_is_not(told: Evaluation) -> None:
    assert cards(told) == []


def test_a_scan_that_is_ordered_has_answered_no_question_of_the_screen() -> None:
    two_weeks = ordered(CES, Urgency.URGENT, limit=14 * DAY)
    assert "screen not recorded" in card(gaps(two_weeks))["summary"]


def test_an_emergency_asks_the_screen_on_its_own_card() -> None:
    one = card(gaps(met(BOTH_LEGS, Urgency.EMERGENCY, NUMB_LEG)))
    assert one["indicator"] == "critical"
    assert "saddle sensation; bladder; bowel sensation" in one["detail"]


def test_the_advice_comes_only_where_a_criterion_asks_for_it() -> None:
    one = card(evaluation(met(TELLING, Urgency.ROUTINE, NUMB_LEG)))
    assert one["indicator"] == "info"
    assert one["summary"] == ADVICE
    assert all(f"- {text}" in one["detail"] for text in WORDS.discharge.safety_net.tell)
    assert cards(evaluation(met(NEUROPATHY, Urgency.ROUTINE, NUMB_LEG))) == []


def test_it_says_what_could_not_be_read() -> None:
    one = card(evaluation(met(TELLING, Urgency.ROUTINE, NUMB_LEG), incomplete=("Observation",)))
    assert "The data are incomplete, there may be more: Observation." in one["detail"]


@pytest.mark.parametrize("other", [gaps(), evaluation(URGENT)], ids=["gaps", "urgent"])
def test_beside_another_card_the_advice_stands_on_that_card(other: Evaluation) -> None:
    with_advice = evaluation(
        *other.criteria,
        met(TELLING, Urgency.ROUTINE, NUMB_LEG),
        anchors=other.anchors,
        screen_missing=other.screen_missing,
    )
    one = card(with_advice)
    assert one["summary"] == card(other)["summary"]
    assert WORDS.discharge.safety_net.heading in one["detail"]
    assert WORDS.discharge.safety_net.heading not in card(other)["detail"]


@pytest.mark.parametrize("urgency", [Urgency.ROUTINE, Urgency.URGENT])
def test_an_emergency_sends_nobody_home_with_advice(urgency: Urgency) -> None:
    one = card(evaluation(EMERGENCY, met(TELLING, urgency, NUMB_LEG)))
    assert WORDS.discharge.safety_net.heading not in one["detail"]


def test_who_goes_home_with_a_scan_to_come_is_told() -> None:
    later = ordered(TELLING, Urgency.URGENT, limit=14 * DAY)
    assert card(evaluation(later))["summary"] == ADVICE
    done = settled(TELLING, work_up(State.EXCLUDED, urgency=Urgency.URGENT))
    assert cards(evaluation(done)) == []


def test_a_deceased_patient_gets_none() -> None:
    assert cards(gaps(EMERGENCY, deceased=True)) == []


def test_a_child_is_held_for_emergencies_alone_and_for_their_scan() -> None:
    assert "paediatric" in card(evaluation(EMERGENCY, paediatric=True))["detail"]
    assert "no final report" in card(evaluation(ordered(), paediatric=True))["summary"]
    quiet = [URGENT, met(TELLING, Urgency.ROUTINE), ordered(WEAKNESS, Urgency.URGENT, limit=DAY)]
    assert cards(evaluation(*quiet, paediatric=True)) == []


def test_cautions_about_the_scan_stand_on_the_card() -> None:
    implant = Evidence("pacemaker", "Device/d1", "Pacemaker", None, "code", "x", "Device")
    noted = Noted("implant", "mri", "{found}: check with the device clinic.", (implant,))
    for told in (EMERGENCY, ordered()):
        one = card(in_the_er(told, cautions=(noted,)))
        assert "Pacemaker: check with the device clinic." in one["detail"]


def test_no_topic_is_that_of_another_card() -> None:
    told = [
        evaluation(EMERGENCY),
        evaluation(met(SADDLE, Urgency.EMERGENCY, SADDLE_FOUND)),
        gaps(),
        evaluation(met(TELLING, Urgency.ROUTINE, NUMB_LEG)),
    ]
    leaving = [card(one)["source"]["topic"]["code"] for one in told]
    seen = [
        one["source"]["topic"]["code"]
        for each in told
        for one in compose(each, Shelf(), patient_id="p", encounter_id=None, now=NOW)
    ]
    assert len({*leaving, *seen}) == len(leaving) + len(set(seen))
    assert all(code.isalnum() for code in leaving)


def reasons(one: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in one["overrideReasons"]}


def test_nobody_may_set_it_aside_because_the_patient_is_in_the_er_or_the_scan_is_ordered() -> None:
    for told in (EMERGENCY, ordered()):
        assert not reasons(card(evaluation(told))) & {"already-in-er", "indication-order-exists"}
        assert "result-seen" in reasons(card(evaluation(told)))
    assert "indication-order-exists" in reasons(card(evaluation(URGENT)))


def test_advice_may_be_set_aside_as_given() -> None:
    assert "advice-given" in reasons(card(evaluation(met(TELLING, Urgency.ROUTINE, NUMB_LEG))))


def breaks(*_: object, **__: object) -> str:
    raise ValueError("Chris Example")


@pytest.mark.parametrize(
    ("told", "broken", "start", "code"),
    [
        (EMERGENCY, "presentation", "Do not discharge yet. ", "caudaequinasyndromedischarge"),
        (URGENT, "presentation", "Before discharge: ", "acutelegweaknessgaitdischarge"),
        (ordered(), "in_hand", "Do not discharge yet. ", "caudaequinasyndromedischarge"),
        (None, "undocumented", "Before discharge: ", "caudaequinascreendischarge"),
        (met(TELLING, Urgency.ROUTINE), "origin", "Before discharge: ", "safetynetdischarge"),
    ],
)
def test_where_the_writing_breaks_its_plain_words_are_left_under_the_same_topic(
    told: Judged | None, broken: str, start: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = evaluation(told) if told else gaps()
    whole = card(judged)
    monkeypatch.setattr(detail, broken, breaks)
    apart = Apart()
    plain = card(judged, apart=apart)
    assert plain["summary"].startswith(start)
    assert plain["source"]["topic"] == whole["source"]["topic"]
    assert plain["source"]["topic"]["code"] == code
    assert plain["indicator"] == whole["indicator"]
    assert [one.exception for one in apart] == ["ValueError"]


def test_plain_words_that_do_not_fit_give_way_to_the_title(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detail, "presentation", breaks)
    long = met(criterion("long", CardWords(summary="x" * 130)), Urgency.EMERGENCY)
    assert card(evaluation(long))["summary"] == "Do not discharge yet. Long"


def test_lists_that_could_not_be_had_are_named_on_every_card() -> None:
    for told in (EMERGENCY, URGENT, ordered(), met(TELLING, Urgency.ROUTINE, NUMB_LEG)):
        one = card(evaluation(told), gaps=("conditions",))
        assert "could not be had" in one["detail"], one["detail"]
    assert "could not be had" in card(gaps(), gaps=("conditions",))["detail"]


def test_the_same_every_time_but_for_the_ids() -> None:
    told = gaps(ordered(), URGENT, met(TELLING, Urgency.ROUTINE, NUMB_LEG))
    one, other = ([*map(lasting, cards(told))] for _ in range(2))
    assert one == other


def lasting(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in ("uuid", "suggestions")}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def pressing(library: Library, *states: WorkUp | None) -> Iterator[Judged]:
    """Every emergency and urgent tier of the shipped knowledge, so far as it has got."""
    for one in library.criteria.values():
        for tier in one.tiers:
            if tier.urgency not in (Urgency.EMERGENCY, Urgency.URGENT):
                continue
            for found in states:
                yield Judged(one, "met", tier.urgency, words=tier.card, work_up=found)


def lines(library: Library, *states: WorkUp | None) -> list[str]:
    told = evaluation(setting="IMP", setting_since="2026-09-30T09:10:00+00:00")
    case = Case(told, library, "p1", "e1", NOW)
    return [first_line(case, one) for one in pressing(library, *states)]


def test_every_first_line_fits_and_says_that_nobody_may_go_yet(library: Library) -> None:
    late = Evidence(**{n: getattr(OLD, n) for n in OLD.__slots__} | {"date": "2026-09-30T09:10"})
    scans = {scan.words: scan.call for scan in library.work_up.file.scans.values()}
    states = [
        WorkUp(state, urgency, scan, call, late, status="active")
        for state in (State.ACKNOWLEDGED, State.OVERDUE, State.SHOWN)
        for urgency in (Urgency.EMERGENCY, Urgency.URGENT)
        for scan, call in scans.items()
    ]
    told = lines(library, None, *states)
    assert told
    for line in told:
        assert len(line) <= WORDS.limits.summary, line
        assert line.startswith(("Do not discharge yet. ", "Before discharge: ")), line


def test_every_scan_that_is_awaited_is_named_with_its_date(library: Library) -> None:
    late = Evidence(**{n: getattr(OLD, n) for n in OLD.__slots__} | {"date": "2026-09-30T09:10"})
    case = Case(evaluation(), library, "p1", "e1", NOW)
    for one in pressing(library, None):
        scan = library.scan(one.words.order if one.words else ())
        if scan is None or one.urgency is None:
            continue
        found = WorkUp(State.ACKNOWLEDGED, one.urgency, scan, "the surgeons", late)
        waiting = replace(one, urgency=Urgency.ROUTINE, work_up=found)
        line = first_line(case, waiting)
        assert line.endswith(f"{scan} ordered 30 Sep 2026 09:10, no final report, see it first")


def test_every_missing_scan_is_named(library: Library) -> None:
    for one in pressing(library, None):
        scan = library.scan(one.words.order if one.words else ())
        line = first_line(Case(evaluation(), library, "p1", "e1", NOW), one)
        said = (f"no emergency {scan} order or settling report seen", f"; no {scan} order seen")
        assert scan is None or line.endswith(said)


def test_every_criterion_has_a_topic_of_its_own(library: Library) -> None:
    words = WORDS.discharge
    plain = [name.replace("-", "") for name in library.criteria]
    fixed = [words.screen_topic.code, words.safety_net.topic.code, WORDS.missing.topic.code]
    codes = [*plain, *(f"{name}{words.topic.suffix}" for name in plain), *fixed]
    assert len(set(codes)) == len(codes)


def test_the_advice_and_the_wait_stand_on_sources() -> None:
    folder = ROOT / "knowledge" / "sources"
    for name in (*WORDS.discharge.safety_net.basis, WORDS.discharge.awaited.basis):
        assert parse(read(folder / f"{name}.yaml"), Source).id == name


def test_the_screen_is_for_anchors_that_are_known_by_name() -> None:
    assert set(WORDS.discharge.screen_for) <= set(WORDS.missing.anchors)


def test_only_what_can_wait_or_is_urgent_asks_for_advice(library: Library) -> None:
    asking = {
        (one.id, tier.urgency)
        for one in library.criteria.values()
        for tier in one.tiers
        if tier.card.safety_net
    }
    assert {name for name, _ in asking} == {
        "disc-herniation-radiculopathy",
        "mechanical-postural",
        "persistent-or-worsening-numbness",
        "spondylolisthesis",
    }
    assert Urgency.EMERGENCY not in {urgency for _, urgency in asking}
