"""Procedures, scans, orders, devices and encounters."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.chart.dates import Interval
from knowledge.chart.fhir import Coding, Resource
from knowledge.reading import reasons
from knowledge.reading.frame import Frame, Left, status_of
from knowledge.reading.frames.observed import NO_RESULT
from knowledge.reading.moment import Moment

_NOT_DONE = frozenset(("not-done", "preparation", "stopped", "on-hold"))


def procedure(resource: Resource, reference: str, moment: Moment) -> Frame:
    """The frame of a Procedure or an ImagingStudy: done, or being done.

    Raises Left: `not-done`, `future-dated`, and the reasons of an Observation's status.
    """
    status = status_of(resource.status)
    if status in NO_RESULT:
        raise Left(NO_RESULT[status])
    if status in _NOT_DONE:
        raise Left(reasons.NOT_DONE)
    text = resource.performed_date_time or resource.started or resource.performed_string
    done = moment.parse(text) or moment.start_of(resource.performed_period)
    done = done or moment.at_age(resource.performed_age) or moment.at_ages(resource.performed_range)
    done = done or moment.seen(resource)
    if moment.ahead(done):
        raise Left(reasons.FUTURE_DATED)
    period = resource.performed_period.start if resource.performed_period else None
    return Frame(
        reference, resource.resource_type, began=done, onset_stated=done is not None, said=done,
        status=status or None, shown_date=text or period or moment.seen_on(resource),
    )  # fmt: skip


_ORDERS = frozenset(("order", "original-order", "instance-order", "filler-order"))
_STANDS = frozenset(("active", "completed", "on-hold"))
NOT_IN_FORCE = "ServiceRequest not in force"
"""What a finding's way names to read orders that are drafts, proposals, revoked or forbidden."""


def request(resource: Resource, reference: str, moment: Moment) -> Frame:
    """The frame of a ServiceRequest: only real orders count (G2).

    When it is to happen does not matter, nor whether that lies ahead: when it was ordered does.
    One that is not in force has a frame of another type, so that it answers no other question
    than whether such an order lies there. Raises Left: `entered-in-error`, `future-dated`.
    """
    status = status_of(resource.status)
    if status == reasons.ENTERED_IN_ERROR:
        raise Left(reasons.ENTERED_IN_ERROR)
    real = status in _STANDS and status_of(resource.intent) in _ORDERS
    in_force = real and not resource.do_not_perform
    said = moment.parse(resource.authored_on)
    if moment.ahead(said):
        raise Left(reasons.FUTURE_DATED if in_force else reasons.NOT_ORDERED)
    if not real and status in _STANDS:
        status = status_of(resource.intent)
    return Frame(
        reference, "ServiceRequest" if in_force else NOT_IN_FORCE, began=said,
        onset_stated=said is not None, said=said,
        status=status or None, priority=(resource.priority or "routine").lower(),
        shown_date=resource.authored_on,
    )  # fmt: skip


def device(resource: Resource, reference: str, _: Moment) -> Frame:
    """The frame of a Device. Raises Left: `entered-in-error`, `inactive`."""
    status = status_of(resource.status) or "active"
    if status != "active":
        wrong = status == reasons.ENTERED_IN_ERROR
        raise Left(reasons.ENTERED_IN_ERROR if wrong else reasons.INACTIVE)
    return Frame(reference, "Device", status=status)


_PLANNED = frozenset(("cancelled", "planned"))
_IN_PROGRESS = frozenset(("in-progress", "onleave", "arrived", "triaged"))
_CLASSES = {
    "ACUTE": "IMP",
    "NONAC": "IMP",
    "INPATIENT": "IMP",
    "I": "IMP",
    "EMERGENCY": "EMER",
    "E": "EMER",
}
"""HL7's kinds of inpatient encounter, the words of FHIR DSTU2, and HL7 v2 table 0004."""


def encounter(resource: Resource, reference: str, moment: Moment) -> Frame:
    """The frame of an Encounter: past unless it is going on at this moment.

    Raises Left: `entered-in-error`, `cancelled` (or only planned), `future-dated`.
    """
    status = status_of(resource.status)
    if status == reasons.ENTERED_IN_ERROR:
        raise Left(reasons.ENTERED_IN_ERROR)
    if status in _PLANNED:
        raise Left(reasons.CANCELLED)
    begun = moment.start_of(resource.period)
    if moment.ahead(begun):
        raise Left(reasons.FUTURE_DATED)
    return Frame(
        reference, "Encounter", began=begun, onset_stated=begun is not None, said=begun,
        past=not _goes_on(resource, moment.period(resource.period), status, moment),
        status=status or None, encounter_class=_class(resource.classes),
        shown_date=resource.period.start if resource.period else None,
    )  # fmt: skip


def _goes_on(resource: Resource, span: Interval | None, status: str, moment: Moment) -> bool:
    """In progress today; or judged earlier, finished since, and its end lies ahead."""
    if span is not None and span.end < moment.now:
        return False
    ended = resource.period is not None and resource.period.end is not None
    return status in _IN_PROGRESS or (status == "finished" and ended and span is not None)


def _class(classes: Iterable[Coding]) -> str | None:
    code = next((one.code.strip().upper() for one in classes if one.code), None)
    return None if code is None else _CLASSES.get(code, code)
