"""What is kept of a card: enough to compare, and no word of the chart."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import msgspec

from knowledge.chart.dates import Interval
from knowledge.language.facts import Fact, Number
from knowledge.language.schema import Answer
from knowledge.marks import facts_marks, marks_of_missing

MARKER = "Zaphod"
FACT = Fact("leg-power", Answer.PRESENT, f"Observation/{MARKER}", MARKER, "Observation")


def test_no_word_of_the_chart_is_kept() -> None:
    fact = replace(
        FACT, number=Number(3, "1", shown=MARKER), series=f"{MARKER} left", shown_date=MARKER,
        contradicts=MARKER, status=MARKER, priority=MARKER, encounter_class=MARKER,
        value_set=MARKER,
    )  # fmt: skip
    told = msgspec.json.encode(facts_marks([fact]))
    assert MARKER.encode() not in told
    assert MARKER.lower().encode() not in told
    assert b"leg-power" in told


def test_one_series_is_told_from_another_by_its_fingerprint() -> None:
    one, other, again = (
        facts_marks([replace(FACT, number=Number(3, "1"), series=name)])[0].series
        for name in ("knee left", "foot left", "knee left")
    )
    assert one == again != other


def test_a_value_of_nought_is_a_value() -> None:
    (told,) = facts_marks([replace(FACT, number=Number(0, "1"))])
    assert msgspec.json.decode(msgspec.json.encode(told))["value"] == 0


def test_the_same_recorded_again_leaves_the_same_marks() -> None:
    first = replace(FACT, said=Interval(1, 1), began=Interval(1, 1))
    again = replace(first, reference="Condition/9", said=Interval(9, 9), began=Interval(9, 9))
    assert facts_marks([first]) == facts_marks([again]) == facts_marks([first, again])


def test_a_stated_onset_is_kept_and_an_open_end_is_plain_json() -> None:
    told = facts_marks(
        [replace(FACT, display="", began=Interval(-inf, 86399.9), onset_stated=True)]
    )
    plain = [{"finding": "leg-power", "began": [None, 86399]}]
    assert msgspec.json.decode(msgspec.json.encode(told)) == plain


def test_open_questions_stand_in_an_order_of_their_own() -> None:
    assert marks_of_missing([], ["b", "a"]) == marks_of_missing([], ["a", "b"])
