"""The link of a card to the page that says how this was decided."""

from __future__ import annotations

import pytest

from knowledge.language.schema import Urgency
from tests.cards.builders import CES, DISC, SADDLE_FOUND, WEAKNESS, cards, evaluation, met

BASE = "https://cds.example.org/backflag"


def test_a_card_links_to_the_criterion_that_leads_it() -> None:
    judged = evaluation(met(CES, Urgency.EMERGENCY, SADDLE_FOUND), met(WEAKNESS, Urgency.URGENT))
    (card,) = cards(judged, base_url=BASE)
    assert card["links"] == [
        {"label": "How this was decided", "url": f"{BASE}/criteria/{CES.id}", "type": "absolute"}
    ]


def test_each_card_links_to_its_own_criterion() -> None:
    judged = evaluation(met(WEAKNESS, Urgency.URGENT), met(DISC, Urgency.SOON))
    links = [link["url"] for card in cards(judged, base_url=BASE) for link in card["links"]]
    assert links == [f"{BASE}/criteria/{one.id}" for one in (WEAKNESS, DISC)]


def test_the_card_that_asks_for_the_screen_links_to_the_criterion_that_it_is_for() -> None:
    judged = evaluation(anchors=(SADDLE_FOUND,), screen_missing=("leg-power",))
    (card,) = cards(judged, base_url=BASE)
    assert card["links"][0]["url"] == f"{BASE}/criteria/{CES.id}"


@pytest.mark.parametrize("base_url", [None, ""])
def test_without_an_address_there_is_no_link(base_url: str | None) -> None:
    (card,) = cards(evaluation(met(CES, Urgency.EMERGENCY)), base_url=base_url)
    assert "links" not in card
