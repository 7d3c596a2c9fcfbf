from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from knowledge.quieting import Dismissal
from service.feedback import Told
from service.metrics import STORE_FAILURES
from service.records.recall import PAUSE, WAIT, Recall
from service.store import feedback
from service.store.dismissals import Dismissals
from service.store.records import keep
from service.store.store import Store, open_store
from service.store.tables import CARDS
from tests.service.records.making import AT, MARKS, SERVICE, card, record
from tests.service.records.test_carrying import LET_GO
from tests.service.store.conftest import Cluster

OURS = "https://backflag.org/fhir/CodeSystem/override-reason"
LASTING = {"long-standing-unchanged": OURS}
PATIENT = "a" * 64
WHOSE = ("main", None)
ISSUED = datetime.fromtimestamp(AT, UTC)
LATER = ISSUED + timedelta(minutes=5)
MISSING = {"missing": {"form": 1}}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def recalling(store: Store, clock: Clock | None = None) -> Recall:
    return Recall(store, Dismissals(store, 2, [SERVICE], LASTING), clock or Clock())


@pytest.fixture
def recall(url: str) -> Iterator[Recall]:
    found = recalling(open_store(url, pings=False))
    yield found
    found.close()


def told(outcome: str = "overridden", at: datetime = LATER, **more: Any) -> Told:
    suggestions = ("s1",) if outcome == "accepted" else ()
    reason = {"reason_code": "long-standing-unchanged", "reason_system": OURS}
    given = reason | more if outcome == "overridden" else more
    at_text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return Told("c1", outcome, at_text, suggestions, **given)


def tell(store: Store, *words: Told, client: str = "main", tenant: str | None = None) -> None:
    asyncio.run(feedback.keep(store, words, SERVICE, client, tenant))


def ask(recall: Recall, whose: tuple[str, str | None] = WHOSE) -> list[Dismissal]:
    return list(recall.ask(["b" * 64, PATIENT], *whose))


def failures() -> float:
    return float(STORE_FAILURES.labels("recall")._value.get())


def test_an_override_is_known_with_what_the_card_rested_on(store: Store, recall: Recall) -> None:
    says = {"cauda-equina-syndrome": MARKS} | MISSING
    keep(store, [record(cards=(card(says=says),))])
    assert ask(recall) == []
    tell(store, told())
    reason = "long-standing-unchanged"
    assert ask(recall) == [
        Dismissal("cauda-equina-syndrome", "emergency", reason, LATER, MARKS),
        Dismissal("missing", "", reason, LATER, {"form": 1}),
    ]


def test_a_reason_without_a_system_is_taken_for_ours_and_one_of_another_is_not(
    store: Store, recall: Recall
) -> None:
    keep(store, [record(cards=(card(),))])
    tell(store, told(reason_system="http://example.org/ours"))
    assert ask(recall) == []
    tell(store, told(reason_system=None, at=LATER + timedelta(seconds=1)))
    assert len(ask(recall)) == 1


@pytest.mark.parametrize("code", [None, "", "patient-refuses"])
def test_without_a_reason_that_lasts_nothing_is_dismissed(
    store: Store, recall: Recall, code: str | None
) -> None:
    keep(store, [record(cards=(card(),))])
    tell(store, told(reason_code=code))
    assert ask(recall) == []


@pytest.mark.parametrize(
    "stranger",
    [{"client": "other"}, {"tenant": "t"}, {"client": "", "tenant": "main"}],
)
def test_what_another_client_or_tenant_says_of_our_card_is_not_heard(
    store: Store, recall: Recall, stranger: dict[str, Any]
) -> None:
    keep(store, [record(cards=(card(),))])
    tell(store, told(), **stranger)
    assert ask(recall) == []
    for whose in (("main", "t"), ("other", None), ("", "main")):
        assert ask(recall, whose) == []


@pytest.mark.parametrize(
    "other",
    [
        {"client": "other"},
        {"tenant": "t"},
        {"patient": "c" * 64},
        {"service": "back-numbness-order-sign"},
    ],
)
def test_a_card_of_another_patient_tenant_client_or_kind_of_hook_counts_not(
    store: Store, recall: Recall, other: dict[str, Any]
) -> None:
    keep(store, [record(cards=(card(),), **other)])
    tell(store, told(), client=other.get("client", "main"), tenant=other.get("tenant"))
    assert ask(recall) == []


def test_a_tenant_s_own_override_is_known_to_it(store: Store, recall: Recall) -> None:
    keep(store, [record(cards=(card(),), tenant="t")])
    tell(store, told(), tenant="t")
    assert len(ask(recall, ("main", "t"))) == 1
    assert ask(recall) == []


def test_feedback_on_a_card_that_we_never_gave_is_kept_and_silences_nothing(
    store: Store, recall: Recall
) -> None:
    tell(store, told())
    assert ask(recall) == []
    keep(store, [record(cards=(card("another"),))])
    assert ask(recall) == []


def test_a_card_that_was_kept_back_cannot_have_been_overridden(
    store: Store, recall: Recall
) -> None:
    keep(store, [record(cards=(card(shown=False),))])
    tell(store, told())
    assert ask(recall) == []


