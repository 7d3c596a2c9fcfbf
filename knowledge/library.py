"""The library: all knowledge files, checked together and compiled once at the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from knowledge.apart import Round
from knowledge.card_files import Orders, Words, load_orders, load_words
from knowledge.cautions import NAME as CAUTIONS
from knowledge.cautions import Cautions, CautionsFile
from knowledge.chart.decode import Decoded
from knowledge.checks.references import Files, check_references
from knowledge.codelists import ValueSets, load_valuesets
from knowledge.evaluation import SITE, Evaluation, Evidence, Judged
from knowledge.failing import ANCHOR, SCREEN, Apart
from knowledge.filling import filled
from knowledge.giving_up import GoOn, asking, simply
from knowledge.language.clauses import Scope, compile_clause
from knowledge.language.criteria import (
    Compiled,
    compile_criterion,
    evidence_of,
    is_confirmed,
    judge,
)
from knowledge.language.facts import Facts
from knowledge.language.files import Document, Fault, KnowledgeError, parse, read
from knowledge.language.outcome import Check, Known, Outcome, Proof, Situation, once
from knowledge.language.schema import (
    Asked,
    ChartNumbers,
    Criterion,
    Finding,
    Parameter,
    Parameters,
    Question,
    Source,
    Urgency,
)
from knowledge.language.strata import in_order
from knowledge.language.truth import Truth
from knowledge.order_checks import FILE as ORDER_CHECKS_FILE
from knowledge.order_checks import NAME as ORDER_CHECKS
from knowledge.order_checks import OrderChecks, OrderChecksFile
from knowledge.quieting import Quieting
from knowledge.reading.reader import Chart, ChartReader
from knowledge.silence import marked
from knowledge.site.loading import load_site
from knowledge.site.model import Change, SignOff, Silenced, Site, SwitchedOff
from knowledge.site.reach import changes_by_criterion
from knowledge.site.shipped import Shipped
from knowledge.text import load_cues
from knowledge.work_up import NAME as WORK_UP
from knowledge.work_up import Rules
from knowledge.work_up_file import FILE, WorkUpFile

FOLDER = Path(__file__).parent
"""The knowledge that comes with the software."""

NO_EVIDENCE: tuple[Evidence, ...] = ()
NO_PROOFS: tuple[Proof, ...] = ()

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that is known, ready to judge. `documents` are the files by their id.

    Those of findings and sources stand under `findings/<id>` and `sources/<id>`.
    """

    version: str
    criteria: Mapping[str, Criterion]
    findings: Mapping[str, Finding]
    sources: Mapping[str, Source]
    valuesets: ValueSets
    orders: Orders
    words: Words
    chart: ChartNumbers
    documents: Mapping[str, Document]
    compiled: tuple[Compiled, ...]
    reader: ChartReader
    anchor: Check
    screen: tuple[Check, ...]
    work_up: Rules
    cautions: Cautions
    order_checks: OrderChecks
    quieting: Quieting
    site: Site | None = None
    changed: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder that it was read from."""
        return self.documents["chart"].path.parent

    def sign_off(self, criterion_id: str) -> SignOff | None:
        """The site's newest sign-off of exactly the criterion's current version."""
        version = self.criteria[criterion_id].version
        given = [
            one
            for one in (self.site.sign_offs if self.site else ())
            if one.criterion == criterion_id and one.version == version
        ]
        return max(given, key=lambda one: one.date, default=None)

    def changes(self, criterion_id: str) -> tuple[Change, ...]:
        """What the site moved of the numbers that a criterion uses, its findings' included."""
        return self.changed.get(criterion_id, ())

    def switched_off(self, criterion_id: str) -> SwitchedOff | None:
        """That the site has switched a criterion off, with its reason."""
        return self.site.off.get(criterion_id) if self.site else None

    def silenced(self, criterion_id: str) -> Silenced | None:
        """That no card of the site speaks of a criterion, with its reason."""
        return self.site.silent.get(criterion_id) if self.site else None

    def scan(self, orders: Sequence[str]) -> str | None:
        """What the scan is called that these orders ask for: `MRI`; that of the first one."""
        scan_of = self.work_up.scan_of
        return next((scan_of[name].words for name in orders if name in scan_of), None)

    def parameter(self, file: str, name: str) -> Parameter:
        """The number that a name stands for in a file, wherever it is told."""
        return resolve(self.tables(), file, name)

    def tables(self) -> Mapping[str, Parameters]:
        """All named numbers by the file that tells them."""
        own = {WORK_UP: self.work_up.file.parameters, CAUTIONS: self.cautions.file.parameters}
        return tables(self.criteria, self.findings, self.chart.parameters) | own

    def judge(
        self,
        decoded: Decoded,
        *,
        patient_id: str | None,
        now: datetime,
        supplied: frozenset[str],
        encounter_id: str | None = None,
        go_on: GoOn = simply,
    ) -> Evaluation:
        """The evaluation of one chart at a moment, whose time zone is the site's.

        `go_on` is called for every resource and every criterion.

        Raises:
            GivenUp: `go_on` did.
        """
        zone = now.tzinfo if isinstance(now.tzinfo, ZoneInfo) else ZoneInfo("UTC")
        chart = Chart(decoded, patient_id, encounter_id, supplied)
        return self.evaluate(self.reader.read(chart, now, zone, go_on), now, go_on)

    def judge_one(self, compiled: Compiled, facts: Facts, met: Mapping[str, Urgency]) -> Judged:
        """One criterion's result beside others that are met."""
        again = partial(judge, compiled, met=dict(met))
        return self.work_up.settle(again(facts), facts, again)

    def evaluate(self, facts: Facts, now: datetime, go_on: GoOn = simply) -> Evaluation:
        """The evaluation of facts that were read, or written as an example.

        What breaks costs its own part alone, and is told in `Evaluation.failed`.
        """
        apart = Apart()
        situation = Situation(facts, Urgency.EMERGENCY)
        found = apart.do(ANCHOR, lambda: self.anchor(situation).proofs, NO_PROOFS)
        anchors = evidence_of(found)
        missing = self._unanswered(situation, apart) if anchors else ()
        paediatric = facts.age is not None and facts.age < self._adult
        judged = self.judge_facts(facts, go_on=go_on)
        noted = [apart.do(CAUTIONS, one, None, needed=False) for one in self.cautions.each(facts)]
        needless = apart.do(
            CAUTIONS, lambda: self.order_checks.needless(facts), NO_EVIDENCE, needed=False
        )
        confirmed = self._confirmed(facts, apart)
        failed = [*facts.failed, *(one.failed for one in judged if one.failed), *apart]
        return Evaluation(
            as_of=now.isoformat(),
            knowledge_version=self.version,
            criteria=self._marked(map(emergencies_only, judged) if paediatric else judged),
            ignored=facts.ignored,
            incomplete=facts.incomplete,
            age=facts.age,
            deceased=facts.deceased,
            setting=facts.setting,
            setting_since=facts.setting_since,
            anchors=anchors,
            anchor_facts=tuple(proof.fact for proof in found),
            screen_missing=missing,
            paediatric=paediatric,
            cautions=tuple(one for one in noted if one),
            needless=needless,
            failed=tuple(failed),
            confirmed=confirmed,
        )

    def _marked(self, judged: Iterable[Judged]) -> tuple[Judged, ...]:
        return tuple(marked(one) if self.silenced(one.criterion.id) else one for one in judged)

    def _confirmed(self, facts: Facts, apart: Apart) -> tuple[str, ...]:
        """The criteria that the chart confirms, by id; one that breaks costs no other answer."""
        shared: Known = {}
        found = {
            one.criterion.id
            for one in self.compiled
            if not self.switched_off(one.criterion.id)
            and apart.do(
                one.criterion.id, partial(is_confirmed, one, facts, shared), False, needed=False
            )
        }
        return tuple(name for name in self.criteria if name in found)

    def _unanswered(self, situation: Situation, apart: Apart) -> tuple[str, ...]:
        """The questions of the screen that are open; one that breaks is open, too."""
        open_ = [
            apart.do(SCREEN, partial(check, situation), Outcome(Truth.UNKNOWN, missing=(name,)))
            for name, check in zip(self.chart.screen, self.screen, strict=True)
        ]
        return once(name for one in open_ for name in one.missing)

    @property
    def _adult(self) -> float:
        """The age from which all criteria are meant."""
        return self.parameter("chart", "adult").amounts[0].value

    def judge_facts(
        self,
        facts: Facts,
        already: Mapping[str, Urgency] | None = None,
        go_on: GoOn = simply,
    ) -> tuple[Judged, ...]:
        """Every criterion's result, in the library's order (by id); one that breaks is unknown."""
        running = Round(self.work_up, facts, dict(already or {}))
        results: dict[str, Judged] = {}
        for one in asking(go_on, self.compiled):
            if off := self.switched_off(one.criterion.id):
                results[off.criterion] = not_judged(one.criterion, off)
            else:
                results[one.criterion.id] = running.judge(one)
        return tuple(results[name] for name in self.criteria)


