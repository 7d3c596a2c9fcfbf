from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

from knowledge.language.schema import CardWords, Urgency
from tests.cards.builders import (
    CES,
    DISC,
    RESIDUAL_FOUND,
    SADDLE,
    SADDLE_FOUND,
    WEAKNESS,
    card,
    criterion,
    evaluation,
    met,
)

SUSPECTED = replace(SADDLE_FOUND, suspected=True)
LEAD = met(
    CES, Urgency.EMERGENCY, SUSPECTED, RESIDUAL_FOUND,
    clock="4 h", ask=("bowel-dysfunction", "leg-power"),
)  # fmt: skip


def golden(text: str) -> str:
    return dedent(text).strip()


def test_an_emergency() -> None:
    judged = evaluation(LEAD, met(SADDLE, Urgency.EMERGENCY, SUSPECTED))
    assert card(judged)["detail"] == golden("""
        **Found**
        - Numbness of saddle area, 30 Oct 2026 (suspected) · Condition/c1
        - Post-void residual 480 mL, 1 Nov 2026 08:40 (over 200 mL) · Observation/o1

        **Do now**
        1. ER with MRI round the clock, not the next appointment.
        2. MRI within 4 hours.

        **Ask and record**: bowel sensation; power in both legs.

        **Also met**: Saddle anaesthesia.

        **Mind**
        - A suspected finding counts until it is ruled out.
        - A small residual does not exclude it.

        No single sign excludes it (single red flags: sensitivity 0.19–0.43, Dionne 2019). Source: GIRFT 2023. Knowledge 2026.11.0, not signed off at this site.
        """)  # noqa: E501


def test_an_emergency_takes_about_120_words() -> None:
    judged = evaluation(LEAD, met(SADDLE, Urgency.EMERGENCY, SUSPECTED))
    assert len(card(judged)["detail"].split()) < 130


def test_already_in_the_er() -> None:
    judged = evaluation(LEAD, setting="EMER", setting_since="2026-11-01T09:10:00Z")
    steps = golden("""
        **Do now**
        1. MRI within 4 hours; spinal surgeons at once if it shows compression.
        """)
    assert steps in card(judged)["detail"]


def test_urgent_with_its_clock_in_the_heading() -> None:
    judged = evaluation(met(WEAKNESS, Urgency.URGENT, clock="2 weeks"))
    assert card(judged)["detail"] == golden("""
        **Do (within 2 weeks)**
        1. Discuss with the spinal team.

        Source: GIRFT 2023. Knowledge 2026.11.0, not signed off at this site.
        """)


def test_a_cause() -> None:
    judged = evaluation(met(DISC, Urgency.SOON, replace(SADDLE_FOUND, display="Sciatica")))
    assert card(judged)["detail"] == golden("""
        **Found**
        - Sciatica, 30 Oct 2026 · Condition/c1

        **Do**
        1. Examine power.

        Source: GIRFT 2023. Knowledge 2026.11.0, not signed off at this site.
        """)


MISSING = evaluation(
    anchors=(replace(SADDLE_FOUND, finding="back-pain", display="Backache", date="2026-10"),),
    screen_missing=("saddle-numbness", "urinary-retention", "nameless"),
)


def test_what_is_not_documented() -> None:
    assert card(MISSING)["detail"] == golden("""
        **On record**
        - Backache, Oct 2026 · Condition/c1

        **Ask and record**: saddle sensation; bladder; Nameless.

        Any of them new or worse: ER today, with emergency MRI.

        No single sign excludes it (single red flags: sensitivity 0.19–0.43, Dionne 2019). Source: GIRFT 2023. Knowledge 2026.11.0, not signed off at this site.
        """)  # noqa: E501


def test_what_is_not_documented_in_hospital_does_not_send_to_the_er() -> None:
    assert "emergency MRI now, call the spinal" in card(replace(MISSING, setting="IMP"))["detail"]


def test_everything_uncertain_is_said() -> None:
    odd = replace(
        SADDLE_FOUND, date=None, undated=True, preliminary=True, matched_by="text",
        worse=True, contradicted_by="Observation/9",
    )  # fmt: skip
    judged = evaluation(
        met(WEAKNESS, Urgency.URGENT, odd), age=None,
        incomplete=("2 Conditions could not be read",),
    )  # fmt: skip
    detail = card(judged)["detail"]
    assert (
        "- Numbness of saddle area, no date recorded"
        " (preliminary, from text, got worse, contradicted by Observation/9) · Condition/c1"
    ) in detail
    assert detail.count("\n- ") == 6
    for said in (
        "- The data are incomplete, there may be more: 2 Conditions could not be read.",
        "- No birth date on record: what depends on age was not judged.",
        "- What has no date counts as new: confirm the onset today.",
        "- A preliminary result counts here; look for the final one.",
        "- Records disagree: examine again; until then the finding counts.",
    ):
        assert said in detail


def test_what_was_lowered_is_said() -> None:
    judged = evaluation(met(WEAKNESS, Urgency.URGENT, because=("an operation on 30 Oct",)))
    assert "- Taken into account: an operation on 30 Oct." in card(judged)["detail"]


def test_a_resource_is_shown_once_with_all_that_is_noted_of_it() -> None:
    again = replace(SADDLE_FOUND, finding="numbness", note="within 14 days", suspected=True)
    judged = evaluation(
        met(CES, Urgency.EMERGENCY, SADDLE_FOUND), met(SADDLE, Urgency.EMERGENCY, again)
    )
    detail = card(judged)["detail"]
    assert "30 Oct 2026 (within 14 days, suspected) · Condition/c1" in detail
    assert detail.count("Condition/c1") == 1


def test_more_than_five_are_counted() -> None:
    many = tuple(replace(SADDLE_FOUND, reference=f"Condition/{number}") for number in range(9))
    detail = card(evaluation(met(CES, Urgency.EMERGENCY, *many)))["detail"]
    assert detail.count("Numbness of saddle area") == 5
    assert "\n- and 4 more\n" in detail


def test_what_was_found_is_not_asked() -> None:
    judged = evaluation(
        met(CES, Urgency.EMERGENCY, SADDLE_FOUND, ask=("saddle-numbness", "leg-power"))
    )
    assert "**Ask and record**: power in both legs." in card(judged)["detail"]


def test_more_questions_than_there_is_room_for_are_counted() -> None:
    names = ("saddle-numbness", "urinary-retention", "bowel-dysfunction", "leg-power",
             "sexual-dysfunction", "nameless")  # fmt: skip
    judged = evaluation(met(WEAKNESS, Urgency.URGENT, ask=(*names, "age", "not-a-finding")))
    assert "sexual function; Nameless." in card(judged)["detail"]


def test_what_asks_for_another_order_says_what_to_do_and_each_step_stands_once() -> None:
    shared = "ER with MRI round the clock, not the next appointment."
    injured = criterion(
        "trauma-numbness",
        CardWords(
            summary="x",
            do=(shared, "Keep the spine still; CT before MRI."),
            order=("refer-emergency", "ct-spine-emergency"),
        ),
        lead=9,
    )
    detail = card(
        evaluation(LEAD, met(SADDLE, Urgency.EMERGENCY), met(injured, Urgency.EMERGENCY))
    )["detail"]
    assert detail.count(shared) == 1
    assert "2. MRI within 4 hours.\n3. Keep the spine still; CT before MRI.\n\n" in detail
