"""The detail of a card, in Markdown: found, do, ask, mind, source; always in this order."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from cards import asking, minding, overridden, standing, under_way
from cards.case import Case
from cards.choice import Wanted
from cards.found import evidence, lines
from cards.incomplete import incomplete_note
from knowledge.evaluation import Evidence, Judged
from knowledge.language.schema import Criterion, Source, Urgency

_ABBREVIATION = re.compile(r"\(([A-Z]{2,})\)")
_YEAR = re.compile(r"\d{4}")
NOTHING_FIRST: Mapping[str, str] = MappingProxyType({})


def presentation(
    case: Case,
    judged: Sequence[Judged],
    orders: Sequence[Wanted],
    asked: Sequence[str],
    context: Sequence[Judged] = (),
    first: Mapping[str, str] = NOTHING_FIRST,
    tell: str | None = None,
    drafted: str | None = None,
) -> str:
    """The detail of a card about criteria that are met, the leading one first.

    `context`: criteria that are met too but ask for nothing in an emergency. `first`: steps before
    all others, by the criterion whose scan they wait for. `tell`: what to tell the patient.
    `drafted`: what is said of draft orders.
    """
    lead = judged[0]
    items = evidence(judged)
    return sections(
        _where(case, lead),
        found(case, case.words.headings.found, items),
        incomplete_note(case),
        overridden.section(case, judged),
        drafted,
        under_way.section(case, [*judged, *context]),
        _steps(case, judged, orders, first),
        standing.phones(case, judged),
        asking.section(case, asked),
        *_also(case, judged[1:], context),
        minding.section(case, judged, items),
        tell,
        origin(case, lead.criterion),
    )


def in_hand(
    case: Case,
    judged: Sequence[Judged],
    asked: Sequence[str],
    context: Sequence[Judged],
    first: Mapping[str, str] = NOTHING_FIRST,
) -> str:
    """The detail of the card that acknowledges what is under way."""
    lead = judged[0]
    items = evidence(judged)
    return sections(
        found(case, case.words.headings.found, items),
        incomplete_note(case),
        overridden.section(case, judged),
        under_way.section(case, judged),
        *dict.fromkeys(first.values()),
        *_at_rest(case, lead),
        asking.section(case, asked),
        *_also(case, judged[1:], context),
        minding.about_patient(case, judged, items),
        origin(case, lead.criterion),
    )


def _at_rest(case: Case, lead: Judged) -> list[str]:
    """What to do once what is in hand, or was overridden, no longer fits."""
    if lead.quieted:
        return overridden.steps(case, lead, case.first_line(lead))
    return under_way.steps(case, lead)


def undocumented(case: Case, asked: Sequence[str], tell: str | None = None) -> str:
    """The detail of the card that says what is not documented, and what to tell the patient."""
    words = case.words
    items = case.evaluation.anchors
    then = words.missing.then_in_hospital if case.in_hospital else words.missing.then
    return sections(
        found(case, words.headings.on_record, items),
        incomplete_note(case),
        overridden.told_of(case, case.evaluation.missing_overridden),
        asking.section(case, asked),
        then,
        minding.section(case, (), items),
        tell,
        origin(case, case.library.criteria[words.missing.criterion]),
    )


def _where(case: Case, lead: Judged) -> str | None:
    """Where the patient is already, unless the summary says it."""
    where, told = case.where(), case.card_words(lead).in_hospital or ""
    return None if where is None or "{where}" in told else f"{where[0].upper()}{where[1:]}."


def sections(*told: str | None) -> str:
    """The parts of a detail that have something to say, one below the other."""
    return "\n\n".join(part for part in told if part)


def found(case: Case, heading: str, items: Sequence[Evidence]) -> str | None:
    """What was found, under its heading."""
    told = lines(items, case)
    return "\n".join([f"**{heading}**", *told]) if told else None


def _steps(
    case: Case, judged: Sequence[Judged], orders: Sequence[Wanted], first: Mapping[str, str]
) -> str | None:
    """What to do: the leading criterion's steps, then of those that need another order."""
    lead = judged[0]
    speaking = [lead, *(one for one in judged[1:] if _adds(case, one, lead, orders))]
    steps = dict.fromkeys([*first.values(), *under_way.steps(case, lead)])
    steps |= dict.fromkeys(
        case.fill(text, one)
        for one in speaking
        for text in under_way.left_to_do(one, _do(case, one), one.criterion.id in first)
    )
    told = [*list(steps)[: case.words.limits.steps], *_one_scan(case, lead, orders)]
    if not told:
        return None
    numbered = (f"{number}. {text}" for number, text in enumerate(told, 1))
    return "\n".join([f"**{_heading(case, lead)}**", *numbered])


