"""When it is judged, and the numbers by which a chart is read (`chart.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from knowledge.chart import dates
from knowledge.chart.dates import Interval
from knowledge.chart.fhir import Period, Quantity, Range, Resource
from knowledge.language.schema import Parameters

_NOBODY_OLDER = "1900-01-01"
"""Where a birth date is not known: nobody alive was born before."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment of judgement in epoch seconds, the site's zone, and shared limits in seconds.

    `skew`: how far ahead a clock may be. `conflict`: within it a later no does not undo a yes.
    `partial`: how far before its recording a vague onset may lie. `stands`: how long a yes of
    an Observation counts as current. `encounters`: when each encounter of the chart began, as it
    was written, by every name that a reference may use.
    """

    now: float
    zone: ZoneInfo
    skew: float
    conflict: float
    partial: float
    stands: float
    born: Interval | None = None
    encounters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, now: float, zone: ZoneInfo, numbers: Parameters) -> Moment:
        """The moment with the numbers of `chart.yaml`."""

        def size(name: str) -> float:
            amount = numbers[name].amounts[0]
            return dates.seconds(amount.value, amount.unit) or 0

        return cls(
            now, zone, size("clock-skew"), size("conflict"), size("partial-date-lookback"),
            size("observation-stands"),
        )  # fmt: skip

    def ahead(self, interval: Interval | None) -> bool:
        """Whether it begins later than any clock skew allows."""
        return interval is not None and interval.start > self.now + self.skew

    def ahead_text(self, text: str) -> bool:
        """Whether a FHIR date begins later than any clock skew allows."""
        return self.ahead(self.parse(text))

    def seen(self, resource: Resource) -> Interval | None:
        """When the encounter of a resource began: its date where it has none itself (G6)."""
        return self.parse(self.seen_on(resource))

    def seen_on(self, resource: Resource) -> str | None:
        """The date of `seen` as it was written."""
        if not self.encounters:
            return None
        reference = resource.encounter or resource.context
        return self.encounters.get(reference.reference or "") if reference else None

    def parse(self, text: str | None) -> Interval | None:
        """A FHIR date in the site's zone."""
        return dates.parse(text, self.zone)

    def period(self, period: Period | None) -> Interval | None:
        """A FHIR Period in the site's zone."""
        return dates.period(period.start, period.end, self.zone) if period else None

    def start_of(self, period: Period | None) -> Interval | None:
        """When a Period begins; where only its end is known, some time of this life up to it."""
        if period is None:
            return None
        end = self.parse(period.end)
        start = self.parse(period.start)
        if start is not None or end is None:
            return start
        first = self.born or self.parse(_NOBODY_OLDER)
        return Interval(min(first.start, end.start) if first else end.start, end.end)

    def at_age(self, age: Quantity | None) -> Interval | None:
        """When the patient was of that age; None without a birth date."""
        if age is None or age.value is None or self.born is None:
            return None
        return dates.at_age(self.born, age.value, age.code or age.unit or "a", self.zone)

    def at_ages(self, ages: Range | None) -> Interval | None:
        """When the patient was between two ages."""
        low = self.at_age(ages.low) if ages else None
        high = self.at_age(ages.high) if ages else None
        if low is None or high is None:
            return low or high
        return Interval(low.start, high.end)

    def age(self) -> float | None:
        """The patient's age in completed years; of a vague birth date the greatest."""
        return None if self.born is None else dates.age(self.born, self.now, self.zone)[1]
