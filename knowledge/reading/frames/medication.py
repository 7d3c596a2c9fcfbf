"""Medications: taken or not, from when to when, and how much a day."""

from __future__ import annotations

from math import inf

from knowledge.chart.dates import Interval, seconds
from knowledge.chart.fhir import Dosage, Resource
from knowledge.language.facts import Number
from knowledge.reading import reasons
from knowledge.reading.frame import Frame, Left, status_of
from knowledge.reading.moment import Moment

_NOT_TAKEN = frozenset(("cancelled", "draft", "not-taken", "not-done", "intended"))
_NO_ORDER = frozenset(("proposal", "plan", "option"))
_OVER = frozenset(("completed", "stopped"))


def medication(resource: Resource, reference: str, moment: Moment) -> Frame:
    """The frame of a medication that is or was taken.

    Raises Left: `entered-in-error`, `not-taken` (cancelled, a draft, a proposal, not to be
    given), `future-dated`.
    """
    status = status_of(resource.status)
    if status == reasons.ENTERED_IN_ERROR:
        raise Left(reasons.ENTERED_IN_ERROR)
    if status in _NOT_TAKEN or status_of(resource.intent) in _NO_ORDER or resource.do_not_perform:
        raise Left(reasons.NOT_TAKEN)
    text = resource.authored_on or resource.effective_date_time
    start = moment.parse(text) or moment.start_of(resource.effective_period)
    start = start or moment.seen(resource)
    if moment.ahead(start):
        raise Left(reasons.FUTURE_DATED)
    taken = _taken(resource, start, status, moment)
    over = status in _OVER if taken is None else taken.end < moment.now
    period = resource.effective_period.start if resource.effective_period else None
    return Frame(
        reference, resource.resource_type, began=start, onset_stated=start is not None,
        said=taken or start, past=over, status=status or None, taken=taken,
        dose=next(filter(None, map(_daily, resource.dosages)), None),
        shown_date=text or period or moment.seen_on(resource),
    )  # fmt: skip


def _taken(
    resource: Resource, start: Interval | None, status: str, moment: Moment
) -> Interval | None:
    """From the first to the last day: what was not ended goes on to this moment.

    What is over by its status, and does not say since when, was taken at its start at least.
    """
    if start is None:
        return None
    told = moment.period(resource.effective_period)
    if status in _OVER and resource.dispense_request is not None:
        told = told or moment.period(resource.dispense_request.validity_period)
    if told is not None and told.end < inf:
        return Interval(start.start, max(min(told.end, moment.now), start.start))
    return Interval(start.start, start.end if status in _OVER else max(start.end, moment.now))


def _daily(dosage: Dosage) -> Number | None:
    """The dose of a day, where amount and interval are coded and it is not only for need."""
    repeat = dosage.timing.repeat if dosage.timing else None
    first = dosage.dose_and_rate[0].dose_quantity if dosage.dose_and_rate else dosage.dose
    unit = (first.code or first.unit) if first else None
    if dosage.as_needed_boolean or first is None or first.value is None or unit is None:
        return None
    if repeat is None or repeat.period is None or repeat.period_unit is None:
        return None
    length, day = seconds(repeat.period, repeat.period_unit), seconds(1, "d")
    if not length or not day:
        return None
    amount = first.value * (repeat.frequency or 1) * day / length
    return Number(amount, unit, shown=f"{amount:g} {unit}/d")
