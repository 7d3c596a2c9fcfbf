from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.chart import dates
from knowledge.chart.dates import DAY, Interval

ZONES = [ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")]
BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def read(text: str, zone: ZoneInfo = BERLIN) -> Interval:
    interval = dates.parse(text, zone)
    assert interval is not None
    return interval


def test_a_date_is_the_whole_local_day() -> None:
    day = read("2026-11-02")
    assert day.start == at("2026-11-02T00:00:00+01:00")
    assert day.end == pytest.approx(at("2026-11-03T00:00:00+01:00"), abs=1e-5)
    assert day.end < at("2026-11-03T00:00:00+01:00")


def test_a_day_of_the_clock_change_has_25_hours() -> None:
    day = read("2026-10-25")
    assert day.end - day.start == pytest.approx(25 * 3600, abs=1e-5)


def test_a_partial_date_is_an_interval() -> None:
    month, year = read("2026-10", UTC_ZONE), read("2026", UTC_ZONE)
    assert month.start == at("2026-10-01T00:00:00+00:00")
    assert month.end == pytest.approx(at("2026-11-01T00:00:00+00:00"), abs=1e-5)
    assert year.start == at("2026-01-01T00:00:00+00:00")
    assert year.end == pytest.approx(at("2027-01-01T00:00:00+00:00"), abs=1e-5)


def test_february_of_a_leap_year_has_29_days() -> None:
    month = read("2028-02", UTC_ZONE)
    assert month.end - month.start == pytest.approx(29 * DAY, abs=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-31T08:40:00+01:00",
        "2026-10-31T07:40:00Z",
        "2026-10-31T07:40:00z",
        "2026-10-31t07:40:00.000Z",
        "2026-10-31T02:10:00-05:30",
        "2026-10-31T08:40:00+0100",
        "2026-10-31T08:40:00+01",
        "2026-10-31T08:40:00",
        "2026-10-31 08:40:00",
        " 2026-10-31T08:40:00,000 ",
        "2026-10-31T08:40:00 +01:00",
    ],
)
def test_an_instant_is_a_point_in_whatever_spelling(text: str) -> None:
    moment = at("2026-10-31T07:40:00+00:00")
    assert read(text) == Interval(moment, moment)


def test_a_time_without_seconds_is_the_whole_minute() -> None:
    minute = read("2026-10-31 08:40")
    assert minute.start == at("2026-10-31T07:40:00+00:00")
    assert minute.end == pytest.approx(minute.start + 60, abs=1e-5)


def test_midnight_may_be_written_as_24_00_and_a_leap_second_as_60() -> None:
    assert read("2026-12-31T24:00:00Z").start == at("2027-01-01T00:00:00+00:00")
    assert read("2016-12-31T23:59:60Z").start == at("2017-01-01T00:00:00+00:00")


def test_fractions_of_a_second_count() -> None:
    assert read("2026-10-31T07:40:00.250Z").start == at("2026-10-31T07:40:00+00:00") + 0.25


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "today", "10/31/2026", "31.10.2026", "20261031", "2026-13", "2026-02-30"),
        *("2026-10-31T25:00:00Z", "2026-10-31T24:01:00Z", "2026-10-31T08:61:00Z", "0000"),
        *("2026-10-31T08", "2026-10-31T08:40:61Z", "2026-10-31T08:40:00+25:00", "-2026"),
        *(
            "2026-10-31T08:40:00Zulu",
            "\uff12\uff10\uff12\uff16",
            "2026-10-31T08:40:00Z" + "0" * 1_000_000,
        ),
        "9999-12-31T24:00:00Z",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.parse(text, BERLIN) is None


def test_no_text_is_no_date() -> None:
    assert dates.parse(None, BERLIN) is None


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("text", ["0001", "0001-01-01", "1900-02", "9999", "9999-12-31"])
def test_the_ends_of_the_calendar_are_dates(text: str, zone: ZoneInfo) -> None:
    interval = read(text, zone)
    assert interval.start < interval.end


@given(st.text(max_size=40), st.sampled_from(ZONES))
def test_no_text_raises(text: str, zone: ZoneInfo) -> None:
    dates.parse(text, zone)
    dates.show(text, zone)


@given(st.from_regex(r"[0-9]{4}(-[0-9]{2}){0,2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?Z?)?"))
def test_no_date_like_text_raises_and_an_interval_is_in_order(text: str) -> None:
    interval = dates.parse(text, BERLIN)
    assert interval is None or interval.start <= interval.end
    assert bool(dates.show(text, BERLIN)) == (interval is not None) or interval is not None


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001
    st.sampled_from(ZONES),
)
def test_the_moment_lies_in_its_own_date_month_and_year(local: datetime, zone: ZoneInfo) -> None:
    moment = local.replace(microsecond=0, tzinfo=zone).timestamp()
    for length in (4, 7, 10, 19):
        assert read(local.isoformat()[:length], zone).overlaps(moment, moment)


def test_a_period_is_open_where_an_end_is_missing() -> None:
    start = at("2026-10-01T00:00:00+00:00")
    assert dates.period("2026-10-01", None, UTC_ZONE) == Interval(start, math.inf)
    until = dates.period(None, "2026-10-01", UTC_ZONE)
    assert until is not None
    assert until.start == -math.inf
    assert dates.period(None, None, UTC_ZONE) is None
    assert dates.period("nonsense", "2026-10-01", UTC_ZONE) == until


def test_a_period_includes_the_day_it_ends_on() -> None:
    period = dates.period("2026-10-01", "2026-10-02", UTC_ZONE)
    assert period is not None
    assert period.overlaps(at("2026-10-02T23:00:00+00:00"), math.inf)


