"""Which cards a patient gets who is about to be discharged: what to do, to ask or to tell first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from cards import asking, detail, leaving, minding
from cards.card import Json, build, override_reasons
from cards.case import PRESSING, Case, Library
from cards.choice import Wanted, choose
from cards.compose import INDICATORS, WORK_UP, missing_summary
from cards.drafts import suggestions
from cards.found import evidence
from knowledge.card_files import OccasionName
from knowledge.evaluation import Evaluation, Judged
from knowledge.language.schema import Urgency

_OCCASIONS: dict[Urgency, OccasionName] = {
    Urgency.EMERGENCY: "discharge-emergency",
    Urgency.URGENT: "discharge-urgent",
}


def compose_discharge(
    evaluation: Evaluation,
    library: Library,
    *,
    patient_id: str,
    encounter_id: str | None,
    now: datetime,
    base_url: str | None = None,
) -> list[dict[str, Any]]:
    """The CDS Hooks cards for a discharge, ready for JSON, ordered critical, warning, info.

    An emergency or urgent criterion that is met and not worked up: what has to be done before; so
    it is where an emergency scan, or one with a short clock, is ordered and has no final report. A
    report or an operation that settled it, or a scan that can be done after the discharge, is
    silent. Without any of these: the cauda equina screen where a patient with numbness has gaps in
    it, else what to tell the patient where a criterion that is met asks for it. A deceased patient
    gets none, a child emergencies and the screen alone.

    The arguments are those of `cards.compose.compose`.
    """
    if evaluation.deceased:
        return []
    case = Case(evaluation, library, patient_id, encounter_id, now, base_url)
    met = [
        one
        for one in evaluation.met
        if one.pressing is Urgency.EMERGENCY or not evaluation.paediatric
    ]
    lacking = [one for one in met if one.urgency in PRESSING]
    awaited = [one for one in met if leaving.is_awaited(case, one)]
    others = [one for one in met if one not in lacking and one not in awaited]
    if lacking or awaited:
        return _pressing(case, lacking, awaited, others)
    return _before_home(case, others)


def _pressing(
    case: Case, lacking: list[Judged], awaited: list[Judged], others: list[Judged]
) -> list[Json]:
    """The presentation at its highest urgency; what is awaited apart where that is no emergency."""
    if case.evaluation.emergency:
        return [_lacking_card(case, lacking, context=[*awaited, *others])]
    emergency = bool(awaited) and awaited[0].pressing is Urgency.EMERGENCY
    waiting = [_awaited_card(case, awaited, others if emergency else ())] if awaited else []
    doing = [_lacking_card(case, lacking, tell=others)] if lacking else []
    return [*waiting, *doing] if emergency else [*doing, *waiting]


def _lacking_card(
    case: Case,
    judged: Sequence[Judged],
    context: Sequence[Judged] = (),
    tell: Sequence[Judged] = (),
) -> Json:
    """A card about criteria that are met and not worked up; the first one leads."""
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


def _orders(case: Case, judged: Sequence[Judged], first: Collection[str]) -> list[Wanted]:
    """The orders of these criteria, without a scan that is under way or done (`first`)."""
    return [
        wanted
        for wanted in choose(case, judged)
        if wanted.order.scan is None or any(one.criterion.id not in first for one in wanted.by)
    ]


def _awaited_card(case: Case, awaited: Sequence[Judged], context: Sequence[Judged]) -> Json:
    """The card that holds a discharge for the report of a scan: nothing new to order."""
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


def _before_home(case: Case, met: Sequence[Judged]) -> list[Json]:
    """Where nothing presses: the screen where it has gaps, else what to tell the patient."""
    if asked := asking.questions(case, _gaps(case, met)):
        return [_screen_card(case, asked, met)]
    asking_for_it = [one for one in met if leaving.asks(case, one)]
    return [_safety_net_card(case, asking_for_it)] if asking_for_it else []


def _gaps(case: Case, met: Sequence[Judged]) -> Sequence[str]:
    """The questions of the screen without an answer, in a patient with numbness.

    None where a scan or an operation since has answered what they ask for.
    """
    evaluation, words = case.evaluation, case.words
    numb = any(item.finding in words.discharge.screen_for for item in evaluation.anchors)
    asked_for = (one for one in met if one.criterion.id == words.missing.criterion)
    settled = any(WORK_UP in one.held_back_by and not leaving.is_ordered(one) for one in asked_for)
    return evaluation.screen_missing if numb and not settled else ()


def _screen_card(case: Case, asked: Sequence[str], met: Sequence[Judged]) -> Json:
    """The card that asks before it is too late.

    Information, as on opening the chart: an indicator says how urgent what was found is, and here
    nothing was found (section 6 of the criteria). A warning at each discharge with numb skin would
    wear out the warnings of what is met.
    """
    words = case.words
    frame = words.discharge.before
    return build(
        summary=frame.format(text=missing_summary(case, frame)),
        indicator=INDICATORS[Urgency.ROUTINE],
        detail=detail.undocumented(case, asked, leaving.tell(case, met)),
        topic=leaving.fixed_topic(case, words.discharge.screen_topic),
        criterion=case.library.criteria[words.missing.criterion],
        suggestions=[],
        reasons=override_reasons(case, "missing"),
        case=case,
    )


def _safety_net_card(case: Case, judged: Sequence[Judged]) -> Json:
    """The card that says what the patient has to know before going home."""
    words, lead = case.words.discharge.safety_net, judged[0]
    items = evidence(judged)
    return build(
        summary=words.summary,
        indicator=INDICATORS[Urgency.ROUTINE],
        detail=detail.sections(
            detail.found(case, case.words.headings.on_record, items),
            leaving.tell(case, judged),
            minding.section(case, (), items),
            detail.origin(case, lead.criterion),
        ),
        topic=leaving.fixed_topic(case, words.topic),
        criterion=lead.criterion,
        suggestions=[],
        reasons=override_reasons(case, "safety-net"),
        case=case,
    )
