"""What keeps a card quiet that was overridden: an earlier override, and what it rested on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from knowledge.evaluation import Evaluation, Judged

MISSING = "missing"
"""What the card that asks what is not documented goes by, where others go by a criterion's id."""


@dataclass(frozen=True, slots=True)
class Dismissal:
    """One earlier override of a card that spoke of `criterion` (or `missing`).

    `marks` is what it rested on then, `reason` the code of the reason that was given ("" for
    none), `at` the moment of the override, with its zone.
    """

    criterion: str
    urgency: str
    reason: str
    at: datetime
    marks: Mapping[str, Any]


Recall = Callable[[], Sequence[Dismissal]]
"""The overrides of this patient's cards; asked at most once, where something could be quieted."""


def nobody() -> Sequence[Dismissal]:
    """Nothing is known of earlier overrides."""
    return ()


def marks(judged: Judged) -> dict[str, Any]:
    """What a later evaluation is compared with: plain JSON values, no word of the chart."""
    return {"urgency": str(judged.pressing)}


def marks_of(evaluation: Evaluation, name: str) -> dict[str, Any]:
    """The marks of a criterion that is met, or of what is `missing`, by its name."""
    found = next((one for one in evaluation.met if one.criterion.id == name), None)
    return marks(found) if found else {}
