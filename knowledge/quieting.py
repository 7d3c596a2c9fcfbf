"""Not twice: a card that was overridden with a lasting reason stays quiet while nothing is new.

Only what a chart shows on opening it is quieted (`patient-view`, `encounter-start`). Whoever
orders a scan or sends a patient home acts at that moment, and what is wrong with the act has to be
said however often the chart was overridden before: those hooks are never quieted.

Quieting comes after everything was judged, so that no criterion is held against a quieted one
other than it was before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from knowledge.card_files import Words
from knowledge.chart.dates import seconds
from knowledge.evaluation import QUIETED, Evaluation, Judged, News, Overridden
from knowledge.language.schema import ChartNumbers, Finding, Parameter, Quiet, Urgency
from knowledge.marks import marks, marks_of_missing
from knowledge.news import Comparison

__all__ = ["MISSING", "Dismissal", "Quieting", "Recall", "marks", "marks_of", "nobody"]

MISSING = "missing"
"""What the card that asks what is not documented goes by, where others go by a criterion's id."""

NO_CARD = "no-card"


@dataclass(frozen=True, slots=True)
class Dismissal:
    """One earlier override of a card that spoke of `criterion` (or `missing`).

    `marks` is what it rested on then, `reason` the code of the reason that was given ("" for
    none), `at` the moment of the override, with its zone. Only those of the hooks above count.
    """

    criterion: str
    urgency: str
    reason: str
    at: datetime
    marks: Mapping[str, Any]


Number = Callable[[str, str], Parameter]
Recall = Callable[[], Sequence[Dismissal]]
"""The overrides of this patient's cards; asked at most once, where something could be quieted."""


def nobody() -> Sequence[Dismissal]:
    """Nothing is known of earlier overrides."""
    return ()


def marks_of(evaluation: Evaluation, name: str) -> dict[str, Any]:
    """The marks of a criterion that is met, or of what is `missing`; nothing for any other."""
    if name == MISSING:
        unread = evaluation.incomplete
        return marks_of_missing(evaluation.anchor_facts, evaluation.screen_missing, unread)
    found = next((one for one in evaluation.criteria if one.criterion.id == name), None)
    return marks(found) if found and found.met else {}


@dataclass(frozen=True, slots=True)
class Quieting:
    """Lowers what was overridden. `lasting`: the codes of the reasons that last.

    `number` gives a criterion's number by its file and name, `missing` how long the card that asks
    what is not documented stays quiet.
    """

    comparison: Comparison
    lasting: frozenset[str]
    number: Number
    missing: Quiet | None = None

    @classmethod
    def of(
        cls, findings: Mapping[str, Finding], words: Words, chart: ChartNumbers, number: Number
    ) -> Quieting:
        """The quieting by a library's findings, reasons and numbers."""
        return cls(Comparison(findings, number), words.lasting, number, chart.quiet)

    def quieted(self, evaluation: Evaluation, recall: Recall, now: datetime) -> Evaluation:
        """The evaluation with what was overridden lowered; as it is where nothing can be."""
        asks = self.missing is not None and bool(evaluation.anchors and evaluation.screen_missing)
        if not asks and not any(map(self.can_be_quieted, evaluation.criteria)):
            return evaluation
        known = [one for one in recall() if one.reason in self.lasting]
        if not known:
            return evaluation
        criteria = tuple(self._judged(one, known, now) for one in evaluation.criteria)
        missing = self._missing(evaluation, known, now) if asks else None
        return replace(evaluation, criteria=criteria, missing_overridden=missing)

    def can_be_quieted(self, judged: Judged) -> bool:
        """Whether it is met, its file says for how long, and its card is not information yet.

        Not where what was ordered or found since could not be judged: it may be overdue.
        """
        if judged.acknowledged or judged.failed is not None:
            return False
        return judged.pressing in judged.criterion.quiet

    def _judged(self, judged: Judged, known: Iterable[Dismissal], now: datetime) -> Judged:
        if not self.can_be_quieted(judged):
            return judged
        assert judged.pressing is not None
        quiet = judged.criterion.quiet[judged.pressing]
        own = [one for one in known if one.criterion == judged.criterion.id and _is_of_full(one)]
        mine = [one for one in own if one.reason in (quiet.reasons or self.lasting)]
        if not mine:
            return judged
        found = self._found(judged.criterion.id, quiet, mine, marks(judged), now)
        found = replace(found, urgency=judged.urgency)
        if found.becomes is None:
            return replace(judged, overridden=found)
        held = (*judged.held_back_by, QUIETED)
        return replace(
            judged, urgency=_lower(judged, quiet), clock=None, held_back_by=held, overridden=found
        )

    def _missing(
        self, evaluation: Evaluation, known: Iterable[Dismissal], now: datetime
    ) -> Overridden | None:
        mine = [one for one in known if one.criterion == MISSING]
        if not mine or self.missing is None:
            return None
        return self._found("chart", self.missing, mine, marks_of(evaluation, MISSING), now)

    def _found(
        self,
        file: str,
        quiet: Quiet,
        known: Sequence[Dismissal],
        told: Mapping[str, Any],
        now: datetime,
    ) -> Overridden:
        """What the overrides come to: any one that covers is enough; else the last one is told."""
        latest = sorted(known, key=lambda one: one.at, reverse=True)
        length = timedelta(seconds=self._length(file, quiet))
        found = [(one, self._news(one, told, length, now)) for one in latest]
        last, news = next(((one, news) for one, news in found if not news), found[0])
        becomes = None if news else quiet.becomes
        until = last.at.astimezone(UTC) + length  # a day has 24 hours, whatever the clocks do
        return Overridden(last.at, last.reason, until, becomes, news)

    def _news(
        self, one: Dismissal, told: Mapping[str, Any], length: timedelta, now: datetime
    ) -> tuple[News, ...]:
        """Why an override does not cover what is met; at its very end its time is over."""
        over = () if one.at <= now < one.at.astimezone(UTC) + length else (News("time"),)
        return tuple(chain(self.comparison.news(one.marks, told, one.at), over))

    def _length(self, file: str, quiet: Quiet) -> float:
        amount = self.number(file, quiet.for_).amounts[0]
        return seconds(amount.value, amount.unit) or 0


def _is_of_full(one: Dismissal) -> bool:
    """Whether the card spoke aloud: what sets a mere reminder aside prolongs nothing."""
    return not one.marks.get("kept")


def _lower(judged: Judged, quiet: Quiet) -> Urgency | None:
    """As information it counts with what can wait; what has no card keeps its urgency."""
    return judged.urgency if quiet.becomes == NO_CARD else Urgency.ROUTINE
