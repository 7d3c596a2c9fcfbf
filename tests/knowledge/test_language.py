"""The sentences that the language must be able to say, by their numbers in the design."""

from __future__ import annotations

import pytest

from knowledge.language.schema import Urgency
from knowledge.language.truth import Truth, all_of, any_of, at_least
from tests.knowledge.sentences import ask, decide, truth

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
EMERGENCY = Urgency.EMERGENCY


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [(T, T, T, T), (T, F, F, T), (T, U, U, T), (F, T, F, T), (F, F, F, F), (F, U, F, U),
     (U, T, U, T), (U, F, F, U), (U, U, U, U)],
)  # fmt: skip
def test_three_values_in_all_nine_pairs(
    one: Truth, other: Truth, both: Truth, either: Truth
) -> None:
    assert all_of([one, other]) is both
    assert any_of([one, other]) is either
    assert ~~one is one


def test_at_least_two_is_open_while_the_open_ones_could_make_it_so() -> None:
    assert at_least(2, [T, T, F]) is T
    assert at_least(2, [T, U, F]) is U
    assert at_least(2, [T, F, F]) is F


@pytest.mark.parametrize(
    ("said", "expected"),
    [({"began": "14 d ago"}, T), ({"began": "15 d ago"}, F), ({}, T),
     ({"began": "200 d ago", "worse": "3 d ago"}, T), ({"answer": "absent"}, F),
     ({"answer": "unknown"}, U)],
)  # fmt: skip
def test_01_present_and_began_or_got_worse_within_or_undated(
    said: dict[str, str], expected: Truth
) -> None:
    assert truth("{saddle-numbness: {within: acute}}", {"saddle-numbness": said}) is expected


def test_01_nobody_asked_is_unknown_and_names_the_question() -> None:
    found = ask("{saddle-numbness: {within: acute}}")
    assert found.truth is U
    assert found.missing == ("saddle-numbness",)


ANCHOR = """
any:
  - numbness: {site: [site-back, site-leg]}
  - all:
      - numbness: {site: [site-back], site_unstated: counts}
      - back-pain
"""


@pytest.mark.parametrize(
    ("chart", "expected"),
    [([{"numbness": {"sites": ["site-leg"]}}], T), ([{"numbness": {"sites": ["site-hand"]}}], F),
     (["numbness", "back-pain"], T), (["numbness"], U),
     ([{"numbness": {"sites": ["site-hand"]}}, "back-pain"], F)],
)  # fmt: skip
def test_02_site_named_or_unstated_beside_a_spinal_complaint(
    chart: list[str], expected: Truth
) -> None:
    assert truth(ANCHOR, *chart) is expected


@pytest.mark.parametrize(
    ("chart", "expected"),
    [([{"radicular-pain": {"sides": ["left", "right"]}}], T),
     ([{"radicular-pain": {"sides": ["left"]}}, {"radicular-pain": {"sides": ["right"]}}], T),
     ([{"radicular-pain": {"sides": ["left"]}}], F), (["radicular-pain"], U), ([], F)],
)  # fmt: skip
def test_04_right_and_left_in_two_resources_or_one_that_is_bilateral(
    chart: list[str], expected: Truth
) -> None:
    assert truth("{radicular-pain: {side: both}}", *chart) is expected


def test_04_the_second_side_is_what_makes_it_new() -> None:
    old = {"radicular-pain": {"began": "300 d ago", "sides": ["right"]}}
    new = {"radicular-pain": {"began": "2 d ago", "sides": ["left"]}}
    both = {"radicular-pain": {"began": "300 d ago", "sides": ["right", "left"]}}
    clause = "{radicular-pain: {side: both, within: acute}}"
    assert truth(clause, old, new) is T
    assert truth(clause, both, new) is F
    assert truth(clause, old) is F


