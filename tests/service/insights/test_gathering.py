"""The figures equal what plain SQL counts, written here by hand and week by week."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from sqlalchemy import Connection, DateTime, TextClause, bindparam, text

from service.insights.figures import Figures, Key
from service.insights.gathering import gather
from service.insights.period import Period, asked
from service.store.store import Store, StoreDown
from tests.service.insights.history import REASONS, UNTIL, URGENCIES, WANTING, History

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)
KNOWN = [code for code in REASONS if code and not code.startswith("a-reason")]
PERIOD = asked({}, UNTIL)
WEEKS = [(date(2026, 8, 31) + timedelta(days=7 * number)) for number in range(13)]
CRITERIA = [*URGENCIES, "missing"]
ONE = "1 = 1"

OWN = "f.card = c.id AND f.client = c.client AND COALESCE(f.tenant, '') = COALESCE(c.tenant, '')"
WORD = (
    f"(SELECT f.{{}} FROM feedback f WHERE {OWN} "
    "ORDER BY f.outcome_timestamp DESC, f.received DESC LIMIT 1)"
)
CARDS = "SELECT COUNT(*) FROM cards c WHERE c.criterion = :criterion AND c.day BETWEEN :a AND :b"
SHOWN = f"{CARDS} AND c.shown"
SAME = (
    "x.client = c.client AND COALESCE(x.tenant, '') = COALESCE(c.tenant, '') "
    "AND x.patient = c.patient"
)
DIAGNOSED = f"SELECT 1 FROM confirmed x WHERE {SAME} AND x.criterion = c.criterion"
EMERGENCY = f"{SHOWN} AND c.urgency = 'emergency' AND c.indicator = 'critical'"
PLAIN = {
    "cards": SHOWN,
    "accepted": f"{SHOWN} AND {WORD.format('outcome')} = 'accepted'",
    "overridden": f"{SHOWN} AND {WORD.format('outcome')} = 'overridden'",
    "ignored": f"{SHOWN} AND {WORD.format('outcome')} IS NULL AND c.at <= :overdue",
    "waiting": f"{SHOWN} AND {WORD.format('outcome')} IS NULL AND c.at > :overdue",
    "kept-back": f"{CARDS} AND NOT c.shown",
    "met": "SELECT COUNT(*) FROM met WHERE criterion = :criterion AND day BETWEEN :a AND :b",
    "unknown": "SELECT COALESCE(SUM(calls), 0) FROM unknowns WHERE finding = '' "
    "AND criterion = :criterion AND day BETWEEN :a AND :b",
    "emergency": EMERGENCY,
    "emergency-overridden": f"{EMERGENCY} AND {WORD.format('outcome')} = 'overridden'",
    "overridden-and-later-confirmed": f"{EMERGENCY} AND {WORD.format('outcome')} = 'overridden' "
    f"AND EXISTS (SELECT 1 FROM confirmed x WHERE {SAME} AND x.at > c.at AND "
    "(x.criterion = c.criterion OR c.says LIKE '%\"' || x.criterion || '\":{%') "
    f"AND NOT EXISTS (SELECT 1 FROM confirmed y WHERE {SAME.replace('x.', 'y.')} "
    "AND y.criterion = x.criterion AND y.at <= c.at))",
}
NEVER_SPOKEN = f"""
SELECT COUNT(*) FROM (
  SELECT c.client, COALESCE(c.tenant, ''), c.patient, MIN(c.at) FROM confirmed c
  WHERE c.criterion = :criterion AND c.day BETWEEN :a AND :b
    AND NOT EXISTS ({DIAGNOSED} AND x.at < c.at)
    AND EXISTS (SELECT 1 FROM calls x WHERE {SAME} AND x.at < c.at AND x.status = 200)
    AND NOT EXISTS (SELECT 1 FROM cards x WHERE {SAME} AND x.at < c.at
                    AND (x.criterion = c.criterion OR x.says LIKE '%"' || c.criterion || '":{{%'))
  GROUP BY 1, 2, 3) AS found
