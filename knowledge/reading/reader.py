"""A whole chart read: whose resources, what they say, and what could not be read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from knowledge.chart.dates import Interval
from knowledge.chart.decode import Decoded, Entry
from knowledge.chart.fhir import Resource
from knowledge.chart.identity import Who, newest
from knowledge.codelists import ValueSets
from knowledge.failing import READING, Apart, Failed
from knowledge.giving_up import GoOn, asking, simply
from knowledge.language.facts import Fact, Facts, Ignored, Standing
from knowledge.language.schema import Answer, Finding, Parameter, Parameters
from knowledge.reading import reasons
from knowledge.reading.concepts import Concepts, concepts_of
from knowledge.reading.frames import FRAMES
from knowledge.reading.moment import Moment
from knowledge.reading.owners import Owners
from knowledge.reading.relevance import Relevance
from knowledge.reading.resources import Resources
from knowledge.reading.speech import Vocabulary
from knowledge.reading.standing import stand
from knowledge.reading.surroundings import Surroundings, contained_in, panel_traits, within
from knowledge.reading.ways import Ways, ways_of
from knowledge.text import Cues

_FAMILY_HISTORY = "FamilyMemberHistory"
_CORE = ("Condition", "Observation")
ACUTE_CLASSES = ("EMER", "IMP", "ACUTE", "NONAC", "OBSENC", "SS")
"""HL7 ActCode classes of an encounter in which the patient already is in a hospital."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What was sent: decoded resources, whose they should be, and which lists were supplied."""

    decoded: Decoded
    patient_id: str | None
    encounter_id: str | None
    supplied: frozenset[str]


@dataclass(slots=True)
class ChartReader:
    """Reads charts with one library's vocabulary. Holds no patient between two charts."""

    findings: Mapping[str, Finding]
    numbers: Parameters
    steps: Mapping[str, Parameter]
    concepts: Concepts
    ways: Ways
    relevance: Relevance

    @classmethod
    def of(
        cls,
        findings: Mapping[str, Finding],
        numbers: Parameters,
        steps: Mapping[str, Parameter],
        valuesets: ValueSets,
        cues: Cues,
    ) -> ChartReader:
        """A reader over these findings and value sets."""
        concepts, ways = concepts_of(valuesets, cues), ways_of(findings)
        return cls(findings, numbers, steps, concepts, ways, Relevance(concepts, ways))

    def read(self, chart: Chart, now: datetime, zone: ZoneInfo, go_on: GoOn = simply) -> Facts:
        """The facts of one patient at a moment. Never raises for what a chart holds.

        What breaks costs the resource that broke it, and is told in `Facts.failed`. `go_on` is
        called for every resource, and may raise GivenUp.
        """
        apart = Apart()
        sent = chart.decoded.entries
        entries = apart.do(READING, lambda: newest(asking(go_on, sent)), sent)
        who = apart.do(READING, lambda: Who.find(chart.patient_id, entries), Who(chart.patient_id))
        patient = next((one.resource for one in entries if who.is_patient(one)), None)
        around = self._surroundings(entries, apart, go_on)
        moment = Moment.of(now.timestamp(), zone, self.numbers)
        born = apart.do(READING, partial(_born, patient, moment), None)
        moment = replace(moment, born=born, encounters=around.encounters)
        reading = _Pass(self, Owners(who), moment, around, apart, go_on)
        for entry in entries:
            go_on()
            reading.consider(entry)
        return reading.result(chart, patient, go_on)

    def _surroundings(self, entries: Iterable[Entry], apart: Apart, go_on: GoOn) -> Surroundings:
        found = Surroundings()
        concepts = self.concepts.asking(go_on)
        for entry in entries:
            go_on()
            try:
                found.take(entry, concepts)
            except Exception as error:  # noqa: BLE001
                needed = entry.resource.resource_type in _CORE
                apart.note(Failed.of(READING, error, needed=needed))
        return found


