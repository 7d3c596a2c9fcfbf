"""The page: what it says, what it never runs or fetches, and how it looks at a year's end."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest

from service.insights.page import InsightPages
from service.insights.period import BadPeriod, Period, asked, week_name
from service.insights.sheet import Sheet
from service.insights.summary import summary
from tests.service.insights.making import NAMES, PERIOD, calls, card, made

EVIL = '"><script>alert(1)</script>'


Rows = dict[str, list[tuple[Any, ...]]]


def page(rows: Rows, period: Period = PERIOD, masks: bool = False) -> str:
    return InsightPages("2026.11.0", NAMES).page(Sheet(made(period, **rows), masks))


class Elements(HTMLParser):
    """Every element with its attributes; that they are nested right is seen to on the way."""

    VOID = ("meta", "input", "br", "path", "rect", "circle", "link")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


SOME: Rows = {
    "calls": [calls(900), calls(20, 412, why="precondition-failed"), calls(5, client=EVIL)],
    "cards": [
        card(40, "accepted"), card(30, "overridden", "patient-refuses"),
        card(9, "overridden", EVIL), card(6, "overridden"), card(12), card(7, overdue=0),
        card(8, shown=False, mode="silent"), card(5, criterion=EVIL),
    ],
    "unknown": [(date(2026, 11, 10), "ces", "", 50), (date(2026, 11, 10), "ces", "leg-power", 50)],
}  # fmt: skip


def test_names_from_outside_are_only_ever_text() -> None:
    period = Period(PERIOD.since, PERIOD.until, EVIL)
    for text in (page(SOME), page(SOME, period)):
        assert "<script" not in text
        assert "&lt;script&gt;" in text
    assert EVIL not in page(SOME)


def test_a_reason_that_is_not_ours_is_counted_and_never_quoted() -> None:
    figures = made(cards=[card(9, "overridden", "my <b>own</b>")])
    text = InsightPages("1", NAMES).page(Sheet(figures, masks=False))
    assert "own&lt;" not in text
    assert "Another reason than those offered" in text


def test_the_page_runs_nothing_and_fetches_nothing() -> None:
    elements = Elements(page(SOME)).found
    assert not {"script", "img", "link", "iframe", "object"} & {tag for tag, _ in elements}
    for tag, given in elements:
        assert not [name for name in given if name.startswith("on") or name == "style"]
        assert given.get("src") is None
        link = given.get("href")
        assert link is None or link.startswith(("#", "?")), (tag, link)
    assert "url(http" not in page(SOME)


def test_every_week_stands_there_even_an_empty_one() -> None:
    text = page(SOME)
    for name in ("2026-W45", "2026-W46", "2026-W47"):
        assert f'<th scope="row">{name}</th>' in text
    assert re.search(r'<th scope="row">2026-W45</th><td>0</td>', text)


def test_the_summary_answers_the_four_questions() -> None:
    says = {
        one.question: " ".join(one.says)
        for one in summary(Sheet(made(PERIOD, **SOME), False), NAMES)
    }
    assert len(says) == 4
    speaks, matters, why, silent = says.values()
    assert "109 cards on 905 answered calls: 120.4 per 1,000." in speaks
    assert "8 more cards, 8 in silent mode" in speaks
    assert "40 accepted (37% of all cards), 45 overridden, 17 ignored" in matters
    assert "Patient declines (30)" in why
    assert "20 calls refused or failed and gave no answer" in silent
    assert "needed data were missing (20)" in silent
    assert "Leg power (50)" in silent


def test_without_records_the_page_says_so() -> None:
    text = page({})
    assert "Nothing is recorded of these days" in text
    assert "<figure>" not in text


def test_a_masked_page_holds_no_small_number_as_a_cell_or_in_a_picture() -> None:
    text = page({"calls": [calls(900)], "cards": [card(3, "accepted"), card(30)]}, masks=True)
    assert not re.search(r"<td>[1-4]</td>", text)
    assert not re.search(r">[1-4]</text>", text)
    assert not re.search(r"week \d+\*?: [1-4][;\"]", text)
    assert "<5" in text.replace("&lt;", "<")


def test_pictures_tell_their_kinds_apart_without_a_colour() -> None:
    drawn = re.findall(r'<rect [^>]*fill="([^"]+)" stroke="([^"]+)"', page(SOME))
    assert {fill for fill, _ in drawn} == {"currentColor", "url(#stripes)", "url(#dots)", "none"}
    assert {stroke for _, stroke in drawn} == {"currentColor"}


def test_a_year_of_weeks_can_still_be_read() -> None:
    year = Period(date(2025, 12, 1), date(2026, 11, 22))
    text = page(SOME, year)
    first = text[text.index("<svg viewBox") :]
    weeks = re.findall(r'class="week">([^<]+)<', first[: first.index("</svg>")])
    assert 10 <= len(weeks) <= 13


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 12, 28), "2026-W53"),
        (date(2026, 12, 31), "2026-W53"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
        (date(2024, 12, 30), "2025-W01"),
    ],
)
def test_a_week_at_a_years_end_belongs_to_one_year(day: date, name: str) -> None:
    period = Period(day, day)
    figures = made(period, calls=[calls(7, day=day)])
    (week,) = period.weeks
    assert week_name(week) == name
    assert Sheet(figures, False).count("calls", week=week).text == "7"


def test_the_last_three_months_are_shown_where_nothing_is_asked() -> None:
    found = asked({}, date(2026, 11, 27))
    assert (found.since, found.until) == (date(2026, 8, 31), date(2026, 11, 27))
    assert len(found.weeks) == 13
    assert [found.whole(week) for week in found.weeks] == [True] * 12 + [False]


@pytest.mark.parametrize(
    "given",
    [
        {"from": "yesterday"},
        {"to": "2026-02-30"},
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "2020-01-01", "to": "2026-11-01"},
        {"to": "0001-01-01"},
        {"from": "9999-12-31", "to": "9999-12-31"},
        {"client": "a\x00b"},
    ],
)
def test_days_that_make_no_sense_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(BadPeriod):
        asked(given, date(2026, 11, 27))


def test_a_client_that_is_asked_for_is_alone_counted_among_the_calls() -> None:
    period = replace(PERIOD, client=EVIL)
    assert Sheet(made(period, **SOME), False).count("calls").text == "5"
