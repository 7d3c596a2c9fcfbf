"""Whether draft orders are what the criteria that are met ask for, and if not, what they lack.

The standard is the order list of the criteria themselves; what a draft is and which priority is
enough are the questions of work-up (G9), asked of the drafts in place of the orders in force.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from cards.case import PRESSING
from cards.choice import Wanted, choose
from cards.desk import Desk
from knowledge.drafts import Draft
from knowledge.evaluation import Judged, State
from knowledge.language.schema import Urgency
from knowledge.order_checks import Why

_NOT_THERE = frozenset(("place",))
"""What may be said against an order in force whose scan needs no second order."""


@dataclass(frozen=True, slots=True)
class Need:
    """An order that is wanted and not drafted; `draft` is to become it, None where none can."""

    wanted: Wanted
    why: Why
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class Misfit:
    """What is wrong with the drafts.

    `judged`: the criteria that say so, the leading one first. `draft`: the one that the first line
    names. `needs`: what is wanted beside what was drafted; empty where the emergency asks for no
    scan. `mild`: whether what leads is answered, or only the region is not named.
    """

    why: Why
    urgency: Urgency
    judged: tuple[Judged, ...]
    draft: Draft
    needs: tuple[Need, ...] = ()
    mild: bool = False


def misfit(on: Desk) -> Misfit | None:
    """What is wrong with the chosen drafts; None where they are right or nothing is known of it."""
    if not on.chosen:
        return None
    for urgency in PRESSING:
        judged = [one for one in on.case.met if one.urgency is urgency]
        if not judged:
            continue
        held = _Pass(on, urgency, judged)
        found = held.result()
        if found is not None or (urgency is Urgency.EMERGENCY and not held.scans):
            return found
    return None


class _Pass:
    """The drafts held against the criteria of one urgency."""

    def __init__(self, on: Desk, urgency: Urgency, judged: Sequence[Judged]) -> None:
        self.on = on
        self.urgency = urgency
        self.judged = judged
        self.rules = on.library.work_up
        self.enough = self.rules.file.priorities[
            "emergency" if urgency is Urgency.EMERGENCY else "urgent"
        ]
        chosen = choose(on.case, judged)
        self.imaging = [one for one in chosen if one.order.kind == "imaging"]
        self.scans = [one for one in self.imaging if one.order.scan]

    def result(self) -> Misfit | None:
        relevant = [one for one in self.on.chosen if self._matters(one)]
        if not relevant:
            return None
        open_ = [one for one in self.scans if not _ordered(one) and not self._drafted(one)]
        if open_:
            return self._lacking(open_, relevant)
        if any(self._drafted(one) for one in self.scans):
            return None
        return self._slow(relevant) if self.urgency is Urgency.EMERGENCY else None

    def _matters(self, draft: Draft) -> bool:
        wanted = {name for one in self.scans for names in self._ways(one) for name in names}
        return self.on.kind(draft).spine or bool(wanted & draft.findings)

    def _ways(self, wanted: Wanted) -> Sequence[Sequence[str]]:
        """The findings that together are the scan, each list by itself."""
        return self.rules.scan_of[wanted.order.id].ordered

    def _drafted(self, wanted: Wanted) -> bool:
        """Whether the drafts, all together, order it soon enough, or what may stand in for it."""
        ways = [*self._ways(wanted)]
        if "mri" in wanted.order.uses:
            ways += [(name,) for name in self._instead()]
        ways += self._narrower(wanted)
        return any(self._together(names, self.enough) for names in ways)

    def _instead(self) -> Iterator[str]:
        cautions = {one.id for one in self.on.case.evaluation.cautions}
        for one in self.on.library.order_checks.file.instead_of_mri:
            if one.with_caution is None or one.with_caution in cautions:
                yield from one.findings

    def _narrower(self, wanted: Wanted) -> Iterator[Sequence[str]]:
        """Regions that together are enough for the only criterion that asks for more."""
        asking = {one.criterion.id for one in wanted.by}
        for one in self.on.library.order_checks.file.narrower:
            if asking == {one.criterion} and one.urgency == self.urgency.value:
                yield one.findings

    def _together(self, names: Sequence[str], priorities: Collection[str] = ()) -> bool:
        return all(self._having(name, priorities) for name in names)

    def _having(self, name: str, priorities: Collection[str] = ()) -> list[Draft]:
        """The drafts that order it, with one of these priorities where any are asked for."""
        return [
            one
            for one in self.on.drafts
            if name in one.findings and (not priorities or one.priority in priorities)
        ]

    def _lacking(self, open_: Sequence[Wanted], relevant: Sequence[Draft]) -> Misfit:
        """The misfit: each order that is open with the draft that is to become it."""
        taken: set[int] = set()
        needs = [need for one in open_ for need in self._needs(one, relevant, taken)]
        first = needs[0]
        draft = first.draft or next(iter(relevant))
        right = any(self._drafted(one) for one in self.scans) or self._is_right(draft)
        soon = first.why == "unnamed" and draft.priority in self.enough
        return Misfit(
            "beside" if right and first.why != "priority" else first.why,
            self.urgency, self._leading(open_[0]), draft, tuple(needs),
            mild=soon or (right and not self._leads(open_[0])),
        )  # fmt: skip

    def _needs(self, wanted: Wanted, relevant: Sequence[Draft], taken: set[int]) -> Iterator[Need]:
        """How one order comes about: by haste, by changing a draft, or as a new one."""
        hasty = next((names for names in self._ways(wanted) if self._together(names)), None)
        if hasty is not None:
            late = {id(one): one for name in hasty for one in self._late(name)}
            taken |= set(late)
            yield from (Need(wanted, "priority", one) for one in late.values())
            return
        free = [one for one in relevant if id(one) not in taken and not self._is_right(one)]
        same = [one for one in free if self._is_same(one, wanted)]
        draft = next(iter([*same, *free]), None)
        if draft is None:
            yield Need(wanted, "beside", None)
            return
        taken.add(id(draft))
        unnamed = self.on.kind(draft).unnamed
        yield Need(wanted, ("unnamed" if unnamed else "region") if draft in same else "kind", draft)

    def _late(self, name: str) -> list[Draft]:
        """The draft to be hastened, where none that orders this is fast enough."""
        return [] if self._having(name, self.enough) else self._having(name)[:1]

    def _is_same(self, draft: Draft, wanted: Wanted) -> bool:
        """Whether it is of the same modality."""
        return self.on.is_mri(draft) and "mri" in wanted.order.uses

    def _is_right(self, draft: Draft) -> bool:
        """Whether another order that is wanted is what was drafted, soon enough."""
        if draft.priority not in self.enough:
            return False
        ways = [names for one in self.scans for names in self._ways(one) if self._drafted(one)]
        ways += [tuple(self.on.orders(one.order)) for one in self.imaging if not one.order.scan]
        return any(names and draft.findings.issuperset(names) for names in ways)

    def _leading(self, wanted: Wanted) -> tuple[Judged, ...]:
        """All criteria, one that asks for this order first."""
        lead = next(one for one in self.judged if one in wanted.by)
        return (lead, *(one for one in self.judged if one is not lead))

    def _leads(self, wanted: Wanted) -> bool:
        """Whether it is the scan of the first criterion that asks for one."""
        asking = [one for one in self.judged if any(one in other.by for other in self.scans)]
        return asking[0] in wanted.by

    def _slow(self, relevant: Sequence[Draft]) -> Misfit | None:
        """A draft that waits, while an emergency asks for something else than a scan."""
        slow = next((one for one in relevant if one.priority not in self.enough), None)
        if slow is None:
            return None
        return Misfit("slow", self.urgency, tuple(self.judged), slow)


def _ordered(wanted: Wanted) -> bool:
    """Whether it is ordered already, rightly, and only the patient is not where it is done."""
    found = [one.work_up for one in wanted.by]
    return all(
        one is not None and one.state is State.NOT_ENOUGH and set(one.why) <= _NOT_THERE
        for one in found
    )
