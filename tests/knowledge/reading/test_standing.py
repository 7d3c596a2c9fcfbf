"""Newest wins; since when; what got worse (chart.md "What counts as said" and "Time", G4, G6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.knowledge.reading.charts import (
    INCONTINENCE,
    SADDLE,
    Json,
    Read,
    clinical,
    condition,
    note,
    observation,
    present,
    said,
    when,
)


def on(day: str, value: Any, what: str | Json = SADDLE, **fields: Any) -> Json:
    return observation(what, value, id=f"{day}-{value}", effectiveDateTime=day, **fields)


SEQUENCES: list[tuple[str, list[Json], str]] = [
    ("a later yes wins", [on("2026-10-20", False), on("2026-10-30", True)], "present"),
    ("a later no wins", [on("2026-10-20", True), on("2026-10-30", False)], "past"),
    ("yes beats no on the same day", [on("2026-10-30", True), on("2026-10-30", False)], "present"),
    ("yes beats no at the same instant",
     [on("2026-10-30T09:00:00Z", True), on("2026-10-30T09:00:00Z", False)], "present"),
    ("a no within 72 hours is contested",
     [on("2026-10-29T09:00:00Z", True), on("2026-10-31T09:00:00Z", False)], "contested"),
    ("a no after 72 hours takes it back",
     [on("2026-10-28T09:00:00Z", True), on("2026-10-31T09:01:00Z", False)], "past"),
    ("a second no after 72 hours takes it back",
     [on("2026-10-26T09:00:00Z", True), on("2026-10-27T09:00:00Z", False),
      on("2026-10-31T09:00:00Z", False)], "past"),
    ("a yes after the no stands",
     [on("2026-10-20", True), on("2026-10-25", False), on("2026-10-31", True)], "present"),
    ("a preliminary no takes nothing back",
     [on("2026-10-20", True), on("2026-10-30", False, status="preliminary")], "present"),
    ("an unanswered question takes nothing back",
     [on("2026-10-20", True), on("2026-10-30", "not examined")], "present"),
    ("an undated yes is not taken back",
     [observation(SADDLE, True, effectiveDateTime=None), on("2026-10-30", False)], "present"),
    ("a normal exam of the function takes it back",
     [on("2026-10-20", True), on("2026-10-30", "normal", "Saddle sensation")], "past"),
]  # fmt: skip


@pytest.mark.parametrize(("_", "bodies", "expected"), SEQUENCES, ids=[one[0] for one in SEQUENCES])
def test_the_newest_answer_wins(read: Read, _: str, bodies: list[Json], expected: str) -> None:
    for order in (bodies, bodies[::-1]):
        assert said(read(*order), "saddle-numbness") == expected


def test_a_contested_yes_names_who_contests_it(read: Read) -> None:
    facts = read(on("2026-10-31T08:00:00Z", True), on("2026-10-31T18:00:00Z", False))
    fact = present(facts, "saddle-numbness")
    assert fact.contradicts == "Observation/2026-10-31T18:00:00Z-False"


def active(**fields: Any) -> Json:
    """An active Condition: the left leg has been numb since 1 October."""
    return condition("Numbness of left leg", recordedDate="2026-10-01", **fields)


EXAMS: list[tuple[str, Json, str]] = [
    ("the same site and side", on("2026-10-30", "intact", "Left leg sensation"), "absent"),
    ("within 72 hours of it", on("2026-10-03", "intact", "Left leg sensation"), "contested"),
    ("the other side", on("2026-10-30", "intact", "Right leg sensation"), "present"),
    ("another site", on("2026-10-30", "normal", "Saddle sensation"), "present"),
    ("a denial without a site", on("2026-10-30", False, "Numbness"), "present"),
    ("not final", on("2026-10-30", "intact", "Left leg sensation", status="preliminary"),
     "present"),
    ("earlier", on("2026-09-30", "intact", "Left leg sensation"), "present"),
    ("a denial elsewhere in words",
     condition("Back pain", id="b", recordedDate="2026-10-30", **note("No saddle numbness.")),
     "present"),
    ("of two sites in words",
     condition("Back pain", id="b", recordedDate="2026-10-30",
               **note("No saddle numbness or leg weakness.")), "present"),
]  # fmt: skip


@pytest.mark.parametrize(("_", "exam", "expected"), EXAMS, ids=[one[0] for one in EXAMS])
def test_a_normal_exam_takes_back_an_active_condition_only_at_its_site_final_and_later(
    read: Read, _: str, exam: Json, expected: str
) -> None:
    assert said(read(active(), exam), "numbness") == expected


def test_a_saddle_condition_is_taken_back_by_a_later_normal_saddle_exam(read: Read) -> None:
    body = condition(SADDLE, recordedDate="2026-10-01")
    exam = on("2026-10-30", "normal", "Perianal sensation")
    assert said(read(body, exam), "saddle-numbness") == "absent"


def test_a_diagnosis_that_was_denied_is_no_history(read: Read) -> None:
    body = condition("Cauda equina syndrome", recordedDate="2026-10-01")
    later = condition("Back pain", id="b", recordedDate="2026-10-30",
                      **note("Cauda equina syndrome excluded."))  # fmt: skip
    assert said(read(body, later), "cauda-equina-syndrome") == "absent"


def test_a_refuted_condition_does_not_undo_a_later_observation(read: Read) -> None:
    refuted = condition(SADDLE, recordedDate="2026-10-01", verificationStatus={"text": "refuted"})
    assert said(read(refuted, on("2026-10-31", True)), "saddle-numbness") == "present"


# -- since when ---------------------------------------------------------------------------------


def began(read: Read, *bodies: Json) -> float:
    """When the newest of the answers about incontinence says that it began."""
    standing = read(*bodies).standing["urinary-incontinence"]
    newest = max(standing.present, key=lambda fact: fact.said.start if fact.said else 0)
    assert newest.began is not None
    return newest.began.start


def shift(day: str, value: bool = True) -> Json:
    return on(day, value, INCONTINENCE)


EPISODES: list[tuple[str, list[Json], str]] = [
    ("one answer", [shift("2026-10-31")], "2026-10-31"),
    ("the first yes", [shift("2026-10-29"), shift("2026-10-30"), shift("2026-10-31")],
     "2026-10-29"),
    ("since the last no",
     [shift("2026-10-01"), shift("2026-10-20", False), shift("2026-10-30"), shift("2026-10-31")],
     "2026-10-30"),
    ("of a year of yes each month", [shift(f"2026-{month:02}-05") for month in range(1, 11)],
     "2026-01-05"),
    ("but not over a silence longer than an answer stands",
     [shift("2019-05-01"), shift("2026-10-31")], "2026-10-31"),
    ("the Condition's own onset wins",
     [condition(INCONTINENCE, onsetDateTime="2026-03-01"), shift("2026-10-30")], "2026-03-01"),
    ("also where it is later",
     [shift("2026-10-20"), condition(INCONTINENCE, onsetDateTime="2026-10-25"),
      shift("2026-10-30")], "2026-10-25"),
    ("a recording is no onset of its own",
     [condition(INCONTINENCE, recordedDate="2026-10-30T10:00:00Z"), shift("2026-10-20")],
     "2026-10-20"),
]  # fmt: skip


@pytest.mark.parametrize(("_", "bodies", "since"), EPISODES, ids=[one[0] for one in EPISODES])
def test_an_answer_given_again_and_again_began_with_the_first_yes(
    read: Read, _: str, bodies: list[Json], since: str
) -> None:
    observed = [one for one in bodies if one["resourceType"] == "Observation"]
    standing = read(*bodies).standing["urinary-incontinence"]
    facts = [fact for fact in standing.present if fact.resource_type == "Observation"]
    assert observed
    assert facts[-1].began is not None
    assert facts[-1].began.start == when(since)


@pytest.mark.parametrize(
    ("day", "expected"), [("2026-08-12", "present"), ("2026-08-01", "past"), ("2020-01-01", "past")]
)
def test_a_yes_that_nobody_repeated_is_history_after_a_time(
    read: Read, day: str, expected: str
) -> None:
    assert said(read(on(day, True)), "saddle-numbness") == expected
    assert said(read(condition(SADDLE, recordedDate=day)), "saddle-numbness") == "present"


def test_an_observation_belongs_to_the_episode_that_a_condition_says_is_over(read: Read) -> None:
    over = condition(SADDLE, abatementDateTime="2026-10-25", **clinical("resolved"))
    assert said(read(over, on("2026-10-20", True)), "saddle-numbness") == "past"
    assert said(read(over, on("2026-10-30", True)), "saddle-numbness") == "present"


def test_a_condition_resolved_without_a_date_leaves_observations_alone(read: Read) -> None:
    over = condition(SADDLE, **clinical("resolved"))
    assert said(read(over, on("2026-10-20", True)), "saddle-numbness") == "present"


# -- what got worse -----------------------------------------------------------------------------


def test_a_graver_answer_starts_the_clock_anew(read: Read) -> None:
    facts = read(on("2026-09-01", "mild"), on("2026-10-30", "severe"))
    worse = [
        fact.worse.start if fact.worse else None
        for fact in facts.standing["saddle-numbness"].present
    ]
    assert worse == [None, when("2026-10-30")]


def test_a_larger_area_starts_the_clock_anew(read: Read) -> None:
    facts = read(
        on("2026-10-01", "left foot", "Numbness"),
        on("2026-10-30", "left foot, left leg", "Numbness"),
    )
    worse = [fact.worse is not None for fact in facts.standing["numbness"].present]
    assert worse == [False, True]


POWERS = [
    (["5/5", "4/5"], [False, True]),
    (["5/5", "4+/5"], [False, False]),
    (["5/5", "4+/5", "4/5"], [False, False, True]),
    (["5/5", "3/5", "3/5"], [False, True, False]),
    (["3/5", "4/5", "3/5"], [False, False, True]),
]


@pytest.mark.parametrize(("grades", "expected"), POWERS)
def test_a_lost_grade_is_a_deterioration(
    read: Read, grades: list[str], expected: list[bool]
) -> None:
    exams = [on(f"2026-10-1{day}", grade, "Left leg power") for day, grade in enumerate(grades)]
    values = read(*exams).standing["leg-power"].present
    assert [fact.worse is not None for fact in values] == expected


def test_myotomes_are_compared_with_themselves(read: Read) -> None:
    facts = read(
        on("2026-10-10", "5/5", "Left hip flexion power"),
        on("2026-10-11", "3/5", "Left ankle dorsiflexion power"),
    )
    assert not any(fact.worse for fact in facts.standing["leg-power"].present)


def test_a_residual_is_the_same_test_whatever_it_is_called(read: Read) -> None:
    volume = {"value": 50, "unit": "mL"}
    facts = read(
        on("2026-10-30", None, "PVR", valueQuantity=volume),
        on("2026-10-31", None, "Post-void residual volume", valueQuantity=volume | {"value": 400}),
    )
    worse = [fact.worse is not None for fact in facts.standing["post-void-residual"].present]
    assert worse == [False, True]


WORDS: list[tuple[Json, str | None]] = [
    (condition("Worsening numbness of the left leg", recordedDate="2026-10-30"), "2026-10-30"),
    (condition("Numbness of left leg, deteriorating", recordedDate="2026-10-30"), "2026-10-30"),
    (condition("Numbness of left leg", onsetDateTime="2026-01-01", recordedDate="2026-01-05",
               note=[{"text": "Numbness has got worse.", "time": "2026-10-29T10:00:00Z"}]),
     "2026-10-29T10:00"),
    (condition("Numbness of left leg", onsetDateTime="2026-01-01", recordedDate="2026-10-30",
               **note("Worse since Monday.")), "2026-10-30"),
    (condition("Numbness of left leg", recordedDate="2026-10-30", **note("New patient.")), None),
    (condition("Numbness of left leg", recordedDate="2026-10-30", **note("Not getting worse.")),
     None),
    (condition("Numbness of left leg", recordedDate="2026-10-30",
               **note("Foot drop is getting worse.")), None),
    (condition("Numbness of left leg for years, foot drop worse", recordedDate="2026-10-30"), None),
    (observation("Numbness", "left leg, worse", effectiveDateTime="2026-10-30"), "2026-10-30"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "worse"), WORDS)
def test_words_of_deterioration_restart_the_clock_of_what_they_modify(
    read: Read, body: Json, worse: str | None
) -> None:
    fact = present(read(body), "numbness")
    assert (fact.worse.start if fact.worse else None) == (when(worse) if worse else None)


def test_a_deterioration_without_a_date_lies_between_the_onset_and_now(read: Read) -> None:
    fact = present(read(condition("Worsening saddle numbness", onsetDateTime="2026-01-01")),
                   "saddle-numbness")  # fmt: skip
    assert fact.worse is not None
    assert fact.worse.start == when("2026-01-01")
    assert fact.worse.end == when("2026-11-01T09:00")
