"""The cards about draft orders (order-select, order-sign): few, and none where they are right.

At most one card says that the drafts are not enough; else one may say that contrast is not needed,
or that a scan is not advised; beside these, what to check before an MRI. The topic of the first is
its leading criterion's, as on every other card that a criterion leads. The other three have topics
of their own: who silences one of those has not silenced an emergency.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from cards import detail, drafted, replacing
from cards.card import build, override_reasons, topic
from cards.case import PRESSING, Case
from cards.choice import choose
from cards.compose import INDICATORS
from cards.desk import Desk, Library, desk
from cards.fitting import Misfit, misfit
from cards.plain import or_plain
from knowledge.evaluation import Evaluation
from knowledge.failing import CARDS, Apart
from knowledge.language.schema import Urgency

Json = dict[str, Any]


def compose_orders(
    evaluation: Evaluation,
    library: Library,
    drafts: object,
    selections: Sequence[str] = (),
    *,
    patient_id: str,
    encounter_id: str | None,
    now: datetime,
    base_url: str | None = None,
    gaps: Sequence[str] = (),
    apart: Apart | None = None,
) -> list[Json]:
    """The CDS Hooks cards about draft orders, ready for JSON; none where there is nothing to say.

    Args:
        evaluation: what was decided about the patient.
        library: the knowledge that decided it.
        drafts: the hook's `draftOrders`: JSON bytes (`msgspec.Raw` too) or parsed already.
        selections: references of the drafts just chosen; the others count as ordered as well.
            All are judged where it is empty or names none of what was sent.
        patient_id: whose drafts count, and the subject of new ones.
        encounter_id: their encounter, where the hook's context has one.
        now: the moment of judgement with the site's time zone.
        base_url: the service's public address, where a card's link leads; without it none does.
        gaps: prefetch keys whose lists could not be had in full.
        apart: told what of the writing broke; it costs its own card, never an emergency's.
    """
    if evaluation.deceased:
        return []
    case = Case(
        evaluation, library, patient_id, encounter_id, now, base_url, tuple(gaps), apart or Apart()
    )
    on = desk(case, library, drafts, selections)
    wrong = misfit(on)
    if wrong is not None:
        return [_misfit_card(on, wrong)]
    return _beside(on, drafted.contrast) + _beside(on, drafted.safety) or _beside(
        on, drafted.needless
    )


def _beside(on: Desk, write: Callable[[Desk], list[Json]]) -> list[Json]:
    """Cards that are no emergency's; none where their writing breaks."""
    nothing: list[Json] = []
    return on.case.apart.do(CARDS, lambda: write(on), nothing, needed=False)


def _misfit_card(on: Desk, found: Misfit) -> Json:
    """What is drafted is not enough; where its words break, the plain card of the criterion."""
    indicator = INDICATORS[Urgency.URGENT if found.mild else found.urgency]
    return or_plain(on.case, found.judged[0], partial(_written, on, found, indicator), indicator)


def _written(on: Desk, found: Misfit, indicator: str) -> Json:
    """The presentation, the drafts, and the right order for them."""
    case, lead = on.case, found.judged[0]
    wanted = choose(case, found.judged)
    pressing = [one for one in case.met if one.urgency in PRESSING and one not in found.judged]
    return build(
        summary=_summary(on, found),
        indicator=indicator,
        detail=detail.presentation(
            case, found.judged, wanted, (), pressing, drafted=_drafted(on, found)
        ),
        topic=topic(case, lead.criterion),
        criterion=lead.criterion,
        suggestions=[*replacing.replacements(on, found), *replacing.referrals(on, wanted)],
        reasons=override_reasons(case, found.urgency.value),
        case=case,
    )


def _summary(on: Desk, found: Misfit) -> str:
    """The first line: what is needed, and that the draft is not it."""
    words, case = on.library.order_checks.file.fit, on.case
    emergency = found.urgency is Urgency.EMERGENCY
    told = {
        "title": found.judged[0].criterion.title,
        "draft": on.kind(found.draft).words,
        "now": case.words.work_up.now_in_hospital if case.in_hospital else case.words.work_up.now,
    }
    if found.why == "slow":
        return words.slow.format(**told)
    if found.why == "priority":
        told["priority"] = case.text(found.draft.priority)
        slow = words.priority.emergency if emergency else words.priority.urgent
        return slow.format(**told)
    scan = found.needs[0].wanted.order.scan
    told["scan"] = on.library.order_checks.file.scans[scan or ""]
    wrong = getattr(words, found.why)
    text: str = wrong.emergency if emergency else wrong.urgent
    return text.format(**told)


def _drafted(on: Desk, found: Misfit) -> str:
    """The drafts that are to be changed, and what they lack."""
    why = {id(need.draft): need.why for need in found.needs if need.draft is not None}
    why[id(found.draft)] = found.why
    reasons: dict[str, str] = on.library.order_checks.file.fit.why.model_dump()
    lacking = [
        (one, reasons[why[id(one)]].format(priority=on.case.text(one.priority)))
        for one in on.drafts
        if id(one) in why
    ]
    return drafted.listed(on, [drafted.wrong(on, one, reason) for one, reason in lacking])
