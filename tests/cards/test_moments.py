from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cards.moments import shown
from tests.cards.builders import WORDS

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026", "2026"),
        ("2026-10", "Oct 2026"),
        ("2026-10-05", "5 Oct 2026"),
        ("2026-10-05T08:40:00Z", "5 Oct 2026 09:40"),
        ("2026-11-01T08:40:12.345+00:00", "1 Nov 2026 08:40"),
        ("2026-11-01T08:40", "1 Nov 2026 08:40"),
    ],
)
def test_a_date_is_as_vague_as_it_was_written(written: str, read: str) -> None:
    assert shown(written, LONDON, WORDS.months) == read


@pytest.mark.parametrize(
    "odd", ["", "3 weeks ago", "2026-13", "2026-00-01", "2026-11-01T99:00Z", "٢٠٢٦-13"]
)
def test_what_is_no_date_is_none(odd: str) -> None:
    assert shown(odd, LONDON, WORDS.months) is None


def test_a_time_at_the_edge_of_the_calendar_is_none_and_no_error() -> None:
    assert shown("0001-01-01T00:00:00+14:00", UTC, WORDS.months) is None


def test_a_time_of_today_needs_no_day() -> None:
    today = datetime(2026, 11, 1, 10, tzinfo=LONDON)
    assert shown("2026-11-01T09:10:00Z", LONDON, WORDS.months, today) == "09:10"
    assert shown("2026-10-31T09:10:00Z", LONDON, WORDS.months, today) == "31 Oct 2026 09:10"
