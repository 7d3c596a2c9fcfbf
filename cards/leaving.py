"""What is said before a patient leaves: the first lines, what to wait for, what to tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cards import under_way
from cards.card import Json
from cards.case import Case
from cards.detail import citation
from cards.moments import shown
from knowledge.card_files import Topic
from knowledge.evaluation import Judged, State, WorkUp
from knowledge.language.schema import Criterion, Urgency

_DONE = "completed"
_WAITING = frozenset(("place", "status"))
"""What may be said against an order whose scan is under way or done all the same."""


def first_line(case: Case, lead: Judged) -> str:
    """What has to be done before, and what is lacking; as much of it as fits on the line."""
    lines = [frame(case, lead).format(text=text) for text in _texts(case, lead)]
    return next((one for one in lines if len(one) <= case.words.limits.summary), lines[-1])


def frame(case: Case, lead: Judged) -> str:
    """What stands before a first line: whether nobody may go yet, or what to arrange before."""
    words = case.words.discharge
    return words.hold if lead.pressing is Urgency.EMERGENCY else words.before


def _texts(case: Case, lead: Judged) -> Iterator[str]:
    """Ways to say it, the one that says most first."""
    if lead.work_up is not None:
        yield from _of_work_up(case, lead, lead.work_up)
    else:
        yield from _of_nothing(case, lead)
    words = case.card_words(lead)
    yield case.fill((words.in_hospital if case.in_hospital else None) or words.summary, lead)
    yield lead.criterion.title


def _of_work_up(case: Case, lead: Judged, found: WorkUp) -> Iterator[str]:
    words, title = case.words.discharge, lead.criterion.title
    if "unread" in found.why:
        yield words.unread.format(title=title, scan=found.scan)
    elif unreported(found):
        yield words.unreported.format(title=title, scan=found.scan, when=_when(case, found))
    if told_so_far := under_way.summary(case, lead):
        yield told_so_far


def _of_nothing(case: Case, lead: Judged) -> Iterator[str]:
    """Where no order and no report is worth a word."""
    words, card = case.words.discharge, case.card_words(lead)
    scan = case.library.scan(card.order)
    if scan is None:
        return
    if lead.urgency is Urgency.EMERGENCY:
        yield words.none.format(title=lead.criterion.title, scan=scan)
    else:
        yield words.none_urgent.format(summary=case.fill(card.summary, lead), scan=scan)


def _when(case: Case, found: WorkUp) -> str:
    """The order's date, or its time where it is of today."""
    date = found.order.date or ""
    told = shown(date, case.now.tzinfo, case.words.months, case.now)
    return case.text(told or date)


def unreported(found: WorkUp) -> bool:
    """Whether the right scan is under way or done, and its final report is not there.

    Where the patient is (`place`) is no matter for who is about to leave it.
    """
    if found.state is State.ACKNOWLEDGED:
        return True
    why = set(found.why)
    done = found.status == _DONE or "status" not in why
    return found.state is State.NOT_ENOUGH and done and why <= _WAITING


def read_first(case: Case, judged: Sequence[Judged]) -> dict[str, str]:
    """The step before all others where there is a report to wait for or to read.

    By the id of the criterion whose scan it is.
    """
    words = case.words.discharge
    return {
        one.criterion.id: words.unreported_do.format(scan=found.scan, call=found.call)
        for one in judged
        if (found := one.work_up) and (unreported(found) or "unread" in found.why)
    }


def is_ordered(one: Judged) -> bool:
    """Whether the right scan is ordered as it should be, and that is all."""
    return one.work_up is not None and one.work_up.state is State.ACKNOWLEDGED


def is_awaited(case: Case, one: Judged) -> bool:
    """Whether a discharge waits for a scan that is ordered as it should be.

    Always where it is for an emergency; else where its clock is short. What has more time can be
    done after the discharge.
    """
    found = one.work_up
    if found is None or not is_ordered(one):
        return False
    if found.urgency is Urgency.EMERGENCY:
        return True
    return one.limit is not None and one.limit <= case.words.discharge.awaited.seconds


def tell(case: Case, judged: Sequence[Judged]) -> str | None:
    """What to tell the patient, where one of these criteria asks for it."""
    if not any(asks(case, one) for one in judged):
        return None
    words = case.words.discharge.safety_net
    sources = [case.library.sources.get(name) for name in words.basis]
    cited = ", ".join(dict.fromkeys(citation(one) for one in sources if one))
    source = ["", words.source.format(sources=cited)] if cited else []
    return "\n".join([f"**{words.heading}**", *(f"- {text}" for text in words.tell), *source])


def asks(case: Case, one: Judged) -> bool:
    """Whether a criterion asks for it: not where a report or an operation settled it."""
    settled = one.work_up is not None and one.work_up.state in (State.EXCLUDED, State.TREATED)
    return case.card_words(one).safety_net and not settled


def criterion_topic(case: Case, criterion: Criterion) -> Json:
    """Another topic than on opening the chart: who silences that must not silence this."""
    words = case.words.discharge.topic
    code = criterion.id.replace("-", "") + words.suffix
    display = words.display.format(title=criterion.title)
    return {"system": case.words.systems.topic, "code": code, "display": display}


def fixed_topic(case: Case, topic: Topic) -> Json:
    """A topic that no criterion leads."""
    return {"system": case.words.systems.topic, "code": topic.code, "display": topic.display}
