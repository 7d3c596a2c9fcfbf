"""Which cards a patient gets who is about to be discharged: what to do, to ask or to tell first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cards import asking, leaving
from cards.card import Json
from cards.case import PRESSING, Case, Library
from cards.compose import WORK_UP
from cards.leaving_cards import awaited_card, lacking_card, safety_net_card, screen_card
from knowledge.evaluation import Evaluation, Judged
from knowledge.failing import CARDS, Apart
from knowledge.language.schema import Urgency


def compose_discharge(
    evaluation: Evaluation,
    library: Library,
    *,
    patient_id: str,
    encounter_id: str | None,
    now: datetime,
    base_url: str | None = None,
    gaps: Sequence[str] = (),
    apart: Apart | None = None,
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
    case = Case(
        evaluation, library, patient_id, encounter_id, now, base_url, tuple(gaps), apart or Apart()
    )
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
        return [lacking_card(case, lacking, context=[*awaited, *others])]
    emergency = bool(awaited) and awaited[0].pressing is Urgency.EMERGENCY
    waiting = [awaited_card(case, awaited, others if emergency else ())] if awaited else []
    doing = [lacking_card(case, lacking, tell=others)] if lacking else []
    return [*waiting, *doing] if emergency else [*doing, *waiting]


def _before_home(case: Case, met: Sequence[Judged]) -> list[Json]:
    """Where nothing presses: the screen where it has gaps, else what to tell the patient."""
    silent = _unanswered(case, met)
    if asked := case.apart.do(CARDS, lambda: asking.questions(case, silent), list(silent)):
        return [screen_card(case, asked, met)]
    asking_for_it = [one for one in met if leaving.asks(case, one)]
    return [safety_net_card(case, asking_for_it)] if asking_for_it else []


def _unanswered(case: Case, met: Sequence[Judged]) -> Sequence[str]:
    """The questions of the screen without an answer, in a patient with numbness.

    None where a scan or an operation since has answered what they ask for.
    """
    evaluation, words = case.evaluation, case.words
    numb = any(item.finding in words.discharge.screen_for for item in evaluation.anchors)
    asked_for = (one for one in met if one.criterion.id == words.missing.criterion)
    settled = any(WORK_UP in one.held_back_by and not leaving.is_ordered(one) for one in asked_for)
    return evaluation.screen_missing if numb and not settled else ()
