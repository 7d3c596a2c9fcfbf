"""What a judgement adds to the figures: names of the knowledge alone, never words of a chart."""

from __future__ import annotations

from functools import cache

from prometheus_client import Counter

from service.engine import Judgement
from service.metrics import CARDS, UNKNOWNS

UNKNOWN = "unknown"
"""The outcome of a criterion of which the chart does not tell."""

NONE = "none"
"""The urgency of a card that presses for nothing."""


def count_judged(judgement: Judgement) -> None:
    """Count the cards, shown and kept back, and the criteria that the chart leaves open."""
    for shown, cards in (("yes", judgement.said), ("no", judgement.kept_back)):
        for card in cards:
            CARDS.labels(card.criterion, card.urgency or NONE, shown).inc()
    for one in judgement.evaluation.criteria:
        if one.outcome == UNKNOWN:
            _unknown(one.criterion.id).inc()


@cache
def _unknown(criterion: str) -> Counter:
    """Looked up once: there are many in each call."""
    return UNKNOWNS.labels(criterion)
