"""Rule G9: whether an order or a report answers a red flag already, and if not, why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from knowledge.card_files import Orders
from knowledge.chart.dates import seconds
from knowledge.evaluation import IN_HAND, Judged, State, WorkUp
from knowledge.language.criteria import shown
from knowledge.language.facts import NOTHING, Fact, Facts
from knowledge.language.outcome import Proof
from knowledge.language.schema import Parameter, Urgency
from knowledge.work_up_file import Scan, WorkUpFile

Resolve = Callable[[str, str], Parameter]
Again = Callable[[Facts], Judged]
"""Judges the same criterion by other facts."""

NAME = "work-up"
"""What `heldBackBy` says, and the file's name among the tables of numbers."""

_REPORT = "DiagnosticReport"
_STILL_LATE = frozenset(("place", "undated"))
"""What may be said against an order that is past its clock, and it is overdue all the same."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An order (or several that make up one scan) and what speaks against it.

    `why` names the reasons: `status`, `priority`, `before`, `undated`, `place`, `region`,
    `not-in-force`, `unread`. `old`: past its clock.
    """

    fact: Fact
    why: tuple[str, ...] = ()
    old: bool = False

    @property
    def rank(self) -> tuple[int, int, float]:
        """The nearest to adequate first, then the newest."""
        elsewhere = "region" in self.why or "not-in-force" in self.why
        authored = self.fact.began.start if self.fact.began else 0
        return (elsewhere, len(self.why) + self.old, -authored)


@dataclass(frozen=True, slots=True)
class Rules:
    """The file of rule G9 with its numbers looked up, in seconds; `scan_of` by order id."""

    file: WorkUpFile
    scan_of: Mapping[str, Scan]
    clocks: Mapping[str, float]
    same_day: float
    mention: float
    scanned: float
    operated: float

    @property
    def any_scan(self) -> Scan:
        """The words for a criterion whose tier asks for no scan."""
        return next(iter(self.file.scans.values()))

    @classmethod
    def of(cls, file: WorkUpFile, orders: Orders, resolve: Resolve) -> Rules:
        """The rules over a folder's orders and numbers. Raises LookupError, ValueError."""

        def length(name: str) -> float:
            amount = resolve(NAME, name).amounts[0]
            found = seconds(amount.value, amount.unit)
            if found is None:
                raise ValueError(f"{name} is no duration: {amount.unit}")
            return found

        scans = {one.id: file.scans[one.scan] for one in orders.orders if one.scan}
        clocks = {str(urgency): length(name) for urgency, name in file.clocks.items()}
        return cls(file, scans, clocks, *map(length, file.lengths))

    def settle(self, judged: Judged, facts: Facts, again: Again | None = None) -> Judged:
        """The result with what has been ordered or found since: acknowledged where it is enough.

        Without `again` it is not asked whether the red flag was there before the order.
        """
        if str(judged.urgency) not in self.clocks:
            return judged
        found = _Search(self, self._scan(judged), judged, facts, again).result()
        if found is None or found.state not in IN_HAND:
            return replace(judged, work_up=found) if found else judged
        held = tuple(dict.fromkeys((*judged.held_back_by, NAME)))
        return replace(
            judged, urgency=Urgency.ROUTINE, clock=None, held_back_by=held, work_up=found
        )

    def _scan(self, judged: Judged) -> Scan | None:
        """The scan that decides: that of the first imaging order of what is to be done."""
        orders = judged.words.order if judged.words else ()
        return next((self.scan_of[name] for name in orders if name in self.scan_of), None)