def _do(case: Case, one: Judged) -> tuple[str, ...]:
    words = case.card_words(one)
    return (words.do_in_hospital if case.in_hospital else ()) or words.do


_MAJOR = ("referral", "imaging")


def _adds(case: Case, one: Judged, lead: Judged, orders: Sequence[Wanted]) -> bool:
    """Whether a criterion asks for a scan or a referral beside what the leading one asks for.

    A bedside test or a blood sample is offered as an order; few bring steps of their own.
    """
    own, leading = case.card_words(one).order, case.card_words(lead).order
    return any(
        (wanted.order.kind in _MAJOR or wanted.order.brings_steps)
        and wanted.order.id in own
        and wanted.order.id not in leading
        and not _replaces(wanted, leading)
        for wanted in orders
    )


def _replaces(wanted: Wanted, names: Collection[str]) -> bool:
    return any(order.id in names for order in wanted.instead_of)


def _one_scan(case: Case, lead: Judged, orders: Sequence[Wanted]) -> list[str]:
    """The wider scan that takes the place of one that the leading criterion asks for."""
    leading = case.card_words(lead).order
    return [
        case.words.one_scan.format(wider=wanted.order.description)
        for wanted in orders
        if wanted.order.kind == "imaging" and _replaces(wanted, leading)
    ]


def _heading(case: Case, lead: Judged) -> str:
    """`Do now (within 4 hours)`; without the clock where a step says it itself."""
    headings, clock = case.words.headings, case.clock(lead)
    heading = headings.do[lead.urgency or Urgency.ROUTINE]
    if clock is None or any(clock in case.fill(text, lead) for text in _do(case, lead)):
        return heading
    return f"{heading} ({headings.within.format(clock=clock)})"


def _also(case: Case, others: Sequence[Judged], context: Sequence[Judged]) -> list[str]:
    headings = case.words.headings
    causes = [one for one in context if one.criterion.group == "cause"]
    also = [*others, *(one for one in context if one.criterion.group != "cause")]
    told = ((headings.also, also), (headings.not_cause, causes))
    return [f"**{heading}**: {_titles(case, named)}." for heading, named in told if named]


def _titles(case: Case, judged: Iterable[Judged]) -> str:
    return "; ".join(under_way.title(case, one) for one in judged)


def origin(case: Case, criterion: Criterion) -> str:
    """How much one sign is worth, where this comes from, and how far it has been checked."""
    sign = [single_sign(case)] if criterion.excludes == "single-sign" else []
    known = [case.library.sources.get(cited.id) for cited in criterion.sources]
    sources = sorted((one for one in known if one), key=lambda one: one.published is None)
    source = [case.words.source.format(source=citation(one)) for one in sources[:1]]
    moved = standing.moved(case, criterion)
    return " ".join([*sign, *source, standing.version(case, criterion), *moved])


def single_sign(case: Case) -> str:
    """That no single sign excludes the disease, with the number."""
    sign = case.words.single_sign
    return sign.sentence.format(low=f"{sign.low:g}", high=f"{sign.high:g}")


def citation(source: Source) -> str:
    """A source in short: who published it (the abbreviation where one is given), and the year."""
    abbreviation = _ABBREVIATION.search(source.publisher)
    year = _YEAR.search(source.published or "")
    who = abbreviation[1] if abbreviation else source.publisher
    return f"{who} {year[0]}" if year else who
