"""What is new against marks: values in their direction, myotomes apart, several places at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from knowledge.chart.dates import Interval
from knowledge.evaluation import News
from knowledge.language.facts import Fact, Number
from knowledge.language.schema import Answer
from knowledge.library import Library, load_library
from knowledge.marks import FORM, facts_marks

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def fact(finding: str, **more: Any) -> Fact:
    fields: dict[str, Any] = {"display": "words", "resource_type": "Observation"} | more
    return Fact(finding, Answer.PRESENT, "Observation/1", **fields)


def but(one: Fact, **more: Any) -> Fact:
    return replace(one, **more)


def power(grade: float, series: str = "knee left", **more: Any) -> Fact:
    return fact("leg-power", number=Number(grade, "1"), series=series, **more)


def news(library: Library, then: list[Fact], now: list[Fact]) -> tuple[News, ...]:
    marked = [{"form": FORM, "facts": facts_marks(facts)} for facts in (then, now)]
    return library.quieting.comparison.news(marked[0], marked[1], AT)


@pytest.mark.parametrize(
    ("grade", "is_news"), [(4, False), (5, False), (3.33, False), (3, True), (2, True)]
)
def test_power_is_worse_a_whole_grade_lower(library: Library, grade: float, is_news: bool) -> None:
    found = news(library, [power(4)], [power(grade)])
    assert found == ((News("worse", "leg-power"),) if is_news else ())


def test_a_slow_loss_is_held_against_what_was_there_then(library: Library) -> None:
    """Each step is less than a grade; against the override their sum is more."""
    steps = [4.33, 4.0, 3.67, 3.33]
    assert [bool(news(library, [power(4.33)], [power(step)])) for step in steps] == [
        False,
        False,
        False,
        True,
    ]


def test_another_myotome_is_new_though_its_grade_is_not(library: Library) -> None:
    found = news(library, [power(3)], [power(3), power(3, "foot left")])
    assert found == (News("value", "leg-power"),)


def test_a_myotome_that_got_worse_beside_a_weak_one_is_seen(library: Library) -> None:
    then = [power(3, "knee left"), power(4, "foot left")]
    assert news(library, then, then) == ()
    assert news(library, then, [power(3, "knee left"), power(3, "foot left")])


def test_the_same_value_in_another_unit_is_no_news(library: Library) -> None:
    then = fact("b12", number=Number(150, "ng/L"))
    same = fact("b12", number=Number(150, "ng/L"), said=Interval(5, 5))
    assert news(library, [then], [same]) == ()
    assert news(library, [then], [fact("b12", number=Number(149, "ng/L"))])


def test_a_value_in_a_unit_that_cannot_be_converted_is_news(library: Library) -> None:
    then = fact("hba1c", number=Number(9, "%"))
    assert news(library, [then], [fact("hba1c", number=Number(75, "mmol/mol"))])


def test_of_each_place_the_severity_of_that_place_counts(library: Library) -> None:
    left = fact("numbness", sites=frozenset({"site-leg"}), sides=frozenset({"left"}))
    right = replace(left, sides=frozenset({"right"}))
    then = [replace(left, severity="severe"), replace(right, severity="mild")]
    assert news(library, then, [replace(left, severity="severe")]) == ()
    assert news(library, then, [replace(right, severity="severe")]) == (News("worse", "numbness"),)


def test_what_no_longer_says_where_is_not_elsewhere(library: Library) -> None:
    placed = fact("numbness", sites=frozenset({"site-leg"}), sides=frozenset({"left"}))
    assert news(library, [placed], [replace(placed, sides=frozenset())]) == ()
    assert news(library, [replace(placed, sides=frozenset())], [placed]) == (
        News("place", "numbness"),
    )


@pytest.mark.parametrize("key", ["sudden", "complete"])
def test_sudden_or_complete_is_worse(library: Library, key: str) -> None:
    one = fact("leg-weakness")
    assert news(library, [one], [but(one, **{key: True})]) == (News("worse", "leg-weakness"),)
    assert news(library, [but(one, **{key: True})], [one]) == ()


@pytest.mark.parametrize("key", ["suspected", "preliminary", "contested"])
def test_what_was_unsure_and_is_sure_is_news(library: Library, key: str) -> None:
    one = fact("spine-imaging-shows")
    unsure = but(one, **{key: True})
    assert news(library, [unsure], [one]) == (News("sure", "spine-imaging-shows"),)
    assert news(library, [one], [unsure]) == ()


def test_a_history_that_became_the_present_is_new(library: Library) -> None:
    one = fact("cancer-active")
    found = news(library, [replace(one, past=True)], [one])
    assert found == (News("finding", "cancer-active"),)


def test_a_denial_is_no_yes(library: Library) -> None:
    one = fact("saddle-numbness")
    found = news(library, [replace(one, answer=Answer.ABSENT)], [one])
    assert found == (News("finding", "saddle-numbness"),)


def test_a_later_deterioration_is_news_though_it_was_written_down_late(library: Library) -> None:
    """Dated before the override, but unknown to whoever overrode."""
    at = AT.timestamp()
    one = fact("leg-weakness", worse=Interval(at - 900, at - 900))
    assert news(library, [one], [one]) == ()
    late = replace(one, worse=Interval(at - 60, at - 60))
    assert news(library, [one], [late]) == (News("worse", "leg-weakness"),)
    assert news(library, [late], [one]) == ()


DAY = Interval(AT.timestamp() - 9 * 3600, AT.timestamp() + 15 * 3600 - 1)
"""The day of the override, which lies at 9 o'clock of it."""


