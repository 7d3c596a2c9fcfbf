"""The checks of answers see what is wrong in one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.conformance.checking import check, strictly
from tests.conformance.requests import example
from tests.conformance.running import Service

Json = dict[str, Any]
Damage = Callable[[Json], object]


def _suggestion(card: Json) -> Json:
    found: Json = card["suggestions"][0]
    return found


def _action(card: Json) -> Json:
    found: Json = _suggestion(card)["actions"][0]
    return found


DAMAGES: dict[str, Damage] = {
    "J4": lambda card: card.update(detail=None),
    "J5": lambda card: card.update(links=[]),
    "J6": lambda card: _action(card)["resource"].update(note=[]),
    "C1": lambda card: card.update(uuid=card["uuid"].upper()),
    "C1 twice": lambda card: card.update(uuid=_suggestion(card)["uuid"]),
    "C2": lambda card: card.update(summary="x" * 140),
    "C2 lines": lambda card: card.update(summary="x\ny"),
    "C3": lambda card: card.update(detail=f"{card['detail']} <b>"),
    "C4": lambda card: card.update(indicator="hard-stop"),
    "C5": lambda card: card.pop("source"),
    "C6": lambda card: card["source"].update(url="/criteria"),
    "C6 topic": lambda card: card["source"]["topic"].pop("system"),
    "C7": lambda card: card.pop("selectionBehavior"),
    "C8": lambda card: card.update(selectionBehavior="all"),
    "C9": lambda card: card["overrideReasons"][0].pop("display"),
    "S1": lambda card: _suggestion(card).pop("label"),
    "S3": lambda card: (
        card.update(selectionBehavior="at-most-one"),
        [one.update(isRecommended=True) for one in card["suggestions"]],
    ),
    "S4": lambda card: _suggestion(card).update(actions=[]),
    "S5": lambda card: _suggestion(card).update(actionSelectionBehavior="any"),
    "A1": lambda card: _action(card).update(type="Create"),
    "A2": lambda card: _action(card).pop("description"),
    "A3": lambda card: _action(card).pop("resource"),
    "A3 text": lambda card: _action(card).update(resource="{}"),
    "A3 no R4": lambda card: _action(card)["resource"].update(note="text"),
    "A3 not new": lambda card: _action(card)["resource"].update(id="1"),
    "A4": lambda card: _action(card).update(type="delete"),
    "L1": lambda card: card.update(links=[{"label": "x", "url": "https://x.example"}]),
    "L2": lambda card: card.update(
        links=[{"label": "x", "url": "https://x.example", "type": "absolute", "appContext": "y"}]
    ),
    "L3": lambda card: card.update(
        links=[{"label": "x", "url": "https://x.example", "type": "smart", "autolaunchable": True}]
    ),
}


@pytest.fixture(scope="module")
def answer(service: Service) -> Json:
    cards = service.cards(example())
    return {"cards": [card for card in cards if card["indicator"] == "critical"]}


def test_what_the_service_answers_passes(answer: Json) -> None:
    check("response", answer)


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_damaged_does_not(answer: Json, name: str) -> None:
    damaged = deepcopy(answer)
    DAMAGES[name](damaged["cards"][0])
    assert damaged != answer
    with pytest.raises(AssertionError):
        check("response", damaged)


def test_actions_that_nobody_agreed_on_do_not_pass(answer: Json) -> None:
    with pytest.raises(AssertionError):
        check("response", answer | {"systemActions": [_action(answer["cards"][0])]})


@pytest.mark.parametrize("text", [b"{,}", b"{} // x", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff"])
def test_what_is_no_strict_json_does_not_pass(text: bytes) -> None:
    with pytest.raises((ValueError, AssertionError)):
        strictly(text)