def test_04_an_old_complaint_of_both_sides_hides_no_new_one() -> None:
    old = {"radicular-pain": {"began": "300 d ago", "sides": ["right", "left"]}}
    right = {"radicular-pain": {"began": "2 d ago", "sides": ["right"]}}
    left = {"radicular-pain": {"began": "2 d ago", "sides": ["left"]}}
    both = {"radicular-pain": {"began": "2 d ago", "sides": ["right", "left"]}}
    clause = "{radicular-pain: {side: both, within: acute}}"
    assert truth(clause, old, both) is T
    assert truth(clause, old, right, left) is T
    assert truth(clause, old, right) is F


@pytest.mark.parametrize(
    ("value", "expected"),
    [("201 mL", T), ("200 mL", F), ("0.3 L", T), ("> 400 mL", T), ("> 200 mL", T),
     ("< 300 mL", U), ("< 150 mL", F), ("> 100 mL", U)],
)  # fmt: skip
def test_05_the_newest_residual_is_over_a_limit_whatever_its_unit(
    value: str, expected: Truth
) -> None:
    clause = "{post-void-residual: {over: pvr, recorded_within: three-days}}"
    assert truth(clause, {"post-void-residual": {"value": value}}) is expected


def test_05_an_old_residual_is_no_answer_and_the_newest_one_counts() -> None:
    clause = "{post-void-residual: {over: pvr, recorded_within: three-days}}"
    high = {"post-void-residual": {"value": "480 mL", "said": "20 h ago"}}
    low = {"post-void-residual": {"value": "50 mL", "said": "2 h ago"}}
    assert truth(clause, {"post-void-residual": {"value": "480 mL", "said": "73 h ago"}}) is U
    assert truth(clause, {"post-void-residual": {"value": "480 mL", "said": "72 h ago"}}) is T
    assert truth(clause, high, low) is F


def test_06_any_myotome_at_most_three_or_a_grade_lost_within_a_week() -> None:
    clause = """
any:
  - leg-power: {at_most: weak, recorded_within: acute}
  - leg-power: {falls_by: grade, across: week, recorded_within: acute}
"""
    right = {"leg-power": {"value": "5 1", "sides": ["right"]}}
    left = {"leg-power": {"value": "3 1", "sides": ["left"]}}
    before = {"leg-power": {"value": "5 1", "said": "6 d ago"}}
    long_before = {"leg-power": {"value": "5 1", "said": "8 d ago"}}
    now = {"leg-power": {"value": "4 1"}}
    assert truth(clause, right, left) is T
    assert truth(clause, right) is U
    assert truth(clause, before, now) is T
    assert truth(clause, long_before, now) is not T


@pytest.mark.parametrize(
    ("value", "expected"), [("38.0 Cel", T), ("100.4 [degF]", T), ("37.9 Cel", F), ("99 [degF]", F)]
)
def test_07_fever_in_either_unit(value: str, expected: Truth) -> None:
    clause = "{temperature: {at_least: fever, recorded_within: three-days}}"
    assert truth(clause, {"temperature": {"value": value}}) is expected


@pytest.mark.parametrize(
    ("value", "expected"), [("8.0 %", T), ("7.9 %", F), ("64 mmol/mol", T), ("63 mmol/mol", F)]
)
def test_08_hba1c_has_a_limit_for_each_unit(value: str, expected: Truth) -> None:
    clause = "{hba1c: {at_least: hba1c-high, recorded_within: half-year}}"
    assert truth(clause, {"hba1c": {"value": value}}) is expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [({"value": "179 ng/L"}, T), ({"value": "180 ng/L"}, F), ({"value": "132 pmol/L"}, T),
     ({"value": "133 pmol/L"}, F), ({"value": "190 ng/L", "low": 200}, T),
     ({"value": "179 pg/mL"}, T), ({"value": "< 150 pmol/L"}, U)],
)  # fmt: skip
def test_09_b12_below_the_limit_or_the_laboratorys_own(
    said: dict[str, object], expected: Truth
) -> None:
    clause = "any: [{b12: {below: b12-low}}, {b12: {below_reference: true}}]"
    assert truth(f"{{{clause}}}", {"b12": said}) is expected