@pytest.mark.parametrize("key", ["began", "worse", "again"])
def test_what_was_told_by_the_day_is_later_where_it_surely_lies_after_the_override(
    library: Library, key: str
) -> None:
    one = fact("saddle-numbness", onset_stated=key == "began", **{key: DAY})
    before, after = (AT.timestamp() + minutes * 60 for minutes in (-5, 5))
    assert news(library, [one], [one]) == ()
    assert news(library, [one], [but(one, **{key: Interval(before, before)})]) == ()
    assert news(library, [one], [but(one, **{key: Interval(after, after)})])


@pytest.mark.parametrize("then", [None, Interval(5, 5)])
def test_what_was_over_in_between_has_begun_anew(library: Library, then: Interval | None) -> None:
    one = fact("saddle-numbness", again=then)
    back = replace(one, again=Interval(9, 9))
    assert news(library, [one], [one]) == ()
    assert news(library, [one], [back]) == (News("onset", "saddle-numbness"),)
    assert news(library, [back], [one]) == ()


def test_a_relapse_has_begun_anew(library: Library) -> None:
    one = fact("multiple-sclerosis")
    back = replace(one, recurs=True)
    assert news(library, [one], [back]) == (News("onset", "multiple-sclerosis"),)
    assert news(library, [back], [back]) == news(library, [back], [one]) == ()


def test_another_name_of_a_finding_is_new_and_one_of_the_old_ones_is_not(library: Library) -> None:
    paresis, paralysis = (fact("leg-weakness", display=name) for name in ("Paresis", "Paralysis"))
    assert news(library, [paresis], [paresis, paralysis]) == (News("finding", "leg-weakness"),)
    assert news(library, [paresis, paralysis], [paralysis]) == ()
    assert news(library, [paresis], [replace(paresis, display=" paresis ")]) == ()


def test_a_vague_onset_that_was_made_exact_is_not_later(library: Library) -> None:
    month = fact("numbness", began=Interval(1000, 2000), onset_stated=True)
    assert news(library, [month], [replace(month, began=Interval(1990, 1990))]) == ()
    assert news(library, [month], [replace(month, began=Interval(2001, 2001))])
