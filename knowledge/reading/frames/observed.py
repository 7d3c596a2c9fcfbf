"""Observations and reports: which of them have a result, and when it was so (G2, G6)."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.chart.dates import Interval
from knowledge.chart.fhir import Resource
from knowledge.reading import reasons
from knowledge.reading.frame import Frame, Left, status_of
from knowledge.reading.moment import Moment

NO_RESULT = {
    "registered": reasons.REGISTERED,
    "cancelled": reasons.CANCELLED,
    "entered-in-error": reasons.ENTERED_IN_ERROR,
    "unknown": reasons.STATUS_UNKNOWN,
}
"""Statuses under which nothing was found out."""

_EARLY = frozenset(("preliminary", "partial"))


def observed(resource: Resource, reference: str, moment: Moment) -> Frame:
    """The frame of an Observation or a DiagnosticReport.

    Raises Left: `registered`, `cancelled`, `entered-in-error`, `status-unknown`, and
    `future-dated` also for what was issued after the moment of judgement: nobody knew it then.
    """
    status = status_of(resource.status)
    if status in NO_RESULT:
        raise Left(NO_RESULT[status])
    times = _times(resource, moment)
    if moment.ahead(times.began) or (resource.issued and moment.ahead_text(resource.issued)):
        raise Left(reasons.FUTURE_DATED)
    return Frame(
        reference,
        resource.resource_type,
        began=times.began,
        said=times.said,
        preliminary=status in _EARLY,
        status=status or None,
        shown_date=times.shown,
    )


@dataclass(frozen=True, slots=True)
class _Times:
    """Since when it is known to be so, when it was last so, and the date as it was written."""

    began: Interval | None
    said: Interval | None
    shown: str | None


def _times(resource: Resource, moment: Moment) -> _Times:
    """The effective time, else when it was issued, else its encounter."""
    for text in (resource.effective_date_time, resource.effective_instant):
        at = moment.parse(text)
        if at is not None:
            return _Times(at, at, text)
    if resource.effective_period is not None:
        found = _during(resource, moment)
        if found is not None:
            return found
    at = moment.parse(resource.issued)
    if at is not None:
        return _Times(at, at, resource.issued)
    at = moment.seen(resource)
    return _Times(at, at, moment.seen_on(resource))


def _during(resource: Resource, moment: Moment) -> _Times | None:
    """A period: it was so from its start to its end, and without an end it still is."""
    period = resource.effective_period
    assert period is not None
    start, end = moment.parse(period.start), moment.parse(period.end)
    if start is None:
        return _Times(end, end, period.end) if end else None
    if end is None or end.start > moment.now:
        return _Times(start, Interval(start.start, max(start.end, moment.now)), period.start)
    return _Times(start, end, period.end)
