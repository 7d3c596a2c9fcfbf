"""What else is said of drafts that are right in themselves: contrast, implants, needless scans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cards import asking, detail, minding, replacing, standing
from cards.card import build, override_reasons
from cards.case import PRESSING
from cards.compose import INDICATORS
from cards.desk import Desk, needless_contrast
from cards.found import evidence
from cards.incomplete import incomplete_note
from knowledge.card_files import OccasionName, Topic
from knowledge.drafts import Draft
from knowledge.evaluation import Evidence, Noted
from knowledge.language.schema import Criterion, Urgency
from knowledge.order_checks import SafetyOf

Json = dict[str, Any]

_WARNING = INDICATORS[Urgency.URGENT]
_INFO = INDICATORS[Urgency.ROUTINE]
_OCCASION: OccasionName = "order"


def contrast(on: Desk) -> list[Json]:
    """A card where contrast is drafted and a scan without is what was asked for."""
    found = ((one, needless_contrast(on, one)) for one in on.chosen)
    draft, wanted = next(((one, by) for one, by in found if by is not None), (None, None))
    if draft is None or wanted is None:
        return []
    words, lead = on.library.order_checks.file.contrast, wanted.by[0]
    return [
        build(
            summary=words.summary.format(title=lead.criterion.title),
            indicator=_WARNING,
            detail=_detail(
                on, evidence(wanted.by), [draft], words.do, lead.criterion, words.sources,
                urgency=lead.urgency or Urgency.EMERGENCY,
                mind=minding.about_patient(on.case, wanted.by, evidence(wanted.by)),
            ),
            topic=_topic(on, words.topic),
            criterion=lead.criterion,
            suggestions=replacing.plainer(on, draft),
            reasons=override_reasons(on.case, _OCCASION),
            case=on.case,
            cited=words.sources,
        )
    ]  # fmt: skip


def safety(on: Desk) -> list[Json]:
    """A card about what has to be checked before a drafted MRI."""
    concerned = [(one, caution) for one, caution in _cautions(on) if _drafts(on, one)]
    if not concerned:
        return []
    words, case = on.library.order_checks.file.safety, on.case
    (first, lead), drafts = concerned[0], [one for one in on.chosen if on.is_mri(one)]
    summary = words.summary.mri if first.of == "mri" else words.summary.contrast
    told = [one.say.format(found=minding.named(case, one)) for _, one in concerned]
    told += [words.emergency] if case.evaluation.emergency else []
    met = case.met[0].criterion if case.met else case.library.criteria[words.criterion]
    cited = _sources(on, [one for _, one in concerned])
    items = [item for _, one in concerned for item in one.evidence]
    return [
        build(
            summary=summary.format(found=minding.named(case, lead)),
            indicator=_WARNING,
            detail=_detail(on, items, drafts, told, met, cited),
            topic=_topic(on, words.topic),
            criterion=met,
            suggestions=[],
            reasons=override_reasons(case, _OCCASION),
            case=case,
            cited=cited,
        )
    ]  # fmt: skip


def _cautions(on: Desk) -> Iterable[tuple[SafetyOf, Noted]]:
    """The cautions that apply to this patient, in the order of the file."""
    noted = {one.id: one for one in on.case.evaluation.cautions}
    for one in on.library.order_checks.file.safety.cautions:
        if one.caution in noted:
            yield one, noted[one.caution]


def _sources(on: Desk, cautions: Iterable[Noted]) -> list[str]:
    """What these cautions rest on."""
    known = {one.id: one.sources for one in on.library.cautions.file.cautions}
    return [name for one in cautions for name in known[one.id]]


def _drafts(on: Desk, one: SafetyOf) -> list[Draft]:
    """The chosen drafts that a caution concerns."""
    concerned = on.is_mri if one.of == "mri" else on.has_contrast
    return [draft for draft in on.chosen if concerned(draft)]


def needless(on: Desk) -> list[Json]:
    """A card where a scan of the spine is drafted and not advised: information, and no order."""
    case, words = on.case, on.library.order_checks.file.needless
    drafts = [one for one in on.of_spine(on.chosen) if _leisurely(on, one)]
    if not drafts or not _not_advised(on):
        return []
    criterion = case.library.criteria[words.criterion]
    asked = asking.questions(case, criterion.ask)
    missing = case.words.missing
    then = missing.then_in_hospital if case.in_hospital else missing.then
    return [
        build(
            summary=words.summary,
            indicator=_INFO,
            detail=_detail(
                on, case.evaluation.needless, drafts, words.do, criterion, words.sources,
                urgency=Urgency.ROUTINE, ask=asking.section(case, asked), then=then,
            ),
            topic=_topic(on, words.topic),
            criterion=criterion,
            suggestions=[],
            reasons=override_reasons(case, _OCCASION),
            case=case,
            cited=words.sources,
        )
    ]  # fmt: skip


def _leisurely(on: Desk, draft: Draft) -> bool:
    """Whether it is no emergency and gives no reason for a scan that the chart does not hold."""
    checks = on.library.order_checks
    return draft.priority in checks.file.needless.priorities and not draft.reasons & checks.flags


def _not_advised(on: Desk) -> bool:
    """Whether the complaint is one, and nothing that is met presses or asks for a scan."""
    evaluation, orders = on.case.evaluation, on.library.orders
    if not evaluation.needless or evaluation.paediatric or evaluation.failed:
        return False
    met = (*evaluation.met, *evaluation.silenced)
    scans = (orders[name] for one in met for name in on.case.card_words(one).order)
    return not any(one.acknowledged or one.urgency in PRESSING for one in met) and not any(
        order.kind == "imaging" for order in scans
    )


def _detail(
    on: Desk, items: Sequence[Evidence], drafts: Sequence[Draft], do: Sequence[str],
    criterion: Criterion, cited: Sequence[str], *, urgency: Urgency = Urgency.URGENT,
    ask: str | None = None, then: str | None = None, mind: str | None = None,
) -> str:  # fmt: skip
    """Found, drafted, do, ask, mind, source: the order of every card."""
    case = on.case
    heading = case.words.headings.do[urgency]
    steps = [f"{number}. {text}" for number, text in enumerate(do, 1)]
    known = [case.library.sources[name] for name in dict.fromkeys(cited)]
    named = "; ".join(dict.fromkeys(detail.citation(one) for one in known))
    version = standing.version(case, criterion)
    return detail.sections(
        incomplete_note(case),
        detail.found(case, case.words.headings.found, items),
        listed(on, [right(on, one) for one in drafts]),
        "\n".join([f"**{heading}**", *steps]),
        ask,
        then,
        mind,
        " ".join([case.words.source.format(source=named), version]),
    )


def _topic(on: Desk, topic: Topic) -> Json:
    """A topic of its own: who silences it has not silenced an emergency."""
    return {"system": on.case.words.systems.topic, "code": topic.code, "display": topic.display}


def right(on: Desk, draft: Draft) -> str:
    """A draft in one line."""
    case = on.case
    return on.library.order_checks.file.words.line.format(
        draft=case.text(draft.shown), reference=case.reference(draft.reference)
    )


def wrong(on: Desk, draft: Draft, why: str) -> str:
    """A draft in one line, with what it lacks."""
    case = on.case
    return on.library.order_checks.file.words.wrong.format(
        draft=case.text(draft.shown), reference=case.reference(draft.reference), why=why
    )


def listed(on: Desk, lines: Sequence[str]) -> str:
    """Drafts under their heading, at most as many as there is room for."""
    room = on.case.words.limits.found
    return "\n".join([f"**{on.library.order_checks.file.words.heading}**", *lines[:room]])