def emergencies_only(judged: Judged) -> Judged:
    """What counts for a child: only criteria that can be an emergency (G12 of the criteria)."""
    if not judged.met or judged.criterion.most_urgent is Urgency.EMERGENCY:
        return judged
    because = (*judged.because, "for a child only emergencies are judged")
    return Judged(judged.criterion, "not-met", evidence=judged.evidence, because=because)


def not_judged(criterion: Criterion, off: SwitchedOff) -> Judged:
    """What a criterion says that the site has switched off: nothing, and for which reason."""
    why = f"switched off at this site: {off.why}" if off.why else "switched off at this site"
    return Judged(criterion, "not-met", held_back_by=(SITE,), reasons=(why,))


def tables(
    criteria: Mapping[str, Criterion], findings: Mapping[str, Finding], chart: Parameters
) -> dict[str, Parameters]:
    """All named numbers by the file that tells them."""
    found = {one.id: one.parameters for one in findings.values()}
    found |= {one.id: one.parameters for one in criteria.values()}
    return found | {"chart": chart}


def resolve(numbers: Mapping[str, Parameters], file: str, name: str) -> Parameter:
    """The number that a name stands for. Raises LookupError where it leads nowhere."""
    for _ in numbers:
        parameter = numbers[file][name]
        if parameter.same_as is None:
            return parameter
        file, name = parameter.same_as.split(".")
    raise LookupError(f"{file}.{name} points in a circle")


