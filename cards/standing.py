"""How a criterion stands at this site: signed off or not, with which numbers, and whom to call."""

from __future__ import annotations

from collections.abc import Sequence

from cards.case import PRESSING, Case
from cards.escape import escape
from knowledge.evaluation import Judged
from knowledge.filling import in_words
from knowledge.language.schema import Criterion
from knowledge.site.model import Change, Phone


def version(case: Case, criterion: Criterion) -> str:
    """The version of the knowledge, and who has signed this criterion off here."""
    told = case.text(case.evaluation.knowledge_version or case.library.version)
    signed = case.library.sign_off(criterion.id)
    if signed is None:
        return case.words.version.format(version=told)
    words, day = case.words.site.version_signed, case.moment(signed.date.isoformat())
    return words.format(version=told, role=case.text(signed.role), date=day)


def moved(case: Case, criterion: Criterion) -> list[str]:
    """The numbers of a criterion that the site has moved, in one sentence."""
    changes = case.library.changes(criterion.id)
    if not changes:
        return []
    room, marks = case.words.limits.mind, case.words.marks
    told = [_number(case, one) for one in changes[:room]]
    told += [marks.more.format(count=len(changes) - room)] if len(changes) > room else []
    return [case.words.site.moved.format(numbers="; ".join(told))]


def _number(case: Case, one: Change) -> str:
    words = case.words.site
    name = words.names.get(one.parameter, one.parameter.replace("-", " "))
    return words.number.format(name=name, now=in_words(one.now), was=in_words(one.was))


def phones(case: Case, judged: Sequence[Judged]) -> str | None:
    """Whom to call about a card that presses, in one line."""
    site = case.library.site
    if site is None or judged[0].urgency not in PRESSING:
        return None
    names = {one.criterion.id for one in judged}
    told = [_phone(case, one) for one in site.phones if not one.criteria or names & {*one.criteria}]
    return f"**{case.words.site.phone}**: {'; '.join(told)}." if told else None


def _phone(case: Case, one: Phone) -> str:
    return f"{case.text(one.who)} {case.text(one.number)}"


def proposed_by(case: Case, criteria: Sequence[Criterion]) -> str:
    """What a draft order says of where it comes from: the criteria, and which are signed off."""
    words, site = case.words.draft, case.words.site
    knowledge = escape(case.evaluation.knowledge_version, case.words.limits.text)
    signed = {one.id for one in criteria if case.library.sign_off(one.id)}
    if not signed:
        named = (words.criterion.format(id=one.id, version=one.version) for one in criteria)
        return words.origin.format(criteria=", ".join(named), knowledge=knowledge)
    told = (
        (site.signed if one.id in signed else site.unsigned).format(id=one.id, version=one.version)
        for one in criteria
    )
    return site.origin.format(criteria=", ".join(told), knowledge=knowledge)
