"""Numbers in a criterion's words: `{acute}` on a card is the parameter, `14 days`.

So a sentence never says another number than the one that decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from knowledge.language.files import Document, Fault, KnowledgeError
from knowledge.language.filters import show
from knowledge.language.schema import CardWords, Criterion, Lowering, Parameter, Tier

_PLACE = re.compile(r"\{([a-z0-9-]+)\}")
_SPEAKS = {"card", "because", "in_words"}
_LATER = frozenset(("clock", "where"))
"""What a card fills in for its patient."""

Show = Callable[[re.Match[str]], str]


def filled(
    criteria: Mapping[str, Criterion],
    documents: Mapping[str, Document],
    number: Callable[[str, str], Parameter],
) -> dict[str, Criterion]:
    """The criteria with their numbers in their words.

    Raises:
        KnowledgeError: a place names no parameter of its criterion.
    """
    if faults := [fault for one in criteria.values() for fault in _strange(one, documents)]:
        raise KnowledgeError(faults)
    return {name: _criterion(one, partial(number, name)) for name, one in criteria.items()}


def in_words(parameter: Parameter) -> str:
    """A number in all its units: `14 days`, `8 % or 64 mmol/mol`."""
    return " or ".join(show(one.value, one.unit) for one in parameter.amounts)


def _strange(one: Criterion, documents: Mapping[str, Document]) -> Iterator[Fault]:
    known = _LATER | set(one.parameters)
    for kind, speakers in (("tiers", one.tiers), ("lowers", one.lowers)):
        for place, speaker in enumerate(speakers):
            names = set(_PLACE.findall(speaker.model_dump_json(include=_SPEAKS)))
            for name in sorted(names - known):
                what = f"{{{name}}} is no parameter"
                yield documents[one.id].fault((kind, place, "card"), what)


def with_numbers(text: str, number: Callable[[str], Parameter]) -> str:
    """A text with its numbers; what a card fills in for its patient stays."""
    return _PLACE.sub(_shower(number), text)


def _shower(number: Callable[[str], Parameter]) -> Show:
    def shown(found: re.Match[str]) -> str:
        return found[0] if found[1] in _LATER else in_words(number(found[1]))

    return shown


def _criterion(one: Criterion, number: Callable[[str], Parameter]) -> Criterion:
    shown = _shower(number)
    return one.model_copy(
        update={
            "tiers": tuple(_tier(tier, shown) for tier in one.tiers),
            "lowers": tuple(_lowering(low, shown) for low in one.lowers),
        }
    )


def _tier(tier: Tier, shown: Show) -> Tier:
    words = tier.in_words and _PLACE.sub(shown, tier.in_words)
    return tier.model_copy(update={"card": _card(tier.card, shown), "in_words": words})


def _lowering(low: Lowering, shown: Show) -> Lowering:
    card = low.card and _card(low.card, shown)
    return low.model_copy(update={"because": _PLACE.sub(shown, low.because), "card": card})


def _card(words: CardWords, shown: Show) -> CardWords:
    told = words.model_dump(exclude={"order"}).items()
    return words.model_copy(update={key: _fill(value, shown) for key, value in told})


def _fill(value: Any, shown: Show) -> Any:
    if isinstance(value, str):
        return _PLACE.sub(shown, value)
    return tuple(_fill(one, shown) for one in value) if isinstance(value, tuple) else value
