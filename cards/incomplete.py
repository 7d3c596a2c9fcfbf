"""What is missing from the evaluation: lists that could not be had, and criteria that broke."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cards.case import Case
from knowledge.evaluation import Judged
from knowledge.failing import READING
from knowledge.reading.reader import not_had

ORDERS = "serviceRequests"


def incomplete_note(case: Case) -> str | None:
    """One sentence that says what is missing; None where nothing is."""
    told = [*_gaps(case), *_criteria(case), *_parts(case)]
    return case.words.incomplete.note.format(what="; ".join(told)) if told else None


def _gaps(case: Case) -> Iterator[str]:
    """The needed lists that could not be had."""
    words = case.words.incomplete
    if lists := [name for key, name in words.lists.items() if key in case.gaps]:
        yield words.gaps.format(lists=f" {words.join} ".join(lists))


def _criteria(case: Case) -> Iterator[str]:
    """The criteria without an answer, and those of which it is not known what has been done."""
    words = case.words.incomplete
    asked = [one for one in case.evaluation.criteria if not one.off]
    broken = [one for one in asked if one.failed]
    if unknown := [one for one in broken if one.outcome == "unknown"]:
        told = _titles(case, unknown)
        yield words.failed.format(count=len(unknown), all=len(asked), titles=told)
    if unsettled := [one for one in broken if one.met]:
        yield words.settled.format(titles=_titles(case, unsettled))


def _titles(case: Case, judged: Sequence[Judged]) -> str:
    """The first by which leads, as many as a card has room for."""
    room = case.words.limits.found
    told = [one.criterion.title for one in sorted(judged, key=lambda one: one.criterion.lead)]
    more = [case.words.marks.more.format(count=len(told) - room)] if len(told) > room else []
    return "; ".join([*told[:room], *more])


def _parts(case: Case) -> list[str]:
    """What else broke; that a resource was lost stands among what to mind, with its kind."""
    parts = {str(key): text for key, text in case.words.incomplete.parts.items()}
    ids = dict.fromkeys(one.id for one in (*case.evaluation.failed, *case.apart))
    return [parts[name] for name in ids if name in parts and not _told_below(case, name)]


def _told_below(case: Case, name: str) -> bool:
    return name == READING and bool(case.evaluation.incomplete)


def other_gaps(case: Case) -> list[str]:
    """What is incomplete in the data, without what the note says of the lists that are needed."""
    told = {not_had(key) for key in case.words.incomplete.lists if key in case.gaps}
    return [one for one in case.evaluation.incomplete if one not in told]


def orders_unknown(case: Case, judged: Iterable[Judged]) -> list[str]:
    """That nobody can see whether the scan that is asked for is ordered already."""
    orders = case.library.orders
    names = {name for one in judged for name in case.card_words(one).order}
    scan = any(orders[name].kind == "imaging" for name in names)
    return [case.words.incomplete.orders_unknown] if scan and ORDERS in case.gaps else []