def test_a_period_that_ends_before_it_starts_is_none() -> None:
    assert dates.period("2026-10-02", "2026-10-01", UTC_ZONE) is None


def test_a_period_to_the_end_of_the_calendar_goes_on() -> None:
    period = dates.period("2026-10-01", "9999-12-31", UTC_ZONE)
    assert period is not None
    assert period.end == math.inf


def test_a_window_is_met_when_the_interval_touches_it() -> None:
    interval = Interval(10, 20)
    assert interval.overlaps(20, 30)
    assert interval.overlaps(0, 10)
    assert interval.overlaps(12, 13)
    assert not interval.overlaps(21, 30)
    assert interval.lies_within(10, 20)
    assert not interval.lies_within(11, 20)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        *((90, "s", 90), (2, "min", 120), (72, "h", 3 * DAY), (14, "d", 336 * 3600)),
        *((12, "wk", 84 * DAY), (12, "mo", 365.25 * DAY), (4, "a", 1461 * DAY)),
    ],
)
def test_a_duration_is_its_seconds(value: float, unit: str, expected: float) -> None:
    assert dates.seconds(value, unit) == expected


@pytest.mark.parametrize(("value", "unit"), [(1, "fortnight"), (1, ""), (math.inf, "d")])
def test_an_unknown_duration_is_none(value: float, unit: str) -> None:
    assert dates.seconds(value, unit) is None
    assert dates.shift(0, value, unit, BERLIN) is None


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ("2026-03-31T10:00:00+02:00", -1, "mo", "2026-02-28T10:00:00+01:00"),
        ("2028-02-29T10:00:00+01:00", 1, "a", "2029-02-28T10:00:00+01:00"),
        ("2026-11-22T10:00:00+01:00", -6, "mo", "2026-05-22T10:00:00+02:00"),
        ("2026-11-22T10:00:00+01:00", 2, "mo", "2027-01-22T10:00:00+01:00"),
        ("2026-11-22T10:00:00+01:00", -14, "d", "2026-11-08T10:00:00+01:00"),
        ("2026-11-01T10:00:00+01:00", -14, "d", "2026-10-18T11:00:00+02:00"),
    ],
)
def test_months_go_by_the_calendar_and_days_by_24_hours(
    start: str, amount: float, unit: str, end: str
) -> None:
    assert dates.shift(at(start), amount, unit, BERLIN) == at(end)


def test_half_a_year_is_a_mean_one_and_no_shift_leaves_the_calendar() -> None:
    assert dates.shift(0, 0.5, "a", BERLIN) == 365.25 * DAY / 2
    assert dates.shift(0, 10**6, "a", BERLIN) is None
    assert dates.shift(math.inf, -1, "mo", BERLIN) == math.inf


def test_an_onset_at_an_age_is_the_year_of_that_age() -> None:
    onset = dates.at_age(read("1981-05-20"), 45, "a", BERLIN)
    assert onset is not None
    assert onset.start == at("2026-05-20T00:00:00+02:00")
    assert onset.end == pytest.approx(at("2027-05-21T00:00:00+02:00"), abs=1e-5)
    assert dates.at_age(read("1981"), -1, "a", BERLIN) is None
    assert dates.at_age(read("1981"), 1, "kg", BERLIN) is None


@pytest.mark.parametrize(
    ("born", "now", "expected"),
    [
        ("1966-11-22", "2026-11-21T23:59:00+01:00", (59, 59)),
        ("1966-11-22", "2026-11-22T00:00:00+01:00", (60, 60)),
        ("1966-11", "2026-11-22T12:00:00+01:00", (59, 60)),
        ("1966", "2026-11-22T12:00:00+01:00", (59, 60)),
        ("2008-02-29", "2024-02-28T12:00:00+01:00", (15, 15)),
        ("2008-02-29", "2026-03-01T12:00:00+01:00", (18, 18)),
        ("2030", "2026-11-22T12:00:00+01:00", (-5, -4)),
        ("0001", "2026-11-22T12:00:00+01:00", (2024, 2025)),
    ],
)
def test_an_age_is_in_completed_years(born: str, now: str, expected: tuple[int, int]) -> None:
    assert dates.age(read(born), at(now), BERLIN) == expected


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026", "2026"),
        ("2026-10", "Oct 2026"),
        ("2026-10-31", "31 Oct 2026"),
        ("2026-11-01T08:40:00+01:00", "1 Nov 2026 08:40"),
        ("2026-11-01 8:40", "1 Nov 2026 08:40"),
        ("nonsense", ""),
        ("2026-13", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_date_is_shown_for_people(text: str | None, shown: str) -> None:
    assert dates.show(text) == shown


def test_a_time_is_shown_in_the_zone_of_the_site() -> None:
    assert dates.show("2026-11-01T23:40:00Z", BERLIN) == "2 Nov 2026 00:40"
    assert dates.show("2026-11-01T23:40:00", BERLIN) == "1 Nov 2026 23:40"
    assert dates.show("2026-11-01", BERLIN) == "1 Nov 2026"
    assert dates.show_moment(at("2026-11-01T23:40:00+00:00"), BERLIN) == "2 Nov 2026 00:40"
    assert dates.show_moment(math.inf, BERLIN) == ""


@given(st.integers(-1200, 1200), st.datetimes(datetime(1910, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001
def test_a_shift_by_months_there_and_back_is_at_most_three_days_off(
    months: int, local: datetime
) -> None:
    moment = local.replace(tzinfo=UTC).timestamp()
    there = dates.shift(moment, months, "mo", UTC_ZONE)
    assert there is not None
    back = dates.shift(there, -months, "mo", UTC_ZONE)
    assert back is not None
    assert abs(back - moment) <= timedelta(days=3).total_seconds()
