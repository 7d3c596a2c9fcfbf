"""Patients who get another answer, by what it means for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from knowledge.checks.diff.model import Answer, PatientChange
from knowledge.language.schema import Urgency

LESS = "less urgent, or silent now"
MORE = "more urgent, or told for the first time"
OTHERWISE = "as urgent as before, told otherwise"
SILENT = "silent before and now"
GROUPS = (LESS, MORE, OTHERWISE)
"""What can be missed comes first. The silent are only counted."""

_RANKS = {str(urgency): urgency.rank for urgency in Urgency}
_NONE = len(_RANKS)


def group(one: PatientChange) -> str:
    """What a change means for the patient, by the most urgent of the answers that changed."""
    was = min((_rank(answer.was) for answer in one.answers), default=_NONE)
    now = min((_rank(answer.now) for answer in one.answers), default=_NONE)
    if was == now:
        cards = one.cards_were is not None or one.cards_now is not None
        return SILENT if was == _NONE and not cards else OTHERWISE
    return LESS if now > was else MORE


def is_heard(answer: Answer) -> bool:
    """Whether a criterion says something in either version."""
    return min(_rank(answer.was), _rank(answer.now)) < _NONE


def _rank(told: str | None) -> int:
    return _RANKS.get((told or "").partition(",")[0], _NONE)


def of_new(
    changed: Iterable[PatientChange], new: frozenset[str]
) -> tuple[list[PatientChange], Counter[str]]:
    """Patients apart from the examples of new criteria that only new criteria answer."""
    rest: list[PatientChange] = []
    counted: Counter[str] = Counter()
    for one in changed:
        if one.of in new and all(answer.criterion in new for answer in one.answers):
            counted[one.of] += 1
        else:
            rest.append(one)
    return rest, counted


def change(answer: Answer) -> str:
    """`urgent, within 14 days → emergency`; what stays the same is not said twice."""
    was, now = answer.was or "no such criterion", answer.now or "no such criterion"
    if now.startswith(f"{was}, "):
        return f"{was}, as before; now {now.removeprefix(f'{was}, ')}"
    if was.startswith(f"{now}, "):
        return f"{now}, as before; no longer {was.removeprefix(f'{now}, ')}"
    return f"{was} → {now}"
