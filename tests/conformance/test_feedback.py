"""Feedback, as the specification, the sandbox and Epic send it."""

from __future__ import annotations

import sqlite3
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from service.judging import LibraryEngine
from tests.conformance.requests import HOOKS, example
from tests.conformance.running import Service, serving

Json = dict[str, Any]
MOMENT = "2026-11-01T09:01:00Z"


def accepted(card: Json) -> Json:
    return {
        "card": card["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}],
        "outcomeTimestamp": MOMENT,
    }


def overridden(card: Json) -> Json:
    reason = card["overrideReasons"][0]
    return {
        "card": card["uuid"],
        "outcome": "overridden",
        "overrideReason": {"reason": reason, "userComment": "Seen in the ER."},
        "outcomeTimestamp": MOMENT,
    }


def a_card(service: Service) -> Json:
    return service.cards(example())[0]


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("hook", HOOKS)
def test_each_service_takes_feedback_on_its_cards(service: Service, hook: str) -> None:
    card = service.cards(example(hook))[0]
    for one in (accepted(card), overridden(card)):
        assert service.tell({"feedback": [one]}, hook) == (HTTPStatus.OK, {})


@pytest.mark.requirement("F5")
def test_cards_of_which_nothing_was_told_come_again(service: Service) -> None:
    first, second = (service.cards(example()) for _ in range(2))
    assert [card["summary"] for card in first] == [card["summary"] for card in second]


@pytest.mark.requirement("F2")
@pytest.mark.parametrize("body", [b"", b"{", {}, [], {"feedback": {}}, {"feedback": None}])
def test_what_is_no_list_of_feedback_is_refused(service: Service, body: Any) -> None:
    status, _ = service.tell(body)
    assert status == HTTPStatus.BAD_REQUEST


@pytest.mark.requirement("F3")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("card", None),
        ("card", ""),
        ("outcome", None),
        ("outcome", "ignored"),
        ("acceptedSuggestions", None),
        ("acceptedSuggestions", [{}]),
        ("outcomeTimestamp", None),
        ("outcomeTimestamp", "yesterday"),
    ],
)
def test_an_entry_that_lacks_what_it_has_to_have_is_refused_by_name(
    service: Service, key: str, value: Any
) -> None:
    entry = accepted(a_card(service)) | {key: value}
    if value is None:
        del entry[key]
    status, body = service.tell({"feedback": [entry]})
    assert status == HTTPStatus.BAD_REQUEST
    assert body["issue"][0]["expression"][0].startswith(f"feedback[0].{key}")


@pytest.mark.requirement("F3", "X1")
@pytest.mark.parametrize(
    "reasons",
    [
        {},
        {"overrideReason": {"userComment": "Seen."}},
        {"overrideReasons": [{"reason": {"code": "1", "display": "Other"}}]},
        {"overrideReasons": {"reason": {"code": "1"}, "extension": {"com.epic.x": {}}}},
        {"extension": {"org.example.who": {"role": "nurse"}}},
    ],
)
def test_reasons_are_taken_in_every_shape(service: Service, reasons: Json) -> None:
    plain = overridden(a_card(service))
    del plain["overrideReason"]
    assert service.tell({"feedback": [plain | reasons]}) == (HTTPStatus.OK, {})


@pytest.mark.requirement("F4")
def test_many_cards_may_be_told_of_at_once_and_again(engine: LibraryEngine, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    with serving(engine, database_url=f"sqlite:///{file}") as running:
        cards = [a_card(running) for _ in range(3)]
        entries = [accepted(cards[0]), overridden(cards[1]), overridden(cards[2])]
        for told in (entries, entries, entries[:1]):
            assert running.tell({"feedback": told}) == (HTTPStatus.OK, {})
    with sqlite3.connect(file) as kept:
        rows = kept.execute("SELECT card, outcome FROM feedback").fetchall()
    kept.close()
    expected = [(card["card"], card["outcome"]) for card in entries]
    assert sorted(rows) == sorted(expected)
