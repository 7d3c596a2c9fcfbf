"""Which orders a card offers: each scan once, and the wider one in place of the narrower."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import get_args

from cards.case import Case
from cards.under_way import needs_scan
from knowledge.card_files import Kind, Order
from knowledge.evaluation import Judged

_KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order, the criteria that ask for it, and those of their orders that it replaces."""

    order: Order
    by: tuple[Judged, ...]
    instead_of: tuple[Order, ...] = ()


def choose(
    case: Case, judged: Sequence[Judged], already: Collection[str] = ()
) -> tuple[Wanted, ...]:
    """The orders of these criteria: referrals first, then imaging, the leading criterion's first.

    `already`: the ids of orders on another card, which (with all they cover) are not repeated.
    """
    orders = case.library.orders
    asked = _asked(case, judged)
    offered = set(already).union(*(orders.covered_by(name) for name in already))
    kept = [
        orders[name]
        for name in asked
        if name not in offered and not any(name in orders.covered_by(other) for other in asked)
    ]
    kept.sort(key=lambda order: _KINDS.index(order.kind))
    return tuple(_wanted(order, asked, case) for order in kept)


def _asked(case: Case, judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    asked: dict[str, list[Judged]] = {}
    for one in judged:
        for name in case.card_words(one).order:
            order = case.library.orders[name]
            needless = order.scan is not None and not needs_scan(one)
            if not needless and not (case.in_hospital and order.outside_hospital_only):
                asked.setdefault(name, []).append(one)
    return asked


def _wanted(order: Order, asked: dict[str, list[Judged]], case: Case) -> Wanted:
    covered = case.library.orders.covered_by(order.id)
    replaced = [name for name in asked if name in covered]
    by = [one for name in (order.id, *replaced) for one in asked[name]]
    once = {one.criterion.id: one for one in by}
    return Wanted(
        order, tuple(once.values()), tuple(case.library.orders[name] for name in replaced)
    )
