"""What each card spoke of, beside its words: for the records, and for what is overridden later."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.card_files import Words
from knowledge.evaluation import Evaluation, Judged
from knowledge.quieting import MISSING


@dataclass(frozen=True, slots=True)
class Said:
    """One card: `criterion` leads it (its id, or the topic's name such as `missing`).

    `urgency` is the leading criterion's as if nothing had been done, `criteria` are all that the
    card spoke of, or `missing`; the causes that it only names are not among them.
    """

    uuid: str
    criterion: str
    indicator: str
    urgency: str | None
    criteria: tuple[str, ...] = ()


def said_of(card: Mapping[str, Any], names: Sequence[str], urgency: str | None) -> Said:
    """What a card spoke of: `names` with the leading one first."""
    return Said(card["uuid"], names[0], card["indicator"], urgency, tuple(names))


def all_said(
    cards: Iterable[Mapping[str, Any]],
    known: Collection[Said],
    evaluation: Evaluation,
    words: Words,
) -> tuple[Said, ...]:
    """What every card spoke of; one that nobody told of goes by its topic."""
    told = {one.uuid: one for one in known}
    return tuple(
        told.get(card["uuid"]) or _by_topic(card, evaluation.criteria, words) for card in cards
    )


def _by_topic(card: Mapping[str, Any], criteria: Iterable[Judged], words: Words) -> Said:
    """By the topic: a criterion's, also with a suffix such as that at discharge; else its code."""
    code: str = card["source"]["topic"]["code"]
    if code == words.missing.topic.code:
        return said_of(card, (MISSING,), None)
    for one in criteria:
        own = one.criterion.id.replace("-", "")
        if code in (own, own + words.discharge.topic.suffix):
            urgency = str(one.pressing) if one.pressing else None
            return said_of(card, (one.criterion.id,), urgency)
    return Said(card["uuid"], code, card["indicator"], None)
