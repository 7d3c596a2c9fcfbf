"""The four cards of a discharge: what is lacking, what is awaited, what to ask, what to tell.

Where the writing of one breaks, its plain words are left, under the topic that it would have had.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from cards import asking, detail, leaving, minding
from cards.card import Json, build, override_reasons
from cards.case import Case
from cards.choice import Wanted, choose
from cards.compose import INDICATORS, missing_summary
from cards.drafts import suggestions
from cards.found import evidence
from cards.incomplete import incomplete_note
from cards.plain import missing_or_plain, or_plain
from knowledge.card_files import OccasionName
from knowledge.evaluation import Judged
from knowledge.failing import CARDS
from knowledge.language.schema import Urgency

_INFO = INDICATORS[Urgency.ROUTINE]
_OCCASIONS: dict[Urgency, OccasionName] = {
    Urgency.EMERGENCY: "discharge-emergency",
    Urgency.URGENT: "discharge-urgent",
}


def lacking_card(
    case: Case,
    judged: Sequence[Judged],
    context: Sequence[Judged] = (),
    tell: Sequence[Judged] = (),
) -> Json:
    """A card about criteria that are met and not worked up; the first one leads.

    `context`: what is met beside an emergency. `tell`: criteria whose advice stands on it, too.
    """
    write = partial(_lacking, case, judged, context, tell)
    return _or_plain(case, judged[0], write)


def _lacking(
    case: Case, judged: Sequence[Judged], context: Sequence[Judged], tell: Sequence[Judged]
) -> Json:
    lead = judged[0]
    assert lead.urgency is not None
    first = leaving.read_first(case, judged)
    orders = _orders(case, judged, first)
    asked = asking.questions(case, asking.asked_by(judged, case.evaluation.screen_missing))
    advice = None if lead.urgency is Urgency.EMERGENCY else leaving.tell(case, [*judged, *tell])
    return build(
        summary=leaving.first_line(case, lead),
        indicator=INDICATORS[lead.urgency],
        detail=detail.presentation(case, judged, orders, asked, context, first, advice),
        topic=leaving.criterion_topic(case, lead.criterion),
        criterion=lead.criterion,
        suggestions=suggestions(orders, case),
        reasons=override_reasons(case, _OCCASIONS[lead.urgency]),
        case=case,
    )


def _orders(case: Case, judged: Sequence[Judged], first: Collection[str]) -> Sequence[Wanted]:
    """The orders of these criteria, without a scan that is under way or done (`first`)."""
    return [one for one in _chosen(case, judged) if _open(one, first)]


def _chosen(case: Case, judged: Sequence[Judged]) -> Sequence[Wanted]:
    """None where choosing breaks, rather than no card."""
    return case.apart.do(CARDS, lambda: choose(case, judged), ())


def _open(wanted: Wanted, first: Collection[str]) -> bool:
    return wanted.order.scan is None or any(one.criterion.id not in first for one in wanted.by)


def awaited_card(case: Case, awaited: Sequence[Judged], context: Sequence[Judged]) -> Json:
    """The card that holds a discharge for the report of a scan: nothing new to order."""
    return _or_plain(case, awaited[0], partial(_awaited, case, awaited, context))


def _awaited(case: Case, awaited: Sequence[Judged], context: Sequence[Judged]) -> Json:
    lead = awaited[0]
    assert lead.pressing is not None
    asked = asking.questions(case, asking.asked_by(awaited, case.evaluation.screen_missing))
    first = leaving.read_first(case, awaited)
    return build(
        summary=leaving.first_line(case, lead),
        indicator=INDICATORS[lead.pressing],
        detail=detail.in_hand(case, awaited, asked, context, first),
        topic=leaving.criterion_topic(case, lead.criterion),
        criterion=lead.criterion,
        suggestions=[],
        reasons=override_reasons(case, _OCCASIONS[lead.pressing]),
        case=case,
    )


def _or_plain(case: Case, lead: Judged, write: Callable[[], Json]) -> Json:
    assert lead.pressing is not None
    card = or_plain(case, lead, write, INDICATORS[lead.pressing])
    frame, topic = leaving.frame(case, lead), leaving.criterion_topic(case, lead.criterion)
    return _at_discharge(case, card, frame, topic, lead.criterion.title)


def _at_discharge(case: Case, card: Json, frame: str, topic: Json, otherwise: str) -> Json:
    """The card under its own topic, and with a first line that says what it comes before."""
    summary = card["summary"]
    if not summary.startswith(frame.format(text="")):
        summary = frame.format(text=summary)
    if len(summary) > case.words.limits.summary:
        summary = frame.format(text=otherwise)
    return card | {"summary": summary, "source": card["source"] | {"topic": topic}}


def screen_card(case: Case, asked: Sequence[str], met: Sequence[Judged]) -> Json:
    """The card that asks before it is too late.

    Information, as on opening the chart: an indicator says how urgent what was found is, and here
    nothing was found (section 6 of the criteria). A warning at each discharge with numb skin would
    wear out the warnings of what is met.
    """
    words = case.words.discharge
    card = missing_or_plain(case, partial(_screen, case, asked, met), _INFO)
    topic = leaving.fixed_topic(case, words.screen_topic)
    return _at_discharge(case, card, words.before, topic, case.words.missing.topic.display)


def _screen(case: Case, asked: Sequence[str], met: Sequence[Judged]) -> Json:
    words, frame = case.words, case.words.discharge.before
    return build(
        summary=frame.format(text=missing_summary(case, frame)),
        indicator=_INFO,
        detail=detail.undocumented(case, asked, leaving.tell(case, met)),
        topic=leaving.fixed_topic(case, words.discharge.screen_topic),
        criterion=case.library.criteria[words.missing.criterion],
        suggestions=[],
        reasons=override_reasons(case, "missing"),
        case=case,
    )


def safety_net_card(case: Case, judged: Sequence[Judged]) -> Json:
    """The card that says what the patient has to know before going home."""
    words = case.words.discharge
    card = or_plain(case, judged[0], partial(_safety_net, case, judged), _INFO)
    topic = leaving.fixed_topic(case, words.safety_net.topic)
    return _at_discharge(case, card, words.before, topic, judged[0].criterion.title)


def _safety_net(case: Case, judged: Sequence[Judged]) -> Json:
    words, lead = case.words.discharge, judged[0]
    items = evidence(judged)
    return build(
        summary=words.before.format(text=words.safety_net.summary),
        indicator=_INFO,
        detail=detail.sections(
            incomplete_note(case),
            detail.found(case, case.words.headings.on_record, items),
            leaving.tell(case, judged),
            minding.section(case, (), items),
            detail.origin(case, lead.criterion),
        ),
        topic=leaving.fixed_topic(case, words.safety_net.topic),
        criterion=lead.criterion,
        suggestions=[],
        reasons=override_reasons(case, "safety-net"),
        case=case,
    )
