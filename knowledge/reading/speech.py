"""What one resource says, on its way to facts: its frame, its words, and the facts so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from knowledge.chart.dates import Interval, seconds
from knowledge.language.facts import Fact, Ignored, Number
from knowledge.language.schema import Answer
from knowledge.reading.concepts import Concepts
from knowledge.reading.frame import Frame, Left
from knowledge.reading.moment import Moment
from knowledge.reading.traits import NO_TRAITS, Traits
from knowledge.reading.ways import Spoken, Ways
from knowledge.text import Mention


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a library knows, and the moment at which a chart is read with it."""

    concepts: Concepts
    ways: Ways
    moment: Moment


@dataclass(frozen=True, slots=True)
class Notes:
    """Free texts of a resource (notes, conclusion), and when the newest of them was written."""

    texts: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    said: Interval | None = None
    said_on: str | None = None


NO_NOTES = Notes()
"""A resource without any."""


@dataclass(slots=True)
class Speech:
    """All that one resource says.

    `around` is what its own elements say of site and severity; `noted` what its notes add to a
    finding, and `groups` the parts of a clause, as far as that was asked.
    """

    words: Vocabulary
    frame: Frame
    shown: str
    around: Traits = NO_TRAITS
    notes: Notes = NO_NOTES
    facts: list[Fact] = field(default_factory=list)
    left: list[Ignored] = field(default_factory=list)
    noted: dict[str, Traits] = field(default_factory=dict)
    groups: dict[str, list[list[Mention]]] = field(default_factory=dict)

    def spoken(self, name: str) -> tuple[Spoken, ...]:
        """The findings that a value set answers in this resource."""
        return self.words.ways.of(self.frame.resource_type, name)

    def findings(self, mention: Mention) -> Iterator[str]:
        """The findings that a mention may answer."""
        return (one.finding for one in self.spoken(mention.phrases))

    def leave(self, left: Left) -> None:
        """Something that it says is left out."""
        self.left.append(Ignored(self.frame.reference, left.reason))

    def remarks(self) -> Speech:
        """The same resource speaking in its notes: facts of their own, of when they were written.

        The onset and the severity of a Condition are not those of another finding in its note,
        and its refutation refutes nothing there.
        """
        frame = self.frame
        said = self.notes.said or frame.noted or frame.said
        shown = self.notes.said_on or frame.noted_on or frame.shown_date
        own = replace(
            frame, began=said, said=said, onset_stated=False, onset=None, worst=None, denied=False,
            shown_date=shown,
        )  # fmt: skip
        around = Traits(self.around.sites, self.around.sides)
        return replace(self, frame=own, around=around, notes=NO_NOTES, noted={})

    def add(
        self, finding: str, answer: Answer, name: str, traits: Traits, *, by_text: bool = False,
        mention: Mention | None = None, past: bool = False, suspected: bool = False,
        number: Number | None = None, shown: str = "", series: str = "", words: str | None = None,
    ) -> None:  # fmt: skip
        """One fact, with the frame of its resource.

        A duration beside the `mention`, or in the `words` of an answer, tells its onset where the
        resource itself does not.
        """
        frame = self.frame
        began, stated = self._since(mention, words)
        fact = Fact(
            finding=finding, answer=answer, reference=frame.reference,
            display=shown or self.shown, resource_type=frame.resource_type, value_set=name,
            by_text=by_text, began=began, onset_stated=stated, said=frame.said,
            worse=self._worse(traits), worst=frame.worst, ended=frame.ended,
            onset=frame.onset, recurs=frame.recurs,
            past=past or frame.past, suspected=suspected or frame.suspected,
            preliminary=frame.preliminary, problem_list=frame.problem_list,
            unchanged=traits.unchanged, sites=traits.sites, sides=traits.sides,
            severity=traits.severity, sudden=traits.sudden, complete=traits.complete,
            number=number, series=series, status=frame.status,
            priority=frame.priority, encounter_class=frame.encounter_class,
            taken=frame.taken, dose=frame.dose, shown_date=frame.shown_date,
        )  # fmt: skip
        if number is not None or not any(_repeats(fact, one) for one in self.facts):
            self.facts.append(fact)

    def _since(self, mention: Mention | None, words: str | None) -> tuple[Interval | None, bool]:
        """The resource's own onset, else a duration told beside the mention, else its date."""
        frame = self.frame
        if frame.onset_stated or frame.said is None or not (mention or words):
            return frame.began, frame.onset_stated
        lasted = self._lasted(mention, words)
        if lasted is None:
            return frame.began, False
        length, unit = lasted
        start, end = frame.said.start - length, frame.said.end - length
        return Interval(start - unit / 2, min(end + unit / 2, frame.said.end)), True

    def _lasted(self, mention: Mention | None, words: str | None) -> tuple[float, float] | None:
        """How long, and the unit in which that is told, in seconds.

        Of several times the one in the same part of the sentence counts ("back pain for 10 years,
        numb for 3 days"), of several there the shortest.
        """
        concepts = self.words.concepts
        times = concepts.durations(words) if words else ()
        if not times and mention is not None:
            times = concepts.durations(mention.clause)
        if len(times) > 1 and mention is not None:
            parts = concepts.parts(mention.clause)
            own = [part for part in parts if self._names(part, mention)]
            times = tuple(time for part in own for time in concepts.durations(part)) or times
        lengths = [(seconds(one.value, one.unit), seconds(1, one.unit)) for one in times]
        return min(
            ((length, unit) for length, unit in lengths if length is not None and unit is not None),
            default=None,
        )

    def _names(self, part: str, mention: Mention) -> bool:
        return any(one.phrases == mention.phrases for one in self.words.concepts.text(part))

    def _worse(self, traits: Traits) -> Interval | None:
        """When it got worse: as recorded; without a date, some time from its onset to now."""
        if not traits.worse:
            return None
        frame = self.frame
        said = self.notes.said or frame.said
        if said is not None and said != frame.began:
            return said
        if frame.began is None or not frame.onset_stated:
            return said
        return Interval(frame.began.start, max(frame.began.end, self.words.moment.now))


def _repeats(fact: Fact, other: Fact) -> bool:
    """Whether it says the same as another fact of its resource, by another value set."""
    if fact.finding != other.finding or fact.answer is not other.answer:
        return False
    same = fact.sites == other.sites and fact.sides == other.sides
    within = fact.sites <= other.sites and fact.sides <= other.sides
    if not same and not (within and fact.answer is Answer.PRESENT):
        return False
    return _qualified(fact) == _qualified(other)


def _qualified(fact: Fact) -> tuple[object, ...]:
    """What two facts of one resource can still differ in."""
    return (
        fact.began, fact.past, fact.suspected, fact.worse, fact.unchanged, fact.severity,
        fact.sudden, fact.complete,
    )  # fmt: skip