def load_library(
    folder: Path = FOLDER, site: Path | None = None, today: date | None = None
) -> Library:
    """Read, check and compile a knowledge folder, with what a site has set.

    Args:
        folder: the knowledge.
        site: the site's own folder.
        today: the day of the start, after which no sign-off can be dated.

    Raises:
        KnowledgeError: with every fault; SiteError where they are the site's.
    """
    faults: list[Fault] = []
    documents: dict[str, Document] = {}
    findings = _folder(folder / "findings", Finding, documents, faults)
    criteria = _folder(folder / "criteria", Criterion, documents, faults)
    sources = _folder(folder / "sources", Source, documents, faults)
    chart = _collect(faults, lambda: _one(folder / "chart.yaml", ChartNumbers, documents))
    valuesets = _collect(faults, lambda: load_valuesets(folder / "valuesets"))
    orders = _collect(faults, lambda: load_orders(folder))
    words = _collect(faults, lambda: load_words(folder))
    work_up = _collect(faults, lambda: _one(folder / FILE, WorkUpFile, documents))
    cautions = _collect(faults, lambda: _one(folder / "cautions.yaml", CautionsFile, documents))
    checks = _collect(faults, lambda: _one(folder / ORDER_CHECKS_FILE, OrderChecksFile, documents))
    if faults or chart is None or valuesets is None or orders is None or words is None:
        raise KnowledgeError(faults)
    if work_up is None or cautions is None or checks is None:
        raise KnowledgeError(faults)
    numbers = tables(criteria, findings, chart.parameters)
    numbers |= {WORK_UP: work_up.parameters, CAUTIONS: cautions.parameters}
    numbers |= {ORDER_CHECKS: checks.parameters}
    files = Files(
        documents, criteria, findings, sources, valuesets, orders, chart, work_up, cautions, checks,
        numbers, words.lasting,
    )  # fmt: skip
    faults = check_references(files)
    if faults:
        raise KnowledgeError(faults)
    told = Shipped(folder, criteria, findings, chart, valuesets, orders, words, numbers)
    own, told = (None, told) if site is None else load_site(site, told, today)
    findings, chart, numbers = told.findings, told.chart, told.numbers
    valuesets, orders, words = told.valuesets, told.orders, told.words
    leaves: dict[str, Check] = {}
    number = partial(resolve, numbers)
    criteria = filled(told.criteria, documents, number)
    compiled = tuple(
        compile_criterion(criteria[name], findings, number, leaves) for name in in_order(criteria)
    )
    scope = Scope("chart", findings, number, leaves=leaves)
    return Library(
        site=own,
        changed=changes_by_criterion(own, compiled, findings) if own else {},
        version=(folder / "VERSION").read_text(encoding="utf-8").strip(),
        criteria=criteria,
        findings=findings,
        sources=sources,
        valuesets=valuesets,
        orders=orders,
        words=words,
        chart=chart,
        documents=documents,
        compiled=compiled,
        reader=_reader(folder, findings, chart.parameters, valuesets, numbers),
        anchor=compile_clause(Asked(name=chart.anchor, question=Question(within="chronic")), scope),
        screen=tuple(compile_clause(_answered(name), scope) for name in chart.screen),
        work_up=Rules.of(work_up, orders, number),
        cautions=Cautions.of(cautions, findings, number),
        order_checks=OrderChecks.of(checks, findings, number),
        quieting=Quieting.of(findings, words, chart, number),
    )


