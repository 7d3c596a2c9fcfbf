"""The whole account of a criterion, as one object that the page and the JSON both show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from knowledge.checks.release.changelog import FILE as CHANGELOG
from knowledge.checks.release.changelog import Entry, read_changelog
from knowledge.explaining.attributes import Attributed, Subject, attributes_of
from knowledge.explaining.codes import Listed, asked_of, listed, sets_of
from knowledge.explaining.dates import history
from knowledge.explaining.examples import Shower
from knowledge.explaining.numbers import Register, moved
from knowledge.explaining.shapes import (
    Account,
    Card,
    Kept,
    Lower,
    Signed,
    Step,
    Summary,
    Term,
    ToAsk,
)
from knowledge.explaining.sources import cited
from knowledge.explaining.tree import Node, Teller, named_outside, teller
from knowledge.explaining.wording import Wording, load_wording
from knowledge.language.criteria import findings_of
from knowledge.language.schema import CardWords, Criterion, Lowering, Tier
from knowledge.library import Library


@dataclass(frozen=True)
class Explainer:
    """Tells what a library knows. `base_url` is where its pages are reached."""

    library: Library
    base_url: str
    wording: Wording = field(default_factory=load_wording)

    @property
    def changelog(self) -> str:
        """What the changelog of the knowledge says; nothing where there is none."""
        path = self.library.folder / CHANGELOG
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    @cached_property
    def _entries(self) -> Mapping[str, Entry]:
        return read_changelog(self.library.folder)

    @property
    def titles(self) -> Mapping[str, str]:
        """The titles of all criteria."""
        return {one.id: one.title for one in self.library.criteria.values()}

    def overview(self) -> tuple[Summary, ...]:
        """All criteria: red flags first, then by urgency, then by which leads a card."""
        ordered = sorted(
            self.library.criteria.values(),
            key=lambda one: (one.group != "red-flag", one.most_urgent.rank, one.lead),
        )
        return tuple(self.summary(one) for one in ordered)

    def summary(self, criterion: Criterion) -> Summary:
        """One line of the overview."""
        off = self.library.switched_off(criterion.id)
        quiet = self.library.silenced(criterion.id)
        signed = self._signed(criterion)
        return Summary(
            id=criterion.id,
            title=criterion.title,
            about=criterion.about,
            version=criterion.version,
            urgency=str(criterion.most_urgent),
            group=criterion.group,
            signed_off=signed is not None,
            sign_off=signed,
            switched_off=off is not None,
            switched_off_because=off.why if off else None,
            silent=quiet is not None,
            silent_because=quiet.why if quiet else None,
            site_changes=tuple(
                moved(one, self.wording, self.library.words.site.names)
                for one in self.library.changes(criterion.id)
            ),
            link=f"{self.base_url}/criteria/{criterion.id}",
        )

    def account(self, name: str) -> Account:
        """The whole account of one criterion. Raises KeyError where there is none."""
        criterion = self.library.criteria[name]
        asked = self._asked(criterion)
        steps, lowers = self._steps(criterion), self._lowers(criterion)
        sources = cited(criterion, self.library.sources)
        dates = history(criterion.id, self.library.version, self._entries)
        return Account(
            summary=self.summary(criterion),
            excludes=criterion.excludes,
            tiers=steps,
            parts=self._parts(criterion, steps, lowers),
            numbers=self._register(criterion).numbers((criterion.id, *asked)),
            lowers=lowers,
            work_up=self._work_up(criterion),
            quiet=tuple(self._quiet(criterion)),
            confirmed_by=self._confirmed_by(criterion),
            ask=tuple(self._to_ask(one) for one in criterion.ask),
            sources=sources,
            attributes=self._attributes(criterion, asked, dates.told),
            findings=tuple(asked_of(self.library.findings[one]) for one in asked),
            value_sets=self._value_sets(asked),
            examples=tuple(map(self._shower().show, criterion.examples)),
            dates=dates,
            knowledge_version=self.library.version,
        )

    def _signed(self, criterion: Criterion) -> Signed | None:
        given = self.library.sign_off(criterion.id)
        if given is None:
            return None
        date = given.date.isoformat()
        return Signed(who=given.who, role=given.role, date=date, version=given.version)

    def _asked(self, criterion: Criterion) -> tuple[str, ...]:
        """The findings that a criterion asks, by title."""
        findings = self.library.findings
        names = findings_of(criterion, findings)
        return tuple(sorted(names, key=lambda name: findings[name].title.casefold()))

    def _teller(self, criterion: Criterion) -> Teller:
        library = self.library
        return teller(criterion, library.findings, library.parameter, self.wording, self.titles)

    def _steps(self, criterion: Criterion) -> tuple[Step, ...]:
        tell = self._teller(criterion).tell
        return tuple(
            Step(
                urgency=str(tier.urgency),
                when=tell(tier.when),
                card=self._card(tier.card, self._clock(criterion, tier)),
                clock=self._clock(criterion, tier),
                in_words=tier.in_words,
            )
            for tier in criterion.tiers
        )

    def _quiet(self, criterion: Criterion) -> Iterator[Kept]:
        said = {one.code: one.display for one in self.library.words.reasons}
        for urgency, quiet in criterion.quiet.items():
            length = self.wording.limit(self.library.parameter(criterion.id, quiet.for_))
            reasons = tuple(said[code] for code in quiet.reasons)
            yield Kept(urgency=str(urgency), length=length, becomes=quiet.becomes, reasons=reasons)

    def _clock(self, criterion: Criterion, tier: Tier) -> str | None:
        if tier.clock is None:
            return None
        return self.wording.limit(self.library.parameter(criterion.id, tier.clock))

    def _card(self, words: CardWords, clock: str | None) -> Card:
        def fill(text: str) -> str:
            where = self.wording.where
            return text.replace("{clock}", clock or "").replace("{where}", where)

        return Card(
            summary=fill(words.summary),
            in_hospital=fill(words.in_hospital) if words.in_hospital else None,
            do=tuple(map(fill, words.do)),
            do_in_hospital=tuple(map(fill, words.do_in_hospital)),
            order=tuple(self.library.orders[name].label for name in words.order),
            mind=tuple(map(fill, words.mind)),
        )

    def _lowers(self, criterion: Criterion) -> tuple[Lower, ...]:
        tell = self._teller(criterion).tell
        return tuple(self._lower(one, tell(one.when)) for one in criterion.lowers)

    def _lower(self, one: Lowering, when: Node) -> Lower:
        return Lower(
            because=one.because,
            to=str(one.to),
            kind=one.kind,
            when=when,
            part=self.wording.spelt(one.part) if one.part else None,
            card=self._card(one.card, None) if one.card else None,
        )

    def _confirmed_by(self, criterion: Criterion) -> Node | None:
        """What says later that a suspicion was right."""
        clause = criterion.confirmed_by
        return self._teller(criterion).tell(clause) if clause else None

    def _work_up(self, criterion: Criterion) -> str | None:
        """What an order or a report since then does, where the card asks for a scan."""
        names = {name for tier in criterion.tiers for name in tier.card.order}
        scans = names & set(self.library.work_up.scan_of)
        return self.library.work_up.file.about if scans else None

    def _parts(
        self, criterion: Criterion, steps: tuple[Step, ...], lowers: tuple[Lower, ...]
    ) -> tuple[Term, ...]:
        """The named parts to which a clause points, and those that something explains away."""
        named = {one.part for one in criterion.lowers if one.part}
        for tree in (*(one.when for one in steps), *(one.when for one in lowers)):
            named |= named_outside(tree)
        tell = self._teller(criterion).tell
        return tuple(
            Term(part=name, words=self.wording.spelt(name), when=tell(clause))
            for name, clause in criterion.define.items()
            if name in named
        )

    def _register(self, criterion: Criterion) -> Register:
        library = self.library
        changes = library.changes(criterion.id)
        return Register(
            library.tables(),
            library.parameter,
            library.sources,
            changes,
            self.wording,
            library.words.site.names,
        )

    def _to_ask(self, name: str) -> ToAsk:
        finding = self.library.findings[name]
        return ToAsk(finding=name, words=finding.ask or finding.title)

    def _attributes(
        self, criterion: Criterion, asked: tuple[str, ...], dates: tuple[str, ...]
    ) -> tuple[Attributed, ...]:
        library = self.library
        sources = tuple(library.sources[one.id] for one in criterion.sources)
        return attributes_of(
            Subject(
                criterion, asked, library.findings, sources, library.parameter, self.wording, dates
            )
        )

    def _value_sets(self, asked: tuple[str, ...]) -> tuple[Listed, ...]:
        names = [name for one in asked for name in sets_of(self.library.findings[one])]
        return listed(names, self.library.valuesets)

    def _shower(self) -> Shower:
        return Shower(self.library.findings, self.titles, self.wording)