class _Pass:
    """One chart on its way to facts."""

    def __init__(
        self,
        reader: ChartReader,
        owners: Owners,
        moment: Moment,
        around: Surroundings,
        apart: Apart,
        go_on: GoOn,
    ) -> None:
        self.reader = reader
        self.owners = owners
        self.moment = moment
        self.apart = apart
        self.ignored: list[Ignored] = []
        self.lost: list[str] = []
        self.facts: dict[str, list[Fact]] = defaultdict(list)
        words = Vocabulary(reader.concepts.asking(go_on), reader.ways, moment)
        self.matters = replace(reader.relevance, concepts=words.concepts).matters
        self.resources = Resources(words, around.medications, around.panels)

    def consider(self, entry: Entry) -> None:
        """One entry of the chart; one that defeats the reader spoils no other."""
        resource = entry.resource
        try:
            idle = resource.resource_type == "Observation" and not self.matters(resource)
            if not idle or not self.is_plainly_own(entry):
                self.take(entry)
        except Exception as error:  # noqa: BLE001
            self._lose(resource, _name(entry), error)

    def _lose(self, resource: Resource, reference: str, error: Exception) -> None:
        """A resource that cannot be read for a fault of ours: named, and told aloud."""
        kind = resource.resource_type
        self.ignored.append(Ignored(reference, reasons.UNREADABLE))
        self.lost.append(kind)
        self.apart.note(Failed.of(READING, error, needed=kind in _CORE))

    def is_plainly_own(self, entry: Entry) -> bool:
        """Whether it was read whole and is the patient's; else it is named among the ignored."""
        return not entry.partly and not self.owners.other(entry.resource)

    def take(self, entry: Entry) -> None:
        """One entry: somebody else's is left out, one that is partly unreadable is said so."""
        resource = entry.resource
        kind = resource.resource_type
        if kind not in FRAMES and kind != _FAMILY_HISTORY:
            return
        reference = _name(entry)
        if self.owners.other(resource):
            self.ignored.append(Ignored(reference, reasons.OTHER_PATIENT))
        elif kind == _FAMILY_HISTORY:
            self.ignored.append(Ignored(reference, reasons.FAMILY_HISTORY))
        else:
            if entry.partly:
                self.ignored.append(Ignored(reference, reasons.PARTLY_UNREADABLE))
            self._read(self.resources, resource, reference)

    def _read(self, resources: Resources, resource: Resource, reference: str) -> None:
        """One resource and what it contains; one that defeats the reader spoils no other."""
        try:
            facts, left = resources.read(resource, reference)
        except Exception as error:  # noqa: BLE001
            self._lose(resource, reference, error)
        else:
            self.ignored += left
            for fact in facts:
                self.facts[fact.finding].append(fact)
        if resource.contained:
            self._read_contained(resource, reference)

    def _read_contained(self, resource: Resource, reference: str) -> None:
        panels = panel_traits(resource, self.reader.concepts)
        names = {f"{reference}{name}": traits for name, traits in panels.items()}
        inner = Resources(self.resources.words, self.resources.medications, names)
        for inside, name in contained_in(resource, reference):
            if self.owners.other(inside):
                self.ignored.append(Ignored(name, reasons.OTHER_PATIENT))
            else:
                self._read(inner, within(inside, resource), name)

    def result(self, chart: Chart, patient: Resource | None, go_on: GoOn) -> Facts:
        """All facts, sorted out finding by finding."""
        do = self.apart.do
        standing = {name: self._stand(name, facts, go_on) for name, facts in self.facts.items()}
        setting = do(READING, partial(self._setting, chart.encounter_id), None, needed=False)
        lost = [Ignored(one.reference, reasons.UNREADABLE) for one in chart.decoded.unreadable]
        return Facts(
            now=self.moment.now,
            standing=standing,
            supplied=chart.supplied,
            age=do(READING, self.moment.age, None),
            deceased=patient is not None and do(READING, partial(self._deceased, patient), False),
            setting=setting[0] if setting else None,
            setting_since=setting[1] if setting else None,
            incomplete=_incomplete(chart.decoded, self.lost),
            ignored=(*self.ignored, *lost),
            failed=tuple(self.apart),
        )

    def _stand(self, name: str, facts: list[Fact], go_on: GoOn) -> Standing:
        finding, step = self.reader.findings[name], self.reader.steps.get(name)
        sort_out = partial(stand, finding, facts, self.moment, step, go_on)
        return self.apart.do(READING, sort_out, None) or _as_said(facts)

    def _deceased(self, patient: Resource) -> bool:
        """Dead at the moment of judgement."""
        if patient.deceased_date_time:
            died = self.moment.parse(patient.deceased_date_time)
            return died is None or died.start <= self.moment.now
        return bool(patient.deceased_boolean)

    def _setting(self, encounter_id: str | None) -> tuple[str, str | None] | None:
        """The class of an acute encounter that is going on, the one of the context first."""
        found = [fact for fact in self.facts.get("encounter-in-progress", ()) if not fact.past]
        acute = [fact for fact in found if fact.encounter_class in ACUTE_CLASSES]
        acute.sort(key=lambda fact: fact.reference != f"Encounter/{encounter_id}")
        first = acute[0] if acute else None
        if first is None or first.encounter_class is None:
            return None
        return first.encounter_class, first.shown_date


def _born(patient: Resource | None, moment: Moment) -> Interval | None:
    return moment.parse(patient.birth_date) if patient else None


def _name(entry: Entry) -> str:
    """The name by which a resource is listed among what was left out."""
    resource = entry.resource
    kind = resource.resource_type
    return f"{kind}/{resource.id}" if resource.id else entry.full_url or kind


def _as_said(facts: Iterable[Fact]) -> Standing:
    """Facts that could not be sorted out, as they were said: none undoes another."""
    said = {answer: tuple(one for one in facts if one.answer is answer) for answer in Answer}
    present = said[Answer.PRESENT]
    return Standing(
        tuple(one for one in present if not one.past),
        tuple(one for one in present if one.past),
        said[Answer.ABSENT],
        said[Answer.UNKNOWN],
    )


def _incomplete(decoded: Decoded, lost: Iterable[str]) -> tuple[str, ...]:
    """What could not be read, in words without content."""
    kinds = [one.resource_type or "resource" for one in decoded.unreadable]
    counts = Counter(kind for kind in (*kinds, *lost) if kind in ("resource", *_CORE))
    words = [f"{count} {kind}{'s' if count > 1 else ''} could not be read"
             for kind, count in sorted(counts.items())]  # fmt: skip
    words += map(not_had, _failed(decoded))
    for one in decoded.bundles:
        if one.next_link:
            names = ", ".join(sorted(one.types)) or one.key
            words.append(f"only the first page of {names} was sent")
    return tuple(dict.fromkeys(words))


def not_had(key: str) -> str:
    """That a prefetch value is an error, or no FHIR at all."""
    return f"{key} could not be had"


_ERRORS = frozenset(("error", "fatal"))


def _failed(decoded: Decoded) -> list[str]:
    """The prefetch values that are an error, or no FHIR at all."""
    keys = {key for key, severities in decoded.outcomes.items() if _ERRORS & set(severities)}
    keys |= {one.key for one in decoded.bundles if _ERRORS & set(one.outcomes)}
    return sorted(keys | decoded.not_fhir)
