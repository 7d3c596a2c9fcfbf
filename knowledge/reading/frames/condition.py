"""Conditions: since when, until when, how sure (G2 and G6 of the clinical criteria)."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.chart.dates import Interval
from knowledge.chart.fhir import Resource
from knowledge.reading import reasons
from knowledge.reading.frame import Frame, Left, words_of
from knowledge.reading.moment import Moment

_BACK = frozenset(("recurrence", "relapse"))
_GOING_ON = frozenset(("active",)) | _BACK
_OVER = frozenset(("inactive", "remission", "resolved"))
_UNSURE = frozenset(("unconfirmed", "provisional", "differential"))


def condition(resource: Resource, reference: str, moment: Moment) -> Frame:
    """The frame of a Condition. Raises Left: `entered-in-error`, `future-dated`."""
    verified = words_of(resource.verification_status)
    if reasons.ENTERED_IN_ERROR in verified:
        raise Left(reasons.ENTERED_IN_ERROR)
    onset = _onset(resource, moment)
    recorded = moment.parse(resource.recorded_date)
    if moment.ahead(onset.at) or moment.ahead(recorded):
        raise Left(reasons.FUTURE_DATED)
    known = recorded or moment.seen(resource)
    abated = _abatement(resource, moment)
    return Frame(
        reference,
        "Condition",
        began=_began(onset.at, known, moment),
        onset_stated=onset.at is not None,
        onset=onset.at,
        said=known or onset.at,
        ended=abated,
        worst=moment.parse(resource.onset_period.end) if resource.onset_period else None,
        recurs=bool(_BACK & words_of(resource.clinical_status)),
        past=_is_past(resource, abated, moment),
        suspected=bool(verified & _UNSURE),
        problem_list="problem-list-item" in words_of(*resource.categories),
        denied="refuted" in verified,
        shown_date=onset.shown or resource.recorded_date or moment.seen_on(resource),
        noted=known or _since(onset.at, moment),
        noted_on=resource.recorded_date or moment.seen_on(resource),
    )


@dataclass(frozen=True, slots=True)
class _Onset:
    """When it began, and the date as it was written (an age has none)."""

    at: Interval | None = None
    shown: str | None = None


def _onset(resource: Resource, moment: Moment) -> _Onset:
    """The onset in whichever way it is given."""
    text = resource.onset_date_time or resource.onset_string
    at = moment.parse(text)
    if at is not None:
        return _Onset(at, text)
    if resource.onset_period:
        return _Onset(moment.start_of(resource.onset_period), resource.onset_period.start)
    return _Onset(moment.at_age(resource.onset_age) or moment.at_ages(resource.onset_range))


def _began(onset: Interval | None, known: Interval | None, moment: Moment) -> Interval | None:
    """The onset, else when it was recorded (G6).

    A vague onset lies at most so long before its recording: "2026", recorded on 15 June, is from
    1 to 15 June. It stays inside of what was written: 2020, recorded today, is 2020.
    """
    if onset is None or known is None:
        return onset or known
    vague = onset.end - onset.start >= moment.partial
    if not vague or known.start <= onset.start:
        return onset
    start = min(max(onset.start, known.start - moment.partial), onset.end)
    return Interval(start, min(onset.end, max(known.end, start)))


def _since(onset: Interval | None, moment: Moment) -> Interval | None:
    """Some time from the onset to now."""
    return Interval(onset.start, max(onset.end, moment.now)) if onset else None


def _abatement(resource: Resource, moment: Moment) -> Interval | None:
    """When it was over, as far as that is told."""
    period = resource.abatement_period
    return (
        moment.parse(resource.abatement_date_time or resource.abatement_string)
        or (moment.parse(period.start or period.end) if period else None)
        or moment.at_age(resource.abatement_age)
        or moment.at_ages(resource.abatement_range)
    )


def _is_past(resource: Resource, abated: Interval | None, moment: Moment) -> bool:
    """Whether it is history at this moment.

    An abatement that lies ahead overrides today's "resolved"; where the abatement may lie before
    or after, or nobody knows when it was, a status that says "active" decides.
    """
    if abated is not None and abated.start > moment.now:
        return False
    if abated is not None and abated.end <= moment.now:
        return True
    status = words_of(resource.clinical_status)
    if _has_abatement(resource):
        return not status & _GOING_ON
    return bool(status & _OVER)


def _has_abatement(resource: Resource) -> bool:
    given = (
        resource.abatement_date_time,
        resource.abatement_period,
        resource.abatement_age,
        resource.abatement_range,
        resource.abatement_string,
    )
    return resource.abatement_boolean is True or any(one is not None for one in given)
