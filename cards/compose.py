"""Which cards a patient gets: few, most urgent first, none where there is nothing to say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from cards import asking, detail, overridden, under_way
from cards.card import build, missing_topic, override_reasons, topic
from cards.case import PRESSING, Case, Library
from cards.choice import Wanted, choose
from cards.drafts import suggestions
from cards.plain import missing_or_plain, or_plain
from cards.said import Said, said_of
from knowledge.card_files import OccasionName
from knowledge.evaluation import Evaluation, Judged
from knowledge.failing import CARDS, Apart
from knowledge.language.schema import Urgency
from knowledge.quieting import MISSING

WORK_UP = "work-up"
"""What `heldBackBy` says of a criterion that a scan or an operation settled."""

INDICATORS = {
    Urgency.EMERGENCY: "critical",
    Urgency.URGENT: "warning",
    Urgency.SOON: "info",
    Urgency.ROUTINE: "info",
}


def compose(
    evaluation: Evaluation,
    library: Library,
    *,
    patient_id: str,
    encounter_id: str | None,
    now: datetime,
    base_url: str | None = None,
    gaps: Sequence[str] = (),
    apart: Apart | None = None,
    said: list[Said] | None = None,
) -> list[dict[str, Any]]:
    """The CDS Hooks cards for one evaluation, ready for JSON, ordered critical, warning, info.

    One card for the presentation at its highest urgency (emergency or urgent) with every
    criterion that is met; at most one for causes that can wait, none beside an emergency; at
    most one for what is not documented, where no card about a red flag asks for it. A deceased
    patient gets none.

    Args:
        evaluation: what was decided about the patient.
        library: the knowledge that decided it, with orders and words.
        patient_id: the subject of the draft orders.
        encounter_id: their encounter, where the hook's context has one.
        now: the moment of judgement with the site's time zone.
        base_url: the service's public address, where a card's link leads; without it none does.
        gaps: prefetch keys whose lists could not be had in full.
        apart: told what of the writing broke; it costs its own part, never an emergency's card.
        said: told what each card speaks of.
    """
    if evaluation.deceased:
        return []
    case = Case(
        evaluation, library, patient_id, encounter_id, now, base_url, tuple(gaps), apart or Apart(),
        [] if said is None else said,
    )  # fmt: skip
    pressing = [one for one in case.met if one.urgency in PRESSING]
    in_hand = [one for one in case.met if one.at_rest]
    waiting = [one for one in case.met if one not in pressing and not one.at_rest]
    if pressing:
        return _pressing(case, pressing, in_hand, waiting)
    if in_hand:
        return [_in_hand_card(case, in_hand, waiting)]
    silent = evaluation.screen_missing if evaluation.anchors else ()
    if any(WORK_UP in one.held_back_by for one in waiting):
        return [_criteria_card(case, waiting, _orders(case, waiting), silent)]
    asked = case.apart.do(CARDS, lambda: asking.questions(case, silent), list(silent))
    cards = [_criteria_card(case, waiting, _orders(case, waiting), but=silent)] if waiting else []
    return [*cards, _missing_card(case, asked)] if asked and not _kept_quiet(case) else cards


def _kept_quiet(case: Case) -> bool:
    """Whether the card that asks what is not documented was overridden, and nothing is new."""
    found = case.evaluation.missing_overridden
    return found is not None and found.becomes is not None


def _pressing(
    case: Case, pressing: list[Judged], in_hand: list[Judged], waiting: list[Judged]
) -> list[dict[str, Any]]:
    """The presentation card; and, where it is no emergency, what is in hand or can wait."""
    orders = _orders(case, pressing)
    screen = case.evaluation.screen_missing
    if case.evaluation.emergency:
        return [_criteria_card(case, pressing, orders, screen, context=[*in_hand, *waiting])]
    first = _criteria_card(case, pressing, orders, screen)
    if in_hand:
        return [first, _in_hand_card(case, in_hand, waiting)]
    if not waiting:
        return [first]
    offered = [wanted.order.id for wanted in orders]
    asked = asking.asked_by(pressing, screen)
    return [first, _criteria_card(case, waiting, _orders(case, waiting, offered), but=asked)]


def _orders(case: Case, judged: Sequence[Judged], already: Sequence[str] = ()) -> Sequence[Wanted]:
    """What a card offers; none where choosing breaks, rather than no card."""
    return case.apart.do(CARDS, lambda: choose(case, judged, already), ())


def _criteria_card(
    case: Case,
    judged: Sequence[Judged],
    orders: Sequence[Wanted],
    screen: Sequence[str] = (),
    but: Sequence[str] = (),
    context: Sequence[Judged] = (),
) -> dict[str, Any]:
    """A card about criteria that are met; the first one leads."""
    lead = judged[0]
    assert lead.urgency is not None
    write = partial(_criteria_written, case, judged, orders, screen, but, context)
    return _told(case, judged, or_plain(case, lead, write, INDICATORS[lead.urgency]))


def _told(case: Case, judged: Sequence[Judged], card: dict[str, Any]) -> dict[str, Any]:
    """The card, once it is noted what it speaks of."""
    names = [one.criterion.id for one in judged]
    case.said.append(said_of(card, names, str(judged[0].pressing)))
    return card


def _criteria_written(
    case: Case,
    judged: Sequence[Judged],
    orders: Sequence[Wanted],
    screen: Sequence[str],
    but: Sequence[str],
    context: Sequence[Judged],
) -> dict[str, Any]:
    lead = judged[0]
    assert lead.urgency is not None
    offered: list[dict[str, Any]] = []
    offered = case.apart.do(CARDS, lambda: suggestions(orders, case), offered)
    asked = asking.questions(case, asking.asked_by(judged, screen), but)
    return build(
        summary=_summary(case, lead),
        indicator=INDICATORS[lead.urgency],
        detail=detail.presentation(case, judged, orders, asked, context),
        topic=topic(case, lead.criterion),
        criterion=lead.criterion,
        suggestions=offered,
        reasons=override_reasons(case, lead.urgency.value),
        case=case,
    )


def _in_hand_card(
    case: Case, in_hand: Sequence[Judged], waiting: Sequence[Judged]
) -> dict[str, Any]:
    """What is under way, or was overridden: information, and nothing new to order."""
    write = partial(_in_hand_written, case, in_hand, waiting)
    card = or_plain(case, in_hand[0], write, INDICATORS[Urgency.ROUTINE])
    return _told(case, in_hand, card)


def _in_hand_written(
    case: Case, in_hand: Sequence[Judged], waiting: Sequence[Judged]
) -> dict[str, Any]:
    lead = in_hand[0]
    silent = case.evaluation.screen_missing
    asked = asking.questions(case, asking.asked_by(in_hand, silent))
    return build(
        summary=_summary(case, lead),
        indicator=INDICATORS[Urgency.ROUTINE],
        detail=detail.in_hand(case, in_hand, asked, waiting),
        topic=topic(case, lead.criterion),
        criterion=lead.criterion,
        suggestions=[],
        reasons=override_reasons(case, _occasion(lead)),
        case=case,
    )


def _occasion(lead: Judged) -> OccasionName:
    """What was overridden can be so again for the same reasons, though it is information now."""
    quieted = lead.quieted and lead.pressing is not None
    return lead.pressing.value if quieted and lead.pressing else Urgency.ROUTINE.value


def _missing_card(case: Case, asked: Sequence[str]) -> dict[str, Any]:
    """The card that asks what nobody has written down."""
    write = partial(_missing_written, case, asked)
    card = missing_or_plain(case, write, INDICATORS[Urgency.ROUTINE])
    case.said.append(said_of(card, (MISSING,), None))
    return card


def _missing_written(case: Case, asked: Sequence[str]) -> dict[str, Any]:
    words = case.words.missing
    return build(
        summary=missing_summary(case),
        indicator=INDICATORS[Urgency.ROUTINE],
        detail=detail.undocumented(case, asked),
        topic=missing_topic(case),
        criterion=case.library.criteria[words.criterion],
        suggestions=[],
        reasons=override_reasons(case, "missing"),
        case=case,
    )


def _summary(case: Case, lead: Judged) -> str:
    """The first line: what was ordered or found since, else the criterion's own.

    In hospital it is the one for there, with where and since when if it fits.
    """
    told = overridden.summary(case, lead) or under_way.summary(case, lead)
    return told or case.first_line(lead)


def missing_summary(case: Case, before: str = "") -> str:
    """The first line of the card that asks what nobody has written down.

    `before`: what will stand before it on the line.
    """
    words = case.words.missing
    named = (words.anchors.get(item.finding) for item in case.evaluation.anchors)
    between = f" {words.join.strip()} "
    anchors = between.join(dict.fromkeys(name for name in named if name)) or words.other
    text = words.summary.format(anchors=anchors)
    if len(before) + len(text) > case.words.limits.summary:
        text = words.summary.format(anchors=words.other)
    return text[0].upper() + text[1:]