@pytest.mark.parametrize(
    ("before", "apart", "expected"),
    [("80 kg", "100 d ago", T), ("78 kg", "100 d ago", F), ("80 kg", "10 d ago", U),
     ("80 kg", "200 d ago", U)],
)  # fmt: skip
def test_10_weight_lost_between_two_weighings(before: str, apart: str, expected: Truth) -> None:
    clause = "{weight: {falls_by: lost, across: half-year, apart: acute}}"
    then = {"weight": {"value": before, "said": apart}}
    now = {"weight": {"value": "76 kg", "said": "1 d ago"}}
    assert truth(clause, then, now) is expected


BLADDER = """
define:
  bladder: {any: [{urinary-retention: {within: acute}}, {urinary-incontinence: {within: acute}}]}
  saddle: {saddle-numbness: {within: acute}}
tiers:
  - {urgency: emergency, when: {any: [bladder, saddle]}}
  - {urgency: soon, when: {any: [bladder, saddle]}}
lowers:
  - part: bladder
    when: {chronic-incontinence-type: {more_than_ago: chronic, unchanged: true}}
    to: soon
"""


def test_11_and_29_a_long_standing_kind_explains_the_bladder_and_only_that() -> None:
    wet = {"urinary-incontinence": {"began": "2 d ago"}}
    known = {"chronic-incontinence-type": {"began": "85 d ago"}}
    assert decide(BLADDER, wet)[0] == "emergency"
    assert decide(BLADDER, wet, known) == ("soon", ("explained-by:chronic-incontinence-type",))
    assert decide(BLADDER, wet, {"chronic-incontinence-type": {"began": "84 d ago"}})[0] == (
        "emergency"
    )
    assert decide(BLADDER, wet, {**known}, {"saddle-numbness": {"began": "1 d ago"}})[0] == (
        "emergency"
    )
    worse = {"chronic-incontinence-type": {"began": "200 d ago", "worse": "100 d ago"}}
    assert decide(BLADDER, wet, worse)[0] == "emergency"


def test_11_what_explains_has_to_be_sure() -> None:
    wet = {"urinary-incontinence": {"began": "2 d ago"}}
    vague = {"chronic-incontinence-type": {"began": "2026"}}
    suspected = {"chronic-incontinence-type": {"began": "100 d ago", "suspected": True}}
    assert decide(BLADDER, wet, vague)[0] == "emergency"
    assert decide(BLADDER, wet, suspected)[0] == "emergency"
    assert decide(BLADDER, wet, "chronic-incontinence-type")[0] == "emergency"


def test_12_sudden_by_word_or_severe_and_new() -> None:
    clause = """
any:
  - numbness: {sudden: true, within: three-days}
  - numbness: {severity: [severe], within: day}
"""
    assert truth(clause, {"numbness": {"began": "3 d ago", "sudden": True}}) is T
    assert truth(clause, {"numbness": {"began": "20 h ago", "severity": "severe"}}) is T
    assert truth(clause, {"numbness": {"began": "30 h ago", "severity": "severe"}}) is U
    assert truth(clause, {"numbness": {"began": "5 d ago", "severity": "severe"}}) is F


SCREEN = """
all:
  - saddle-numbness: {answer: absent, recorded_within: three-days}
  - urinary-retention: {answer: absent, recorded_within: three-days}
"""


def test_13_all_documented_as_normal_and_none_positive() -> None:
    no = {"answer": "absent", "said": "10 h ago"}
    old = {"answer": "absent", "said": "80 h ago"}
    assert truth(SCREEN, {"saddle-numbness": no}, {"urinary-retention": no}) is T
    assert truth(SCREEN, {"saddle-numbness": no}, {"urinary-retention": old}) is U
    assert truth(SCREEN, {"saddle-numbness": no}, "urinary-retention") is F
    assert ask(SCREEN, {"saddle-numbness": no}).missing == ("urinary-retention",)