class _Search:
    """The orders and reports of one patient, held against one criterion's red flag."""

    def __init__(
        self, rules: Rules, scan: Scan | None, judged: Judged, facts: Facts, again: Again | None
    ) -> None:
        self.rules = rules
        self.scan = scan
        self.judged = judged
        self.facts = facts
        self.again = again
        self.urgency = judged.urgency
        settled = judged.criterion.settled_by
        own = {*rules.file.findings, *settled.reports, *settled.operations}
        own |= set(rules.file.background)
        self.flags = [fact for fact in judged.proofs if fact.finding not in own]
        weak = set(rules.file.weak)
        strong = [fact for fact in self.flags if fact.finding not in weak]
        told = [fact for fact in self.flags if fact.finding not in rules.file.examined]
        self.strong = [*(strong or told), *self._worsened()] or self.flags

    def _worsened(self) -> Iterator[Fact]:
        """Values that got worse than an earlier one; one that was only repeated is none."""
        measured = self._present(self.rules.file.examined)
        return (fact for fact in measured if fact.number and fact.worse)

    @property
    def _emergency(self) -> bool:
        return self.urgency is Urgency.EMERGENCY

    def result(self) -> WorkUp | None:
        """What was found, the report before the order; None where nothing is worth a word.

        An operation settles what was there, but not what a scan shows after it.
        """
        report = self._report() if self._emergency else None
        settled = self.judged.criterion.settled_by
        treated = self._settling(settled.operations, self.rules.operated)
        if treated is not None and report is not None and _when(report) > _when(treated):
            treated = None
        for state, fact in (
            (State.TREATED, treated),
            (State.SHOWN, report),
            (State.EXCLUDED, self._settling(settled.reports, self.rules.scanned)),
        ):
            if fact is not None:
                return self._work_up(state, Verdict(fact))
        best = min(self._verdicts(), key=lambda one: one.rank, default=None)
        if best is None:
            return None
        if not best.why and not self._stood_before(best.fact):
            best = replace(best, why=("before",))
        return self._work_up(self._state(best), best)

    def _stood_before(self, order: Fact) -> bool:
        """Whether the red flag was there without what was examined only after the order."""
        at = order.began.start if order.began else 0
        examined = set(self.rules.file.examined)
        flags = (flag for flag in self.flags if flag.finding in examined)
        late = {flag.key for flag in flags if not self._after(at, flag)}
        if not late or self.again is None:
            return True
        return self.again(self.facts.without(late)).urgency is self.urgency

    def _state(self, best: Verdict) -> State:
        if not best.why:
            return State.OVERDUE if best.old else State.ACKNOWLEDGED
        late = best.old and set(best.why) <= _STILL_LATE
        return State.OVERDUE if late else State.NOT_ENOUGH

    def _work_up(self, state: State, verdict: Verdict) -> WorkUp:
        assert self.urgency is not None
        fact, scan = verdict.fact, self.scan or self.rules.any_scan
        due = None
        if state is State.OVERDUE and fact.began is not None:
            due = fact.began.start + self._clock
        return WorkUp(
            state, self.urgency, scan.words, scan.call, shown(Proof(fact)), verdict.why,
            fact.priority, fact.status, due,
        )  # fmt: skip

    @property
    def _clock(self) -> float:
        """How long an order stands: the tier's own clock, else that of its urgency."""
        return self.judged.limit or self.rules.clocks[str(self.urgency)]

    def _settling(self, names: Iterable[str], length: float) -> Fact | None:
        """The newest report or operation that is sure, recent, and newer than all red flags."""
        found = [
            fact
            for fact in self._present(names)
            if not (fact.preliminary or fact.suspected or fact.contested)
            and self._follows(fact, self.flags)
            and self.facts.now - _when(fact) <= length
        ]
        return max(found, key=_when, default=None)

    def _report(self) -> Fact | None:
        """A report since the red flag began that shows what was looked for."""
        if self.scan is None:
            return None
        found = [fact for fact in self._present(self.scan.shows) if self._may_follow(fact)]
        return max(found, key=_when, default=None)

    def _may_follow(self, report: Fact) -> bool:
        """Not surely before all of the red flags: what a scan shows is not new only because."""
        at = report.began or report.said
        begun = [flag.since for flag in self.flags if flag.since]
        return at is None or not begun or any(at.end >= since.start for since in begun)

    def _verdicts(self) -> Iterator[Verdict]:
        """What each order in sight comes to."""
        if self.scan is None:
            return
        for names in self.scan.ordered:
            yield from self._together(names)
        whole = [names for names in self.scan.ordered if all(map(self._ordered, names))]
        own = {fact.reference for names in whole for fact in self._present(names)}
        for fact in self._present(self.rules.file.any_order):
            if fact.reference not in own and self._worth_a_word(fact):
                yield Verdict(fact, ("region", *self._against(fact)))
        for fact in self._present((self.rules.file.not_in_force,)):
            if self._worth_a_word(fact):
                yield Verdict(fact, ("not-in-force",))

    def _ordered(self, name: str) -> bool:
        return bool(self._present((name,)))

    def _together(self, names: tuple[str, ...]) -> Iterator[Verdict]:
        """The best order for each of the regions that have to be ordered together."""
        best: list[Verdict] = []
        for name in names:
            judged = [self._judge(fact) for fact in self._present((name,))]
            chosen = min(judged, key=lambda one: one.rank, default=None)
            if chosen is None:
                return
            best.append(chosen)
        why = tuple(dict.fromkeys(reason for one in best for reason in one.why))
        last = max(best, key=lambda one: one.rank)
        verdict = Verdict(last.fact, why, any(one.old for one in best))
        if not why or self._worth_a_word(last.fact):
            yield verdict

    def _judge(self, fact: Fact) -> Verdict:
        authored = fact.began
        old = authored is not None and self.facts.now - authored.start > self._clock
        return Verdict(fact, self._against(fact), old)

    def _against(self, fact: Fact) -> tuple[str, ...]:
        """Why an order of the right region would not be enough."""
        file = self.rules.file
        wanted = file.priorities["emergency" if self._emergency else "urgent"]
        said = (
            ("status", fact.status != file.in_force),
            ("priority", fact.priority not in wanted),
            (self._undated_or_before(), not self._follows(fact, self.strong)),
            ("unread", self._unread(fact)),
            ("place", self._emergency and self.facts.setting is None),
        )
        return tuple(reason for reason, so in said if so)

    def _undated_or_before(self) -> str:
        return "undated" if any(flag.since is None for flag in self.strong) else "before"

    def _follows(self, fact: Fact, flags: list[Fact]) -> bool:
        """After the last of the red flags, as far as their dates tell."""
        at = fact.began
        if at is None or not flags:
            return False
        return all(self._after(at.start, flag) for flag in flags)

    def _after(self, authored: float, flag: Fact) -> bool:
        """After the onset or the last worsening; on the same day where only the day is known."""
        since = flag.since
        if since is None:
            return False
        vague = since.end - since.start
        if 0 < vague <= self.rules.same_day:
            return authored >= since.start
        return authored >= since.end

    def _unread(self, order: Fact) -> bool:
        """A final report since the order whose words did not settle anything."""
        if order.began is None:
            return False
        done = self.scan.done if self.scan else ()
        return any(
            fact.resource_type == _REPORT and not fact.preliminary and _when(fact) > _when(order)
            for fact in self._present(done)
        )

    def _worth_a_word(self, fact: Fact) -> bool:
        """Not an order of long ago, nor one that was carried out before the red flag."""
        if fact.began is not None and self.facts.now - fact.began.start > self.rules.mention:
            return False
        return fact.status != "completed" or self._follows(fact, self.strong)

    def _present(self, names: Iterable[str]) -> list[Fact]:
        standing = self.facts.standing
        return [fact for name in names for fact in standing.get(name, NOTHING).present]


def _when(fact: Fact) -> float:
    at = fact.began or fact.said
    return at.start if at else float("-inf")