def _answered(name: str) -> Asked:
    """Whether a question of the screen was answered with no, lately."""
    return Asked(name=name, question=Question(answer="absent", recorded_within="screen"))


def _reader(
    folder: Path,
    findings: Mapping[str, Finding],
    chart: Parameters,
    valuesets: ValueSets,
    numbers: Mapping[str, Parameters],
) -> ChartReader:
    cues = load_cues(folder / "text" / "cues.yaml")
    steps = {
        one.id: resolve(numbers, one.id, one.measure.worse.by)
        for one in findings.values()
        if one.measure and one.measure.worse
    }
    return ChartReader.of(findings, chart, steps, valuesets, cues)


Named = TypeVar("Named", Finding, Criterion, Source)


def _folder(
    folder: Path, shape: type[Named], documents: dict[str, Document], faults: list[Fault]
) -> dict[str, Named]:
    found: dict[str, Named] = {}
    for path in sorted(folder.glob("*.yaml")):
        one = _collect(faults, partial(_one, path, shape, documents))
        if one is None:
            continue
        if one.id != path.stem:
            what = f"{one.id} is not the file's name {path.stem}"
            faults.append(_document(documents, path).fault(("id",), what))
        found[one.id] = one
    return found


def _one(path: Path, shape: type[Shape], documents: dict[str, Document]) -> Shape:
    document = read(path)
    documents[_name(path)] = document
    return parse(document, shape)


def _name(path: Path) -> str:
    """Findings and sources may bear a criterion's name: they are kept under their folder's."""
    folder = path.parent.name
    return f"{folder}/{path.stem}" if folder in ("findings", "sources") else path.stem


def _document(documents: Mapping[str, Document], path: Path) -> Document:
    return documents[_name(path)]


Result = TypeVar("Result")


def _collect(faults: list[Fault], load: Callable[[], Result]) -> Result | None:
    """The result, or None with its faults kept for the one list that is shown."""
    try:
        return load()
    except KnowledgeError as error:
        faults += error.faults
    except ValueError as error:
        faults.append(Fault("", 1, "", str(error)))
    return None
