"""No small count can be read, nor computed from a sum and its other parts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from service.insights.figures import Key, Sum
from service.insights.masking import Masked, masked
from service.insights.sheet import Sheet
from service.insights.tables import as_csv
from tests.service.insights.making import calls, card, made


def key(name: str) -> Key:
    return Key("cards", name)


def sum_of(**parts: int) -> tuple[dict[Key, int], tuple[Sum, ...]]:
    counts = {key(name): number for name, number in parts.items()}
    total = key("total")
    return counts | {total: sum(parts.values())}, (Sum(total, tuple(counts)),)


def hidden(**parts: int) -> set[str]:
    found = masked(*sum_of(**parts))
    return {one.criterion for one in found.few | found.veiled}


def test_a_count_of_one_to_four_is_hidden_and_zero_and_five_are_not() -> None:
    counts = {key(str(number)): number for number in range(7)}
    assert {one.criterion for one in masked(counts, ()).few} == {"1", "2", "3", "4"}


def test_a_lone_small_count_takes_the_next_smallest_with_it() -> None:
    assert hidden(a=3, b=40, c=12) == {"a", "c"}


def test_two_small_counts_hide_each_other() -> None:
    assert hidden(a=3, b=2, c=12) == {"a", "b"}


def test_two_small_counts_whose_sum_leaves_one_possibility_take_another_with_them() -> None:
    assert hidden(a=4, b=4, c=12) == {"a", "b", "c"}
    assert hidden(a=1, b=1, c=12) == {"a", "b", "c"}


def test_where_there_is_no_other_part_the_total_is_hidden() -> None:
    assert hidden(a=4, b=4) == {"a", "b", "total"}


def test_zeros_give_no_cover() -> None:
    assert hidden(a=3, b=0, c=9) == {"a", "c"}


def test_that_a_total_is_few_is_not_told_where_it_would_tell_all_its_parts() -> None:
    counts, sums = sum_of(a=1, b=1, c=1, d=1)
    found = masked(counts, sums)
    assert found.veiled == {key("total")}
    assert len(found.few) == 4


def possible(one: Sum, counts: dict[Key, int], gone: Masked) -> Iterator[dict[Key, int]]:
    """Every way in which a reader can fill in the hidden parts of a sum, and its total."""
    most = counts[one.total] + 12
    few, more = range(1, 5), range(5, most)
    names = [name for name in one.parts if name in gone]
    known = sum(counts[name] for name in one.parts if name not in gone)
    for values in product(*(few if name in gone.few else more for name in names)):
        total = known + sum(values)
        right = total in few if one.total in gone.few else total == counts[one.total]
        if right or one.total in gone.veiled:
            yield dict(zip(names, values, strict=True)) | {one.total: total}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 14), min_size=2, max_size=4))
def test_no_hidden_number_of_a_sum_can_be_told(parts: list[int]) -> None:
    counts, sums = sum_of(**{f"p{place}": number for place, number in enumerate(parts)})
    gone = masked(counts, sums)
    (one,) = sums
    ways = list(possible(one, counts, gone))
    for name in gone.few | gone.veiled:
        told = {way[name] for way in ways}
        assert len(told) > 1, (parts, name, told)


def test_rates_and_medians_of_what_is_hidden_are_hidden() -> None:
    sheet = Sheet(made(calls=[calls(1000)], cards=[card(3, "accepted")]), masks=True)
    assert sheet.count("cards").text == "<5"
    assert sheet.rate().text == "hidden"
    assert sheet.share(Key("accepted"), Key("cards")).text == "hidden"
    assert Sheet(sheet.figures, masks=False).rate().text == "3.0"


def test_a_file_says_that_and_how_it_is_masked() -> None:
    figures = made(calls=[calls(100)], cards=[card(3, "accepted"), card(30, "overridden")])
    text = as_csv(Sheet(figures, masks=True))
    assert "Counts of 1 to 4 are shown as <5" in text
    assert ",accepted,,<5" in text
    assert ",accepted,,3" not in text
    assert ",overridden,,hidden" in text  # the next in the sum of the cards
    assert "Small counts are not hidden" in as_csv(Sheet(figures, masks=False))


def test_whatever_is_hidden_is_in_no_form_of_the_file() -> None:
    figures = made(calls=[calls(777)], cards=[card(2, "accepted"), card(1)])
    rows = [line.split(",") for line in as_csv(Sheet(figures, masks=True)).splitlines()]
    values = {row[-1] for row in rows if row[-3] != "note"}
    assert not values & {"1", "2", "3", "4", "2.6", "3.9"}
