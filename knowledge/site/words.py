"""A site's word for the ER, in all sentences in which a card says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from knowledge.card_files import Order, Orders, Words
from knowledge.filling import with_numbers
from knowledge.language.schema import CardWords, Criterion
from knowledge.site.shipped import Shipped

_ER = re.compile(r"\b([Aa]n )?ER\b")
_VOWELS = "AEIOUaeiou"
_SPOKEN = ("label", "description", "contrast", "note")
_LONGEST_DAY = "30 Sep 2026 09:10"


def renamed(shipped: Shipped, er: str) -> Shipped:
    """The knowledge with the site's word in the place of "ER"."""
    return replace(
        shipped,
        criteria={name: _criterion(one, er) for name, one in shipped.criteria.items()},
        orders=_orders(shipped.orders, er),
        words=Words.model_validate(said(shipped.words.model_dump(by_alias=True), er)),
    )


def said(value: Any, er: str) -> Any:
    """The same with the site's word in every text; "an ER" takes the article of the new word."""
    if isinstance(value, str):
        return _ER.sub(partial(_instead, er), value)
    if isinstance(value, dict):
        return {key: said(one, er) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(said(one, er) for one in value)
    return value


def _instead(er: str, found: re.Match[str]) -> str:
    article = found[1]
    if article is None:
        return er
    return f"{article if er[0] in _VOWELS else article[0] + ' '}{er}"


def _criterion(one: Criterion, er: str) -> Criterion:
    tiers = [tier.model_copy(update={"card": _card(tier.card, er)}) for tier in one.tiers]
    lowers = [
        low.model_copy(
            update={
                "because": said(low.because, er),
                "card": low.card and _card(low.card, er),
            }
        )
        for low in one.lowers
    ]
    return one.model_copy(update={"tiers": tuple(tiers), "lowers": tuple(lowers)})


def _card(words: CardWords, er: str) -> CardWords:
    return words.model_copy(update=said(words.model_dump(exclude={"order"}), er))


def _orders(orders: Orders, er: str) -> Orders:
    return orders.model_copy(update={"orders": tuple(_order(one, er) for one in orders.orders)})


def _order(one: Order, er: str) -> Order:
    spoken = {name: said(getattr(one, name), er) for name in _SPOKEN}
    code = one.code.model_copy(update={"text": said(one.code.text, er)})
    return one.model_copy(update={**spoken, "code": code})


def too_long(shipped: Shipped) -> Iterator[str]:
    """Summaries that no longer fit on their line, filled in with what is longest."""
    limit, place = shipped.words.limits.summary, _longest_place(shipped.words)
    for name, criterion in shipped.criteria.items():
        number = partial(shipped.resolve, name)
        for words in card_words(criterion):
            for text in filter(None, (words.summary, words.in_hospital)):
                length = len(with_numbers(text.replace("{where}", place), number))
                if length > limit:
                    yield f"makes a summary of {name} {length} characters long, {limit} at most"


def card_words(criterion: Criterion) -> Iterator[CardWords]:
    """All that a criterion can say on a card."""
    yield from (tier.card for tier in criterion.tiers)
    yield from (lowering.card for lowering in criterion.lowers if lowering.card)


def _longest_place(words: Words) -> str:
    settings = words.settings
    places = [*settings.classes.values(), settings.other]
    told = (settings.here_since.format(setting=one, since=_LONGEST_DAY) for one in places)
    return max(told, key=len)