"""


def by_criterion(connection: Connection, sql: str, **given: Any) -> dict[str, int]:
    """The same for all criteria at once."""
    each = sql.replace("SELECT ", "SELECT criterion, ", 1).replace("c.criterion = :criterion", ONE)
    each = each.replace("criterion = :criterion", ONE) + " GROUP BY criterion"
    found = connection.execute(prepared(each), moments(each, given)).all()
    return {criterion: int(count) for criterion, count in found}


def number(connection: Connection, sql: str, **given: Any) -> int:
    return int(connection.execute(prepared(sql), moments(sql, given)).scalar_one())


def prepared(sql: str) -> TextClause:
    moment = bindparam("overdue", type_=DateTime(timezone=True))
    return text(sql).bindparams(moment) if ":overdue" in sql else text(sql)


def moments(sql: str, given: dict[str, Any]) -> dict[str, Any]:
    return given | ({"overdue": NOW - timedelta(hours=24)} if ":overdue" in sql else {})


@contextmanager
def counted(store: Store, history: History, period: Period) -> Iterator[tuple[Figures, Connection]]:
    history.write(store)
    found = gather(store, period, NOW, UTC, KNOWN)
    with store.reading() as connection:
        yield found, connection


def test_each_criterion_and_week_counts_what_plain_sql_counts(
    store: Store, history: History
) -> None:
    with counted(store, history, PERIOD) as (found, connection):
        spans = [(week, week, week + timedelta(days=6)) for week in WEEKS]
        for week, a, b in [(None, WEEKS[0], UNTIL), *spans]:
            for what, sql in PLAIN.items():
                expected = by_criterion(connection, sql, a=a, b=b)
                for criterion in CRITERIA:
                    counted_here = found[Key(what, criterion, week)]
                    assert counted_here == expected.get(criterion, 0), (what, criterion, week)
                assert set(expected) <= set(CRITERIA)
        assert found[Key("overridden-and-later-confirmed")] > 0
        assert found[Key("ignored")] > 0 < found[Key("waiting")]


def test_overrides_are_counted_by_the_reason_of_the_latest_word(
    store: Store, history: History
) -> None:
    sql = f"{SHOWN} AND {WORD.format('outcome')} = 'overridden' AND {WORD.format('reason_code')}"
    with counted(store, history, PERIOD) as (found, connection):
        for criterion in CRITERIA:
            span = {"criterion": criterion, "a": WEEKS[0], "b": UNTIL}
            for code in KNOWN:
                expected = number(connection, f"{sql} = :code", code=code, **span)
                assert found[Key("overridden", criterion, None, code)] == expected
            none = number(connection, f"{sql} IS NULL", **span)
            assert found[Key("overridden", criterion, None, "(none given)")] == none
            theirs = number(connection, f"{sql} LIKE 'a-reason%'", **span)
            assert found[Key("overridden", criterion, None, "(not one of ours)")] == theirs
        assert "a-reason" not in str(found.counts)


def test_calls_are_counted_by_how_they_ended(store: Store, history: History) -> None:
    calls = "SELECT COUNT(*) FROM calls WHERE day BETWEEN :a AND :b"
    with counted(store, history, PERIOD) as (found, connection):
        for week in WEEKS:
            span = {"a": week, "b": week + timedelta(days=6)}
            plain = {
                Key("calls", week=week): calls,
                Key("answered", week=week): f"{calls} AND status = 200",
                Key("failed", week=week): f"{calls} AND status <> 200",
                Key("failed", week=week, detail="deadline"): f"{calls} AND why = 'deadline'",
                Key("incomplete", week=week): f"{calls} AND status = 200 AND incomplete <> '[]'",
                Key("incomplete", week=week, detail="devices:forbidden"): (
                    f"{calls} AND incomplete LIKE '%devices:forbidden%'"
                ),
            }
            for key, sql in plain.items():
                assert found[key] == number(connection, sql, **span), key
        assert found[Key("calls")] == 6_000


def test_what_was_unknown_is_counted_by_what_was_wanting(store: Store, history: History) -> None:
    sql = (
        "SELECT COALESCE(SUM(calls), 0) FROM unknowns WHERE criterion = :criterion "
        "AND finding = :finding AND day BETWEEN :a AND :b"
    )
    with counted(store, history, PERIOD) as (found, connection):
        for criterion, findings in WANTING.items():
            for finding in findings:
                given = {"criterion": criterion, "finding": finding, "a": WEEKS[0], "b": UNTIL}
                expected = number(connection, sql, **given)
                assert found[Key("unknown", criterion, None, finding)] == expected > 0


def test_diagnoses_that_no_card_foresaw_are_counted(store: Store, history: History) -> None:
    with counted(store, history, PERIOD) as (found, connection):
        for criterion in [*CRITERIA, "spinal-infection"]:
            span = {"criterion": criterion, "a": WEEKS[0], "b": UNTIL}
            expected = number(connection, NEVER_SPOKEN, **span)
            assert found[Key("confirmed-without-a-card", criterion)] == expected
        assert found[Key("confirmed-without-a-card")] > 0


def test_the_median_is_that_of_the_first_words(store: Store, history: History) -> None:
    sql = (
        "SELECT c.criterion, c.at, MIN(f.outcome_timestamp) FROM cards c "
        f"JOIN feedback f ON {OWN} WHERE c.shown GROUP BY c.id, c.criterion, c.at"
    )
    with counted(store, history, PERIOD) as (found, connection):
        took: dict[str, list[float]] = {}
        for criterion, at, first in connection.execute(text(sql)):
            shown = datetime.fromisoformat(str(at)).replace(tzinfo=UTC)
            seconds = (datetime.fromisoformat(first) - shown).total_seconds()
            took.setdefault(criterion, []).append(seconds)
        assert {criterion for criterion, week in found.seconds if criterion and not week} == set(
            took
        )
        for criterion, values in took.items():
            assert found.seconds[criterion, None] == pytest.approx(median(values))


def test_feedback_on_cards_that_are_not_the_clients_own_is_kept_apart(
    store: Store, history: History
) -> None:
    never = "SELECT COUNT(*) FROM feedback WHERE card NOT IN (SELECT id FROM cards)"
    another = f"""SELECT COUNT(*) FROM feedback f WHERE card IN (SELECT id FROM cards)
        AND NOT EXISTS (SELECT 1 FROM cards c WHERE {OWN})"""
    with counted(store, history, PERIOD) as (found, connection):
        kind = "feedback-kept-apart"
        assert found[Key(kind, detail="never-given")] == number(connection, never) > 0
        expected = number(connection, another)
        assert found[Key(kind, detail="given-to-another-client")] == expected > 0


@pytest.mark.parametrize(
    ("client", "tenant", "which"),
    [
        ("clinics", None, "client = 'clinics'"),
        ("main", "st-elsewhere", "client = 'main' AND tenant = 'st-elsewhere'"),
        (None, "north", "tenant = 'north'"),
        ("nobody", None, "client = 'nobody'"),
    ],
)
def test_one_client_or_tenant_is_counted_alone(
    store: Store, history: History, client: str | None, tenant: str | None, which: str
) -> None:
    period = Period(PERIOD.since, PERIOD.until, client, tenant)
    tables = {"calls": "calls", "cards": "cards", "met": "met"}
    with counted(store, history, period) as (found, connection):
        for what, table in tables.items():
            shown = " AND shown" if table == "cards" else ""
            sql = f"SELECT COUNT(*) FROM {table} WHERE {which}{shown}"
            assert found[Key(what)] == number(connection, sql)
        unknown = f"SELECT COALESCE(SUM(calls), 0) FROM unknowns WHERE finding = '' AND {which}"
        assert found[Key("unknown")] == number(connection, unknown)
        assert found.empty == (client == "nobody")
        assert ("clinics", "south") in found.clients


def test_days_outside_are_not_counted(store: Store, history: History) -> None:
    day = date(2026, 10, 14)
    with counted(store, history, Period(day, day)) as (found, connection):
        sql = "SELECT COUNT(*) FROM calls WHERE day = :day"
        assert found[Key("calls")] == number(connection, sql, day=day) > 0
        assert found[Key("calls", week=date(2026, 10, 12))] == found[Key("calls")]


def test_a_reader_can_change_nothing_and_keeps_no_writer_waiting(store: Store) -> None:
    with store.reading() as reader:
        reader.execute(text("SELECT COUNT(*) FROM calls")).scalar_one()
        with store.begin() as writer:
            writer.execute(text("INSERT INTO nonces (token, until) VALUES ('a', 1)"))
        assert reader.execute(text("SELECT COUNT(*) FROM nonces")).scalar_one() == 0
    with pytest.raises(StoreDown), store.reading() as reader:
        reader.execute(text("DELETE FROM nonces"))
    with store.begin() as writer:
        writer.execute(text("DELETE FROM nonces"))
