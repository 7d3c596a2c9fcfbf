"""What a card is made from: the evaluation of one patient, and the knowledge behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cards.escape import escape
from cards.moments import shown
from cards.said import Said
from knowledge.card_files import Orders, Words
from knowledge.evaluation import Evaluation, Judged
from knowledge.failing import Apart
from knowledge.language.schema import CardWords, Criterion, Finding, Source, Urgency
from knowledge.site.model import Change, SignOff, Site


class Library(Protocol):
    """The knowledge that cards speak from."""

    @property
    def version(self) -> str:
        """The version of the knowledge."""
        ...

    @property
    def criteria(self) -> Mapping[str, Criterion]:
        """All criteria by id."""
        ...

    @property
    def findings(self) -> Mapping[str, Finding]:
        """All findings by id."""
        ...

    @property
    def sources(self) -> Mapping[str, Source]:
        """All sources by id."""
        ...

    @property
    def orders(self) -> Orders:
        """What can be ordered."""
        ...

    @property
    def words(self) -> Words:
        """The words that all cards share."""
        ...

    @property
    def site(self) -> Site | None:
        """What the site has set."""
        ...

    def scan(self, orders: Sequence[str]) -> str | None:
        """What the scan is called that these orders ask for."""
        ...

    def sign_off(self, criterion_id: str) -> SignOff | None:
        """Who has signed off a criterion as it stands now."""
        ...

    def changes(self, criterion_id: str) -> tuple[Change, ...]:
        """The numbers of a criterion that the site has moved."""
        ...


PRESSING = (Urgency.EMERGENCY, Urgency.URGENT)


@dataclass(frozen=True, slots=True)
class Case:
    """One patient at one moment. `now` is in the site's time zone.

    `gaps` are the prefetch keys whose lists could not be had in full. `apart` does the writing, and
    remembers what of it broke. `said`: what the cards made so far speak of.
    """

    evaluation: Evaluation
    library: Library
    patient_id: str
    encounter_id: str | None
    now: datetime
    base_url: str | None = None
    gaps: tuple[str, ...] = ()
    apart: Apart = field(default_factory=Apart, compare=False)
    said: list[Said] = field(default_factory=list, compare=False)

    @property
    def words(self) -> Words:
        """The words that all cards share."""
        return self.library.words

    @property
    def in_hospital(self) -> bool:
        """Whether the patient is in an ER or a ward already."""
        return self.evaluation.setting is not None

    @property
    def met(self) -> tuple[Judged, ...]:
        """What is met and may be said: of a child, emergencies alone (G12)."""
        told = [one for one in self.evaluation.met if not one.without_card]
        if not self.evaluation.paediatric:
            return tuple(told)
        return tuple(
            one
            for one in told
            if (one.pressing if one.quieted else one.urgency) is Urgency.EMERGENCY
        )

    def text(self, text: str) -> str:
        """A text from the chart, as harmless Markdown."""
        return escape(text, self.words.limits.text)

    def reference(self, text: str) -> str:
        """A resource's reference, as harmless Markdown."""
        return escape(text, self.words.limits.reference)

    def moment(self, text: str) -> str:
        """A FHIR date for people, as harmless Markdown."""
        return self.text(shown(text, self.now.tzinfo, self.words.months) or text)

    def where(self) -> str | None:
        """Where the patient is already: `patient is in the ER since 09:10`."""
        setting, settings = self.evaluation.setting, self.words.settings
        if setting is None:
            return None
        place = settings.classes.get(setting, settings.other)
        since = self.evaluation.setting_since
        told = shown(since, self.now.tzinfo, self.words.months, self.now) if since else None
        if told is None:
            return settings.here.format(setting=place)
        return settings.here_since.format(setting=place, since=told)

    def fill(self, text: str, judged: Judged) -> str:
        """A criterion's sentence with its clock and the patient's whereabouts filled in."""
        filled = text.replace("{clock}", self.clock(judged) or "")
        return filled.replace("{where}", self.where() or "")

    def clock(self, judged: Judged) -> str | None:
        """The criterion's clock in words: `4 hours`."""
        if not judged.clock:
            return None
        number, _, unit = judged.clock.rpartition(" ")
        return f"{number} {self.words.units.get(unit, unit)}".strip()

    def first_line(self, judged: Judged) -> str:
        """A criterion's own first line; in hospital the one for there."""
        words = self.card_words(judged)
        text = (words.in_hospital if self.in_hospital else None) or words.summary
        return self.fill(text, judged)

    def card_words(self, judged: Judged) -> CardWords:
        """What a criterion that is met has to say."""
        return judged.words or CardWords(summary=judged.criterion.title)