def test_14_at_least_two_of_four() -> None:
    clause = (
        "{at_least: {count: two, of: [cancer, night-pain, back-pain, {age: {at_least: sixty}}]}}"
    )
    assert truth(clause, "cancer", "back-pain", age=30) is T
    assert truth(clause, "cancer", age=60) is T
    assert truth(clause, "cancer", age=59) is F
    assert truth(clause, "cancer") is U


def test_16_still_so_for_so_long_between_and_over() -> None:
    still = "{numbness: {at_least_ago: six-weeks}}"
    between = "{numbness: {at_least_ago: edge, within: chronic}}"
    over = "{numbness: {time: past}}"
    assert truth(still, {"numbness": {"began": "42 d ago"}}) is T
    assert truth(still, {"numbness": {"began": "41 d ago"}}) is F
    assert truth(still, {"numbness": {"began": "42 d ago", "past": True}}) is F
    assert truth(between, {"numbness": {"began": "15 d ago"}}) is T
    assert truth(between, {"numbness": {"began": "14 d ago"}}) is F
    assert truth(between, {"numbness": {"began": "85 d ago"}}) is F
    assert truth(over, {"numbness": {"began": "42 d ago", "past": True}}) is T
    assert truth(over, "numbness") is F


def test_17_a_worse_answer_starts_the_clock_anew() -> None:
    clause = "{numbness: {at_least_ago: edge}}"
    assert truth(clause, {"numbness": {"began": "30 d ago"}}) is T
    assert truth(clause, {"numbness": {"began": "30 d ago", "worse": "2 d ago"}}) is F


def test_18_an_anticoagulant_lately_or_an_inr_over_the_limit() -> None:
    clause = """
any:
  - anticoagulant: {recorded_within: quarter}
  - inr: {over: inr-high, recorded_within: week}
"""
    assert truth(clause, {"anticoagulant": {"began": "90 d ago"}}) is T
    assert truth(clause, {"anticoagulant": {"began": "91 d ago"}}) is U
    assert truth(clause, {"inr": {"value": "1.6 1"}}) is T
    assert truth(clause, {"inr": {"value": "1.5 1"}}) is F


def test_19_age_at_least_and_under() -> None:
    assert truth("{age: {at_least: sixty}}", age=60) is T
    assert truth("{age: {under: sixteen}}", age=15) is T
    assert truth("{age: {under: sixteen}}", age=16) is F
    assert ask("{age: {at_least: sixty}}").missing == ("age",)


def test_20_no_emergency_or_urgent_criterion_is_met() -> None:
    clause = "{no_criterion: {urgency: [emergency, urgent]}}"
    assert truth(clause) is T
    assert truth(clause, met={"other": Urgency.SOON}) is T
    assert truth(clause, met={"other": Urgency.URGENT}) is F


ORDER = """
all:
  - mri-order: {after: red-flag, recorded_within: day, status: [active], priority: [stat, asap]}
  - encounter: {encounter_class: [EMER, IMP]}
"""


@pytest.mark.parametrize(
    ("order", "expected"),
    [({"began": "2 h ago", "status": "active", "priority": "stat"}, T),
     ({"began": "2 h ago", "status": "active", "priority": "routine"}, F),
     ({"began": "30 h ago", "status": "active", "priority": "stat"}, F),
     ({"began": "2 h ago", "status": "completed", "priority": "stat"}, F)],
)  # fmt: skip
def test_21_the_right_order_after_the_red_flag_and_in_the_right_place(
    order: dict[str, str], expected: Truth
) -> None:
    define = "{red-flag: saddle-numbness}"
    flag = {"saddle-numbness": {"began": "26 h ago"}}
    here = {"encounter": {"encounter_class": "EMER", "began": "3 h ago"}}
    assert truth(ORDER, flag, {"mri-order": order}, here, define=define) is expected
    assert truth(ORDER, flag, {"mri-order": order}, define=define) is F


