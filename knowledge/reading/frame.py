"""What all facts of one resource share: its name, its times, and how far it may be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.chart.dates import Interval
from knowledge.chart.fhir import CodeableConcept
from knowledge.language.facts import Number


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a fact that comes from the resource and not from its code or answer.

    `noted` is when notes without a date of their own were written, `noted_on` as people wrote it:
    the onset of a Condition is not that of another finding in its note.
    """

    reference: str
    resource_type: str
    began: Interval | None = None
    onset_stated: bool = False
    onset: Interval | None = None
    said: Interval | None = None
    ended: Interval | None = None
    worst: Interval | None = None
    recurs: bool = False
    past: bool = False
    suspected: bool = False
    preliminary: bool = False
    problem_list: bool = False
    denied: bool = False
    status: str | None = None
    priority: str | None = None
    encounter_class: str | None = None
    taken: Interval | None = None
    dose: Number | None = None
    shown_date: str | None = None
    noted: Interval | None = None
    noted_on: str | None = None


class Left(Exception):
    """The resource is left out of the facts; `reason` is from the list in `reasons`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def words_of(*concepts: CodeableConcept | None) -> frozenset[str]:
    """What status-like concepts say, in one spelling: `Entered in Error` is entered-in-error."""
    return frozenset(
        "-".join(word.lower().split())
        for concept in concepts
        if concept is not None
        for word in _written(concept)
    )


def _written(concept: CodeableConcept) -> Iterable[str]:
    if concept.text:
        yield concept.text
    for coding in concept.coding:
        if coding.code:
            yield coding.code
        if coding.display:
            yield coding.display


def status_of(status: str | None) -> str:
    """A status in lower case, "" where there is none."""
    return (status or "").strip().lower()
