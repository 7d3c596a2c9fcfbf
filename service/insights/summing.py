"""Numbers added up, and which of them add up to which."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from service.insights import figures as of
from service.insights.figures import Key, Sum, most_first

LESS, UNCONFIRMED = "no-emergency", "not-confirmed"
"""What is counted only because a sum would give it away."""

_KINDS = (of.ACCEPTED, of.OVERRIDDEN, of.IGNORED, of.WAITING)
_UNSUMMED = {of.INCOMPLETE, of.UNKNOWN}
"""Of these, a call can have several kinds: the kinds do not add up to the whole."""

Counts = Counter[Key]


def summed(counts: Counts) -> Counts:
    """With every sum over kinds, over criteria and over weeks."""
    whole = counts.copy()
    for step in (_over_kinds, _over_ends, _over_criteria, _over_weeks):
        for key, number in [(more, number) for one, number in whole.items() for more in step(one)]:
            whole[key] += number
    for key, number in list(whole.items()):
        if key.what == of.EMERGENCY_OVERRIDDEN:
            rest = number - whole[key._replace(what=of.LATER_CONFIRMED)]
            whole[key._replace(what=UNCONFIRMED)] = rest
    return Counter({key: number for key, number in whole.items() if number})


def _over_kinds(key: Key) -> Iterator[Key]:
    if key.detail and key.what not in _UNSUMMED:
        yield key._replace(detail="")


def _over_ends(key: Key) -> Iterator[Key]:
    if key.what in _KINDS and not key.detail:
        yield key._replace(what=of.CARDS)
    if key.what in (of.ANSWERED, of.FAILED) and not key.detail:
        yield key._replace(what=of.CALLS)


def _over_criteria(key: Key) -> Iterator[Key]:
    if key.criterion:
        yield key._replace(criterion=of.ALL)


def _over_weeks(key: Key) -> Iterator[Key]:
    if key.week:
        yield key._replace(week=None)


def sums(whole: Counts) -> Iterator[Sum]:
    """Which numbers add up to which, so that a hidden one cannot be computed from the others."""
    parts: dict[Key, dict[str, list[Key]]] = defaultdict(lambda: defaultdict(list))
    for key in whole:
        if key.detail and key.what not in _UNSUMMED:
            parts[key._replace(detail="")]["kinds"].append(key)
        if key.criterion:
            parts[key._replace(criterion=of.ALL)]["criteria"].append(key)
        if key.week:
            parts[key._replace(week=None)]["weeks"].append(key)
        for total, which in _SPLITS.items():
            if key.what in which and not key.detail:
                parts[key._replace(what=total[0])][total[1]].append(key)
    for total_key, groups in parts.items():
        for group in groups.values():
            yield Sum(total_key, tuple(group))


_SPLITS = {
    (of.CARDS, "outcomes"): _KINDS,
    (of.CARDS, "urgencies"): (of.EMERGENCY, LESS),
    (of.CALLS, "ends"): (of.ANSWERED, of.FAILED),
    (of.EMERGENCY_OVERRIDDEN, "later"): (of.LATER_CONFIRMED, UNCONFIRMED),
}


def criteria(whole: Counts) -> tuple[str, ...]:
    """All that are counted anywhere, those with most cards first."""
    loud: Counter[str] = Counter()
    for key, number in whole.items():
        if key.criterion and key.week is None and not key.detail:
            loud[key.criterion] += number if key.what == of.CARDS else 0
    return most_first(loud.items())
