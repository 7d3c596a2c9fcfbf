"""Each criterion judged apart: one that breaks costs its own answer and no other's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from knowledge.evaluation import Judged
from knowledge.failing import Failed
from knowledge.language.criteria import Compiled, judge
from knowledge.language.facts import Facts
from knowledge.language.outcome import Known
from knowledge.language.schema import Criterion, Urgency
from knowledge.work_up import Rules

NOT_EVALUATED = "it could not be evaluated"
NOT_SETTLED = "what was ordered or found since could not be evaluated"
HANGS_ON = "it hangs on what could not be evaluated: {names}"


@dataclass(slots=True)
class Round:
    """The criteria of one chart on their way, each after those that it asks about.

    `met` are those that are met so far, `broken` those whose answer nobody knows.
    """

    work_up: Rules
    facts: Facts
    met: dict[str, Urgency]
    shared: Known = field(default_factory=dict)
    broken: dict[str, Criterion] = field(default_factory=dict)

    def judge(self, compiled: Compiled) -> Judged:
        """One criterion's result; unknown where it breaks."""
        criterion = compiled.criterion
        try:
            found = self._beside_broken(
                compiled, judge(compiled, self.facts, self.met, self.shared)
            )
        except Exception as error:  # noqa: BLE001
            self.broken[criterion.id] = criterion
            failed = Failed.of(criterion.id, error)
            return Judged(criterion, "unknown", reasons=(NOT_EVALUATED,), failed=failed)
        found = self._settled(compiled, found)
        if found.pressing is not None:
            self.met[criterion.id] = found.pressing
        return found

    def _settled(self, compiled: Compiled, found: Judged) -> Judged:
        """With what has been done about it; a red flag does not go because that breaks."""
        again = partial(judge, compiled, met=self.met)
        try:
            return self.work_up.settle(found, self.facts, again)
        except Exception as error:  # noqa: BLE001
            failed = Failed.of(compiled.criterion.id, error)
            return replace(found, reasons=(*found.reasons, NOT_SETTLED), failed=failed)

    def _beside_broken(self, compiled: Compiled, found: Judged) -> Judged:
        """Unknown where the answer would be another if one that broke were met.

        What presses stays: an urgent card that a hidden emergency would outrank is no harm.
        """
        pressing = found.urgency is not None and found.urgency.rank <= Urgency.URGENT.rank
        if not self.broken or pressing:
            return found
        others = (judge(compiled, self.facts, met) for met in self._possible())
        if all(_same(one, found) for one in others):
            return found
        why = HANGS_ON.format(names=", ".join(self.broken))
        return Judged(compiled.criterion, "unknown", ask=found.ask, reasons=(why,))

    def _possible(self) -> Iterator[dict[str, Urgency]]:
        """What would be met if one of those that broke were, in each of its urgencies."""
        for name, criterion in self.broken.items():
            for urgency in {tier.urgency for tier in criterion.tiers}:
                yield self.met | {name: urgency}


def _same(one: Judged, other: Judged) -> bool:
    return (one.outcome, one.urgency) == (other.outcome, other.urgency)