SCANNED = """
define:
  features: {any: [{saddle-numbness: {within: acute}}, {urinary-retention: {within: acute}}]}
tiers: [{urgency: emergency, when: features}]
lowers:
  - {when: {mri-normal: {after: features, recorded_within: acute}}, to: none, kind: work-up}
  - when: {decompression: {after: features, recorded_within: month}}
    to: none
    kind: work-up
"""


def test_22_a_scan_after_the_last_deterioration_with_no_new_red_flag_since() -> None:
    numb = {"saddle-numbness": {"began": "5 d ago"}}
    worse = {"saddle-numbness": {"began": "5 d ago", "worse": "1 d ago"}}
    scan = {"mri-normal": {"began": "2 d ago"}}
    assert decide(SCANNED, numb, scan) == ("not-met", ("work-up",))
    assert decide(SCANNED, worse, scan)[0] == "emergency"
    assert decide(SCANNED, numb, {"mri-normal": {"began": "6 d ago"}})[0] == "emergency"
    assert (
        decide(SCANNED, numb, {"urinary-retention": {"began": "1 d ago"}}, scan)[0] == "emergency"
    )
    assert decide(SCANNED, "saddle-numbness", scan)[0] == "emergency"


def test_23_decompression_since_the_onset() -> None:
    numb = {"saddle-numbness": {"began": "10 d ago"}}
    assert decide(SCANNED, numb, {"decompression": {"began": "3 d ago"}})[1] == ("work-up",)
    assert decide(SCANNED, numb, {"decompression": {"began": "11 d ago"}})[0] == "emergency"


def test_24_a_suspected_diagnosis_counts_and_a_refuted_one_counts_against() -> None:
    found = ask("saddle-numbness", {"saddle-numbness": {"suspected": True}}, urgency=EMERGENCY)
    assert found.truth is T
    assert found.proofs[0].fact.suspected
    assert (
        truth("{saddle-numbness: {confirmed: true}}", {"saddle-numbness": {"suspected": True}}) is F
    )
    assert truth("saddle-numbness", {"saddle-numbness": {"answer": "absent"}}) is F


def test_25_undated_on_the_problem_list_gives_at_most_a_warning() -> None:
    clause = "{urinary-retention: {within: acute}}"
    listed = {"urinary-retention": {"problem_list": True}}
    assert truth(clause, listed, urgency=EMERGENCY) is F
    assert truth(clause, listed, urgency=Urgency.URGENT) is T
    assert truth(clause, "urinary-retention", urgency=EMERGENCY) is T
    assert truth("{saddle-numbness: {within: acute}}", {"saddle-numbness": {"problem_list": True}},
                 urgency=EMERGENCY) is T  # fmt: skip


def test_26_cancer_ever_and_long_ago_without_disease_then_two_features() -> None:
    clause = """
any:
  - cancer: {time: ever, within: ten-years}
  - all:
      - cancer: {time: ever, more_than_ago: ten-years}
      - at_least: {count: two, of: [night-pain, back-pain]}
"""
    long_ago = {"cancer": {"began": "11 a ago", "past": True}}
    assert truth(clause, {"cancer": {"began": "9 a ago", "past": True}}) is T
    assert truth(clause, long_ago, "night-pain") is F
    assert truth(clause, long_ago, "night-pain", "back-pain") is T


def test_27_how_long_it_lasted_and_how_long_to_its_worst() -> None:
    brief = {"numbness": {"began": "5 h ago", "ended": "4.5 h ago", "past": True}}
    assert truth("{numbness: {time: past, lasted_under: hour}}", brief) is T
    long = {"numbness": {"began": "5 h ago", "ended": "3 h ago", "past": True}}
    assert truth("{numbness: {time: past, lasted_under: hour}}", long) is F
    clause = "{numbness: {worst_after_at_least: four-hours, worst_after_at_most: three-weeks}}"
    assert truth(clause, {"numbness": {"began": "10 d ago", "worst": "9 d ago"}}) is T
    assert truth(clause, {"numbness": {"began": "9 d ago", "worst": "215 h ago"}}) is F
    assert truth(clause, {"numbness": {"began": "30 d ago", "worst": "1 d ago"}}) is F
    assert truth(clause, {"numbness": {"began": "30 d ago"}}) is U