@pytest.mark.parametrize("in_order", [True, False])
def test_the_last_word_on_a_card_counts_however_it_came(
    store: Store, recall: Recall, in_order: bool
) -> None:
    keep(store, [record(cards=(card(),))])
    words = [told(), told("accepted", at=LATER + timedelta(seconds=1))]
    for word in words if in_order else words[::-1]:
        tell(store, word)
    assert ask(recall) == []
    tell(store, told(at=LATER + timedelta(seconds=2)))
    assert [one.at for one in ask(recall)] == [LATER + timedelta(seconds=2)]


@pytest.mark.parametrize("in_order", [True, False])
def test_an_override_that_is_told_again_holds_from_the_first_time(
    store: Store, recall: Recall, in_order: bool
) -> None:
    """A client that sends it every day with a new date keeps nothing quiet for ever."""
    keep(store, [record(cards=(card(),))])
    words = [told(at=LATER + timedelta(hours=hours)) for hours in (0, 20, 40)]
    for word in words if in_order else words[::-1]:
        tell(store, word)
    assert [one.at for one in ask(recall)] == [LATER]


def test_an_override_without_a_lasting_reason_holds_from_when_it_got_one(
    store: Store, recall: Recall
) -> None:
    keep(store, [record(cards=(card(),))])
    tell(store, told(reason_code="already-in-er"), told(at=LATER + timedelta(minutes=1)))
    assert [one.at for one in ask(recall)] == [LATER + timedelta(minutes=1)]


def test_each_card_has_its_own_last_word(store: Store, recall: Recall) -> None:
    keep(store, [record("r1", cards=(card("c1"),)), record("r2", cards=(card("c2"),))])
    tell(store, told(), Told("c2", "accepted", told(at=LATER).at, ("s1",)))
    assert len(ask(recall)) == 1


def test_a_client_s_clock_moves_an_override_neither_before_its_card_nor_past_its_arrival(
    store: Store, recall: Recall
) -> None:
    keep(store, [record("r1", cards=(card("c1"),)), record("r2", cards=(card("c2"),))])
    tell(store, told(at=datetime(1999, 1, 1, tzinfo=UTC)))
    assert [one.at for one in ask(recall)] == [ISSUED]
    tell(store, replace(told(at=datetime(2099, 1, 1, tzinfo=UTC)), card="c2"))
    _, found = sorted(ask(recall), key=lambda one: one.at)
    assert timedelta() <= datetime.now(UTC) - found.at < timedelta(minutes=1)


def test_an_accepted_of_now_wins_over_an_override_of_a_clock_that_is_ahead(
    store: Store, recall: Recall
) -> None:
    keep(store, [record(cards=(card(),))])
    tell(store, told(at=datetime(2099, 1, 1, tzinfo=UTC)))
    tell(store, told("accepted", at=datetime.now(UTC) + timedelta(hours=1)))
    assert ask(recall) == []


def test_a_record_that_cannot_be_read_silences_nothing(store: Store, recall: Recall) -> None:
    keep(store, [record(cards=(card(),))])
    tell(store, told())
    with store.begin() as connection:
        connection.execute(update(CARDS).values(says="{"))
    before = failures()
    assert ask(recall) == []
    assert failures() == before + 1


def test_a_database_that_is_down_costs_little_and_is_then_left_alone(cluster: Cluster) -> None:
    store = open_store(cluster.url(cluster.create()), pings=False)
    store.upgrade()
    keep(store, [record(cards=(card(),))])
    tell(store, told())
    clock = Clock()
    recall = recalling(store, clock)
    assert len(ask(recall)) == 1
    before, started = failures(), time.monotonic()
    cluster.stop()
    try:
        with capture_logs() as log:
            started = time.monotonic()
            assert [ask(recall) for _ in range(100)] == [[]] * 100
            assert time.monotonic() - started < 2 * WAIT
        assert failures() == before + 100
        assert [one["event"] for one in log] == ["database down"]
    finally:
        cluster.start()
    assert ask(recall) == []
    clock.now += PAUSE
    assert len(ask(recall)) == 1
    recall.close()


@LET_GO
@pytest.mark.parametrize("connected", [True, False])
def test_a_database_that_hangs_costs_a_call_a_quarter_of_a_second_once(
    cluster: Cluster, connected: bool
) -> None:
    store = open_store(cluster.url(cluster.create()), pings=False)
    store.upgrade()
    keep(store, [record(cards=(card(),))])
    tell(store, told())
    clock = Clock()
    recall = recalling(store, clock)
    if not connected:
        store.close()
    with cluster.paused():
        for _ in range(2):
            started = time.monotonic()
            assert [ask(recall) for _ in range(10)] == [[]] * 10
            assert WAIT <= time.monotonic() - started < 2 * WAIT
            clock.now += PAUSE
    assert len(ask(recall)) == 1
    recall.close()
    recall._threads.shutdown()
    for one in list(store.connections):  # that a thread still got after it was given up on
        one.close()


def test_it_is_found_fast_among_many_cards(store: Store, recall: Recall) -> None:
    many = [record(f"r{number}", cards=(card(f"c{number}"),)) for number in range(2000)]
    strangers = [record(f"s{number}", patient="d" * 64) for number in range(2000)]
    keep(store, many)
    keep(store, strangers)
    tell(store, Told("c1500", "overridden", told().at, (), "long-standing-unchanged", OURS))
    ask(recall)
    took = []
    for _ in range(20):
        started = time.perf_counter()
        assert len(ask(recall)) == 1
        took.append(time.perf_counter() - started)
    assert min(took) < WAIT / 5
