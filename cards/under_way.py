"""What has been ordered or found since the red flag (rule G9), as a card says it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cards import overridden
from cards.case import Case
from cards.moments import shown
from knowledge.card_files import WorkUpWords
from knowledge.evaluation import Judged, State, WorkUp
from knowledge.language.schema import Urgency

_NO_NEW_SCAN = (State.SHOWN, State.OVERDUE)


def summary(case: Case, lead: Judged) -> str | None:
    """The first line; None where there is nothing to say of it or it would be too long."""
    found = lead.work_up
    if found is None:
        return None
    text = _Told(case, found, lead).summary()
    return text if len(text) <= case.words.limits.summary else None


def steps(case: Case, lead: Judged) -> list[str]:
    """What comes before all other steps: a call."""
    found = lead.work_up
    return [] if found is None else _Told(case, found, lead).steps()


def section(case: Case, judged: Sequence[Judged]) -> str | None:
    """Each order or report once, and why it is or is not enough."""
    told: dict[str, str] = {}
    heading = ""
    for one in judged:
        if one.work_up is not None and one.work_up.order.reference not in told:
            line = _Told(case, one.work_up, one)
            told[one.work_up.order.reference] = line.line()
            heading = heading or line.heading
    return "\n".join([f"**{heading}**", *told.values()]) if told else None


def needs_scan(judged: Judged) -> bool:
    """Whether a new scan is to be offered: not where one is overdue or has shown it."""
    found = judged.work_up
    return found is None or found.state not in _NO_NEW_SCAN


def left_to_do(judged: Judged, steps: Sequence[str], scanned: bool = False) -> list[str]:
    """A criterion's steps without the scan that has shown what was looked for.

    `scanned`: without one whose report is waited for, too.
    """
    found = judged.work_up
    if found is None or not (scanned or found.state is State.SHOWN):
        return list(steps)
    return [text for text in steps if not text.startswith(found.scan)]


def title(case: Case, judged: Judged) -> str:
    """A criterion's title, with a word where it is in hand or was overridden."""
    if told := overridden.title(case, judged):
        return told
    text = judged.criterion.title
    return case.words.work_up.in_hand.format(title=text) if judged.acknowledged else text


class _Told:
    """One order or report in words."""

    def __init__(self, case: Case, found: WorkUp, judged: Judged) -> None:
        self.case = case
        self.found = found
        self.title = judged.criterion.title

    @property
    def words(self) -> WorkUpWords:
        return self.case.words.work_up

    @property
    def heading(self) -> str:
        done = (State.SHOWN, State.EXCLUDED, State.TREATED)
        return self.words.report_heading if self.found.state in done else self.words.heading

    def summary(self) -> str:
        match self.found.state:
            case State.ACKNOWLEDGED:
                return self._acknowledged()
            case State.EXCLUDED:
                return self.words.excluded.format(title=self.title, when=self._when())
            case State.TREATED:
                return self.words.treated.format(title=self.title, when=self._when())
            case State.OVERDUE:
                return self.words.overdue.format(
                    title=self.title, scan=self.found.scan, due=self._due()
                )
            case State.SHOWN:
                return self.words.shown.format(title=self.title, call=self.found.call)
            case _:
                return self._not_enough()

    def _acknowledged(self) -> str:
        if self.found.urgency is Urgency.EMERGENCY:
            return self.words.acknowledged.emergency.format(
                title=self.title, scan=self.found.scan, when=self._when(), where=self.case.where()
            )
        return self.words.acknowledged.urgent.format(
            title=self.title, scan=self.found.scan, when=self._when()
        )

    def _not_enough(self) -> str:
        emergency = self.found.urgency is Urgency.EMERGENCY
        alone: dict[tuple[str, ...], str] = {
            ("place",): self.words.send,
            ("undated",): self.words.undated,
        }
        if emergency and (only := alone.get(self.found.why)):
            return only.format(title=self.title, scan=self.found.scan, when=self._when())
        newer = "before" in self.found.why and self._when()
        words = self.words.since if newer else self.words.not_enough
        text = words.emergency if emergency else words.urgent
        return text.format(
            title=self.title, order=self._order(), scan=self.found.scan, now=self._now()
        )

    def _now(self) -> str:
        return self.words.now_in_hospital if self.case.in_hospital else self.words.now

    def _order(self) -> str:
        found, when = self.found, self._when()
        of_status = "not-in-force" in found.why or "status" in found.why
        kind = self.case.text((found.status if of_status else found.priority) or "")
        other = "not-in-force" in found.why or "region" in found.why
        scan = self.words.any_scan if other else found.scan
        if not when:
            return self.words.order_undated.format(kind=kind, scan=scan)
        return self.words.order.format(kind=kind, scan=scan, when=when)

    def steps(self) -> list[str]:
        found, when = self.found, self._when()
        match found.state:
            case State.OVERDUE:
                return [self.words.overdue_do.format(call=found.call, scan=found.scan, when=when)]
            case State.SHOWN:
                return [self.words.shown_do.format(call=found.call, when=when)]
            case State.ACKNOWLEDGED:
                return [self.words.worse.format(call=found.call)]
            case State.EXCLUDED | State.TREATED:
                return [self.words.again.format(call=found.call)]
            case _:
                return []

    def line(self) -> str:
        """`- MRI lumbar spine, 20 Oct 2026 · ServiceRequest/1: not enough: …`."""
        order, case = self.found.order, self.case
        named = [case.text(order.display) or self.found.scan, self._when()]
        what = ", ".join(part for part in named if part)
        told = self._verdict()
        behind = f": {told}" if told else ""
        return f"- {what} · {case.reference(order.reference)}{behind}"

    def _verdict(self) -> str:
        match self.found.state:
            case State.ACKNOWLEDGED:
                return self.words.enough
            case State.OVERDUE:
                return self.words.late.format(due=self._due())
            case State.EXCLUDED | State.TREATED:
                return self.words.settles
            case State.SHOWN:
                return ""
            case _:
                why = ", ".join(self._why(reason) for reason in self.found.why)
                return self.words.lacking.format(why=why)

    def _why(self, reason: str) -> str:
        words = {str(name): text for name, text in self.words.why.items()}
        return words[reason].format(
            status=self.case.text(self.found.status or ""),
            priority=self.case.text(self.found.priority or ""),
        )

    def _when(self) -> str:
        return self._moment(self.found.order.date)

    def _due(self) -> str:
        if self.found.due is None:
            return ""
        zone = self.case.now.tzinfo
        return self._moment(datetime.fromtimestamp(self.found.due, zone).isoformat())

    def _moment(self, text: str | None) -> str:
        """A date, or the time where it is of today."""
        if text is None:
            return ""
        case = self.case
        told = shown(text, case.now.tzinfo, case.words.months, case.now)
        return case.text(told or text)
