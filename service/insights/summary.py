"""The four questions of a safety board, answered in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from knowledge.evaluation import QUIETED
from service.insights import figures as of
from service.insights.figures import Key
from service.insights.gathering import SILENT_CRITERION, SILENT_MODE
from service.insights.naming import HOURS, Names
from service.insights.sheet import HIDDEN, NOTHING, Sheet, Shown

MOST = 3
"""So many reasons, findings and criteria are named in a sentence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of the board, and what the figures say to it."""

    question: str
    says: tuple[str, ...]


def summary(sheet: Sheet, names: Names) -> tuple[Answer, ...]:
    """The answers; each number in them is shown or hidden as anywhere else."""
    parts = {
        "How often does it speak?": _speaks,
        "To whom did it matter?": _matters,
        "Why was it overruled?": _overruled,
        "Did it stay silent when it should not have?": _silent,
    }
    return tuple(Answer(one, tuple(tell(sheet, names))) for one, tell in parts.items())


def _speaks(sheet: Sheet, names: Names) -> Iterator[str]:
    cards = sheet.count(of.CARDS)
    rate = sheet.rate()
    per = "" if rate.text in (NOTHING, HIDDEN) else f": {rate} per 1,000"
    yield (
        f"{_many(cards, 'card')} on {_many(sheet.count(of.ANSWERED), 'answered call')}{per}. "
        f"Calling for an emergency: {_many(sheet.count(of.EMERGENCY), 'card')}."
    )
    kept = partial(sheet.count, of.KEPT_BACK)
    if _some(kept()):
        yield (
            f"Kept back: {_many(kept(), 'more card')}, {kept(detail=SILENT_MODE)} in silent mode "
            f"and {kept(detail=SILENT_CRITERION)} of criteria that the site keeps silent."
        )
    quieted = sheet.count(of.MET, detail=QUIETED)
    if _some(quieted):
        yield f"Quieted by an earlier override: {_many(quieted, 'time')} that a criterion was met."
    loud = [one for one in sheet.figures.criteria if _some(sheet.count(of.CARDS, one))]
    if loud:
        told = [f"{names.criterion(one)} ({sheet.count(of.CARDS, one)})" for one in loud[:MOST]]
        yield f"Most cards: {_listed(told)}."


def _matters(sheet: Sheet, names: Names) -> Iterator[str]:
    if not _some(sheet.count(of.CARDS)):
        yield "No card was shown."
        return
    accepted, overridden = sheet.count(of.ACCEPTED), sheet.count(of.OVERRIDDEN)
    ignored, waiting = sheet.count(of.IGNORED), sheet.count(of.WAITING)
    share = sheet.share(Key(of.ACCEPTED), Key(of.CARDS))
    of_all = f" ({share} of all cards)" if share.size is not None else ""
    yield (
        f"{accepted} accepted{of_all}, {overridden} overridden, {ignored} ignored (no answer "
        f"within {HOURS} hours), {waiting} younger and not answered yet."
    )
    median = sheet.seconds()
    if median.text not in (NOTHING, HIDDEN):
        yield f"Half of the answers came within {median}."
    yield from _most(sheet, names, of.ACCEPTED)


def _most(sheet: Sheet, names: Names, what: str) -> Iterator[str]:
    """Which criteria have most cards of an outcome; hidden numbers are left out."""
    found = [(sheet.count(what, one), one) for one in sheet.figures.criteria]
    best = sorted((-number.size, one) for number, one in found if number.size)[:MOST]
    told = [
        f"{names.criterion(one)} ({-number:,.0f} of {sheet.count(of.CARDS, one)})"
        for number, one in best
    ]
    if told:
        yield f"Most {what}: {_listed(told)}."


def _overruled(sheet: Sheet, names: Names) -> Iterator[str]:
    reasons = sheet.figures.details(of.OVERRIDDEN)
    if not reasons:
        yield "No card was overridden."
        return
    told = [
        f"{names.reason(one)} ({sheet.count(of.OVERRIDDEN, detail=one)})" for one in reasons[:MOST]
    ]
    yield f"Overridden: {_many(sheet.count(of.OVERRIDDEN), 'card')}, most often: {_listed(told)}."
    yield from _most(sheet, names, of.OVERRIDDEN)


def _silent(sheet: Sheet, names: Names) -> Iterator[str]:
    yield _told_kinds(sheet, names, of.FAILED, "{} refused or failed and gave no answer")
    yield _told_kinds(sheet, names, of.INCOMPLETE, "{} answered from incomplete data")
    wanting = sheet.figures.details(of.UNKNOWN)[:MOST]
    unknown = sheet.count(of.UNKNOWN)
    told = [f"{names.finding(one)} ({sheet.count(of.UNKNOWN, detail=one)})" for one in wanting]
    most = f", most often for want of: {_listed(told)}" if told else ""
    yield f"Criteria were left unknown {_many(unknown, 'time')}{most}."
    overridden = sheet.count(of.EMERGENCY_OVERRIDDEN)
    confirmed = sheet.count(of.LATER_CONFIRMED)
    yield (
        f"Overridden: {_many(overridden, 'emergency card')}; confirmed or treated later: the "
        f"diagnosis of {confirmed} of them."
    )
    yield (
        f"Confirmed without any card before, in patients who had been looked at: "
        f"{_many(sheet.count(of.NEVER_SPOKEN), 'diagnosis', 'diagnoses')}."
    )


def _told_kinds(sheet: Sheet, names: Names, what: str, sentence: str) -> str:
    kinds = sheet.figures.details(what)[:MOST]
    told = [f"{names.detail(what, one)} ({sheet.count(what, detail=one)})" for one in kinds]
    most = f", most often: {_listed(told)}" if told else ""
    return sentence.format(_many(sheet.count(what), "call")) + most + "."


def _some(number: Shown) -> bool:
    """Whether there is any, shown or hidden."""
    return number.size != 0


def _many(number: Shown, one: str, more: str | None = None) -> str:
    """`1 card`, `2 cards`, `<5 cards`, `0 cards`."""
    if number.text == HIDDEN:
        return f"a hidden number of {more or one + 's'}"
    return f"{number} {one if number.size == 1 else more or one + 's'}"


def _listed(told: Sequence[str]) -> str:
    *first, last = told
    return f"{', '.join(first)} and {last}" if first else last