def test_28_provoked_by_walking_and_relieved_by_sitting() -> None:
    clause = "{all: [walking-provoked, relieved-by-sitting]}"
    assert truth(clause, "walking-provoked", "relieved-by-sitting") is T
    assert truth(clause, "walking-provoked") is F


@pytest.mark.parametrize(
    ("began", "expected"),
    [("6 h ago", T), ("7 h ago", F), ("11 h ago", F), (None, U)],
)
def test_after_another_finding_by_at_least_so_long(began: str | None, expected: Truth) -> None:
    operation = {"decompression": {"began": "10 h ago"}}
    weak = {"leg-weakness": {"began": began} if began else {}}
    clause = "{leg-weakness: {after: decompression, after_by: four-hours}}"
    assert truth(clause, operation, weak) is expected


@pytest.mark.parametrize(("sites", "expected"), [(["site-trunk"], T), (["site-leg"], F), ([], T)])
def test_30_in_the_same_region_or_of_unstated_region(sites: list[str], expected: Truth) -> None:
    rash = {"herpes-zoster": {"sites": ["site-trunk"]}}
    clause = "{numbness: {same_region_as: herpes-zoster}}"
    assert truth(clause, rash, {"numbness": {"sites": sites}}) is expected


def test_31_taken_for_so_long_and_at_such_a_dose() -> None:
    clause = "{steroid: {taken_for: three-months, dose_at_least: dose}}"
    long = {"taken": "100 d ago"}
    assert truth(clause, {"steroid": {**long, "dose": "5 mg/d"}}) is T
    assert truth(clause, {"steroid": {**long, "dose": "4 mg/d"}}) is F
    assert truth(clause, {"steroid": long}) is U
    assert truth(clause, {"steroid": {"taken": "80 d ago", "dose": "5 mg/d"}}) is F


def test_32_what_would_change_the_outcome() -> None:
    found = ask("{saddle-numbness: {within: acute}}", {"saddle-numbness": {"began": "16 d ago"}})
    assert found.reasons == ("saddle-numbness began 16 days ago, at most 14 days",)
    value = ask("{post-void-residual: {over: pvr}}", {"post-void-residual": {"value": "120 mL"}})
    assert value.reasons == ("post-void-residual: 120 mL is not over 200 mL",)


def test_a_list_that_was_not_supplied_is_unknown_but_an_empty_one_is_not() -> None:
    assert truth("back-pain") is F
    assert truth("back-pain", not_supplied=["Condition"]) is U
    assert truth("decompression", not_supplied=["Procedure"]) is U


def test_preliminary_values_count_where_an_emergency_is_possible() -> None:
    early = {"post-void-residual": {"value": "480 mL", "preliminary": True}}
    assert truth("{post-void-residual: {over: pvr}}", early) is T
    text = "tiers: [{urgency: soon, when: {post-void-residual: {over: pvr}}}]"
    assert decide(text, early)[0] == "unknown"


def test_a_contested_finding_stays_an_emergency_and_nothing_less() -> None:
    numb = {"saddle-numbness": {"began": "1 d ago", "contested": True}}
    assert truth("saddle-numbness", numb, urgency=EMERGENCY) is T
    assert truth("saddle-numbness", numb, urgency=Urgency.URGENT) is F


def test_options_of_a_definition_reach_every_finding_inside() -> None:
    define = "{bladder: {any: [urinary-retention, urinary-incontinence]}}"
    wet = {"urinary-incontinence": {"began": "20 d ago"}}
    assert truth("{bladder: {within: acute}}", wet, define=define) is U
    assert truth("{bladder: {within: chronic}}", wet, define=define) is T


def test_04_both_sides_of_what_is_open_are_open() -> None:
    both = {"radicular-pain": {"sides": ["left", "right"]}}
    assert truth("{radicular-pain: {side: both, sudden: true}}", both) is U
