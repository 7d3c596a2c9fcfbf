"""What cards are made of besides criteria: `orders.yaml` and `words.yaml`, shapes and loaders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from knowledge.chart.dates import seconds
from knowledge.evaluation import NewsKind
from knowledge.language.files import parse, read
from knowledge.language.schema import Name, Shape, Urgency

ORDERS = "orders.yaml"
WORDS = "words.yaml"

Text = Annotated[str, Field(min_length=1)]


def filled_with(*names: str) -> AfterValidator:
    """A check that a sentence has exactly these places to fill in."""

    def check(text: str) -> str:
        found = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        if found != set(names):
            raise ValueError(f"has {_places(found)} and should have {_places(names)}")
        return text

    return AfterValidator(check)


def _places(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "nothing to fill in"


class Coding(Shape):
    """A code of an order. Never CPT: a site brings its own."""

    system: Literal["http://snomed.info/sct", "http://loinc.org"]
    code: str = Field(pattern=r"^[0-9]+(-[0-9])?$")
    display: Text


class Concept(Shape):
    """What is ordered, in words and in the codes that say the same."""

    text: Text
    codings: tuple[Coding, ...] = ()


Kind = Literal["referral", "imaging", "laboratory", "bedside"]
Priority = Literal["routine", "urgent", "asap", "stat"]
PRIORITIES: tuple[str, ...] = get_args(Priority)
"""How soon an order is to be done, the slowest first (FHIR's request-priority)."""


class Order(Shape):
    """One thing that a card can offer as a draft, ready to sign.

    `covers`: the orders that are not needed beside this one. `scan`: the scan of `work-up.yaml`
    that it asks for. `uses`: what a caution can concern.
    `brings_steps`: its criterion's steps stand on the card even where another criterion leads.
    `outside_hospital_only`: left out for somebody who is in the ER or on a ward already.
    """

    id: Name
    kind: Kind
    label: Text
    description: Text
    priority: Priority
    code: Concept
    contrast: Text | None = None
    covers: tuple[Name, ...] = ()
    scan: Name | None = None
    uses: tuple[Literal["mri", "gadolinium"], ...] = ()
    brings_steps: bool = False
    outside_hospital_only: bool = False
    note: Text | None = None


class Orders(Shape):
    """All orders, in the order in which a card offers them within their kind."""

    categories: dict[Kind, Concept]
    orders: tuple[Order, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> Orders:
        names = [order.id for order in self.orders]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two orders are named {', '.join(twice)}")
        for order in self.orders:
            if strange := [name for name in order.covers if name not in names]:
                raise ValueError(f"{order.id} covers unknown orders: {', '.join(strange)}")
            if order.id in self.covered_by(order.id):
                raise ValueError(f"{order.id} covers itself")
            if order.kind not in self.categories:
                raise ValueError(f"there is no category for {order.kind}")
        return self

    def __contains__(self, name: object) -> bool:
        return any(order.id == name for order in self.orders)

    def __getitem__(self, name: str) -> Order:
        for order in self.orders:
            if order.id == name:
                return order
        raise KeyError(name)

    def names(self) -> Iterator[str]:
        """The ids of all orders."""
        return (order.id for order in self.orders)

    def covered_by(self, name: str) -> frozenset[str]:
        """Every order that is not needed beside this one, by whatever way."""
        found: set[str] = set()
        open_ = [name]
        while open_:
            for other in self[open_.pop()].covers:
                if other not in found:
                    found.add(other)
                    open_.append(other)
        return frozenset(found)


class Limits(Shape):
    """How much a card shows. `summary`, `text` and `reference` are lengths in characters."""

    summary: PositiveInt
    text: PositiveInt
    reference: PositiveInt
    found: PositiveInt
    steps: PositiveInt
    questions: PositiveInt
    mind: PositiveInt
    cautions: PositiveInt
    evidence: PositiveInt


class Headings(Shape):
    """What stands in bold before each part of a card."""

    found: Text
    on_record: Text
    do: dict[Urgency, Text]
    within: Annotated[str, filled_with("clock")]
    ask: Text
    also: Text
    not_cause: Text
    mind: Text

    @model_validator(mode="after")
    def _every_urgency(self) -> Headings:
        if missing := [str(one) for one in Urgency if one not in self.do]:
            raise ValueError(f"do has no heading for {', '.join(missing)}")
        return self


class Marks(Shape):
    """What stands behind something found."""

    suspected: Text
    preliminary: Text
    from_text: Text
    worse: Text
    contradicted: Annotated[str, filled_with("by")]
    since: Annotated[str, filled_with("date")]
    no_date: Text
    more: Annotated[str, filled_with("count")]


Part = Literal["reading", "anchor", "screen", "cautions", "cards"]
"""What can break beside a criterion: the ids of knowledge/failing.py."""


class Mind(Shape):
    """What is uncertain about the patient or the data."""

    suspected: Text
    preliminary: Text
    contradicted: Text
    undated: Text
    incomplete: Annotated[str, filled_with("which")]
    child: Text
    age_unknown: Text
    explained: Annotated[str, filled_with("because")]


class Incomplete(Shape):
    """What is said of an evaluation that is not whole: `lists` by prefetch key, `parts` by id."""

    note: Annotated[str, filled_with("what")]
    lists: dict[Literal["conditions", "observations"], Text]
    gaps: Annotated[str, filled_with("lists")]
    failed: Annotated[str, filled_with("count", "all", "titles")]
    settled: Annotated[str, filled_with("titles")]
    parts: dict[Part, Text]
    join: Text
    orders_unknown: Text

    @model_validator(mode="after")
    def _every_part(self) -> Incomplete:
        if missing := [one for one in get_args(Part) if one not in self.parts]:
            raise ValueError(f"parts has no words for {', '.join(missing)}")
        return self


class SingleSign(Shape):
    """How often a single red flag is there in those who have the disease (sensitivity)."""

    low: float = Field(gt=0, lt=1)
    high: float = Field(gt=0, lt=1)
    basis: Name
    sentence: Annotated[str, filled_with("low", "high")]


class Settings(Shape):
    """Where the patient is already, by the class of the encounter (v3-ActCode)."""

    classes: dict[str, Text]
    other: Text
    here: Annotated[str, filled_with("setting")]
    here_since: Annotated[str, filled_with("setting", "since")]


class Topic(Shape):
    """A code and its words."""

    code: str = Field(pattern=r"^[a-z0-9]+$", max_length=100)
    display: Text


class Missing(Shape):
    """The card that says what is not documented. `anchors` are the short words of findings."""

    summary: Annotated[str, filled_with("anchors")]
    anchors: dict[Name, Text]
    other: Text
    join: str
    then: Text
    then_in_hospital: Text
    topic: Topic
    criterion: Name


class Length(Shape):
    """How long, and where that comes from."""

    value: PositiveInt
    unit: Text
    basis: Name

    @property
    def seconds(self) -> float:
        """In seconds; the unit was checked."""
        found = seconds(self.value, self.unit)
        assert found is not None
        return found

    @model_validator(mode="after")
    def _is_a_duration(self) -> Length:
        if seconds(self.value, self.unit) is None:
            raise ValueError(f"is no duration: {self.unit}")
        return self


class DischargeTopic(Shape):
    """What makes a criterion's topic another one at discharge."""

    suffix: str = Field(pattern=r"^[a-z0-9]+$")
    display: Annotated[str, filled_with("title")]


class SafetyNet(Shape):
    """What a patient who goes home has to know. `basis`: the sources of `tell`."""

    summary: Text
    heading: Text
    tell: tuple[Text, ...] = Field(min_length=1)
    basis: tuple[Name, ...] = Field(min_length=1)
    source: Annotated[str, filled_with("sources")]
    topic: Topic


class Discharge(Shape):
    """What is said before a patient leaves.

    `awaited`: the longest clock of an urgent scan that a discharge waits for. `screen_for`: the
    anchors that make the cauda equina screen worth asking for.
    """

    hold: Annotated[str, filled_with("text")]
    before: Annotated[str, filled_with("text")]
    none: Annotated[str, filled_with("title", "scan")]
    none_urgent: Annotated[str, filled_with("summary", "scan")]
    unreported: Annotated[str, filled_with("title", "scan", "when")]
    unreported_do: Annotated[str, filled_with("scan", "call")]
    unread: Annotated[str, filled_with("title", "scan")]
    awaited: Length
    topic: DischargeTopic
    screen_for: tuple[Name, ...] = Field(min_length=1)
    screen_topic: Topic
    safety_net: SafetyNet


class Draft(Shape):
    """What a draft order says of itself."""

    found: Annotated[str, filled_with("found")]
    criterion: Annotated[str, filled_with("id", "version")]
    origin: Annotated[str, filled_with("criteria", "knowledge")]


_ORDER = ("title", "order", "scan")


class Acknowledged(Shape):
    """The first line where the right scan is ordered."""

    emergency: Annotated[str, filled_with("title", "scan", "when", "where")]
    urgent: Annotated[str, filled_with("title", "scan", "when")]


class Escalated(Shape):
    """The first line where an order is there and not enough."""

    emergency: Annotated[str, filled_with(*_ORDER, "now")]
    urgent: Annotated[str, filled_with(*_ORDER)]


Why = Literal[
    "status", "priority", "before", "undated", "place", "region", "not-in-force", "unread"
]


class WorkUpWords(Shape):
    """What cards say of orders and reports since the red flag (rule G9)."""

    acknowledged: Acknowledged
    excluded: Annotated[str, filled_with("title", "when")]
    treated: Annotated[str, filled_with("title", "when")]
    worse: Annotated[str, filled_with("call")]
    again: Annotated[str, filled_with("call")]
    overdue: Annotated[str, filled_with("title", "scan", "due")]
    overdue_do: Annotated[str, filled_with("call", "scan", "when")]
    shown: Annotated[str, filled_with("title", "call")]
    shown_do: Annotated[str, filled_with("call", "when")]
    not_enough: Escalated
    since: Escalated
    now: Text
    now_in_hospital: Text
    undated: Annotated[str, filled_with("title", "scan", "when")]
    send: Annotated[str, filled_with("title", "scan", "when")]
    order: Annotated[str, filled_with("kind", "scan", "when")]
    order_undated: Annotated[str, filled_with("kind", "scan")]
    any_scan: Text
    heading: Text
    report_heading: Text
    enough: Text
    settles: Text
    late: Annotated[str, filled_with("due")]
    lacking: Annotated[str, filled_with("why")]
    in_hand: Annotated[str, filled_with("title")]
    why: dict[Why, Text]

    @model_validator(mode="after")
    def _every_reason(self) -> WorkUpWords:
        if missing := [one for one in get_args(Why) if one not in self.why]:
            raise ValueError(f"why has no words for {', '.join(missing)}")
        return self


class QuietingWords(Shape):
    """What cards say of an earlier override. `since`: what is new, by kind; `named`: of findings.

    `summary` and `line` are for a card that is kept as information, `again` for one that speaks.
    """

    summary: Annotated[str, filled_with("title", "when", "reason")]
    line: Annotated[str, filled_with("when", "reason", "until")]
    act: Annotated[str, filled_with("summary")]
    again: Annotated[str, filled_with("when", "reason", "since")]
    title: Annotated[str, filled_with("title")]
    since: dict[NewsKind, Text]
    join: str

    @model_validator(mode="after")
    def _every_kind(self) -> QuietingWords:
        if missing := [one for one in get_args(NewsKind) if one not in self.since]:
            raise ValueError(f"since has no words for {', '.join(missing)}")
        return self


class SiteWords(Shape):
    """What cards and drafts say where a site has set something."""

    version_signed: Annotated[str, filled_with("version", "role", "date")]
    moved: Annotated[str, filled_with("numbers")]
    number: Annotated[str, filled_with("name", "now", "was")]
    names: dict[Name, Text]
    phone: Text
    signed: Annotated[str, filled_with("id", "version")]
    unsigned: Annotated[str, filled_with("id", "version")]
    origin: Annotated[str, filled_with("criteria", "knowledge")]


OccasionName = Literal[
    "emergency", "urgent", "soon", "routine", "missing",
    "discharge-emergency", "discharge-urgent", "safety-net", "order",
]  # fmt: skip


class Reason(Shape):
    """A reason to set a card aside. `hl7`: the code is one of HL7's non-adherence reasons.

    `lasting`: it holds tomorrow, too, so that the card stays quiet while nothing is new.
    """

    code: Name
    hl7: bool = False
    lasting: bool = False
    display: Text
    on: tuple[OccasionName, ...] = Field(min_length=1)
    outside_hospital_only: bool = False


class Systems(Shape):
    """The code systems of a card's topics and reasons."""

    topic: Text
    reason: Text
    hl7_reason: Text


class Words(Shape):
    """The words that all cards share."""

    limits: Limits
    months: tuple[Text, ...] = Field(min_length=12, max_length=12)
    units: dict[str, Text]
    headings: Headings
    marks: Marks
    mind: Mind
    incomplete: Incomplete
    single_sign: SingleSign
    one_scan: Annotated[str, filled_with("wider")]
    source: Annotated[str, filled_with("source")]
    version: Annotated[str, filled_with("version")]
    label: Text
    how: Text
    settings: Settings
    missing: Missing
    work_up: WorkUpWords
    discharge: Discharge
    draft: Draft
    site: SiteWords
    quieting: QuietingWords
    systems: Systems
    reasons: tuple[Reason, ...]

    @model_validator(mode="after")
    def _reasons_are_told_apart(self) -> Words:
        codes = [reason.code for reason in self.reasons]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"reasons: {', '.join(twice)} stands twice")
        return self

    @property
    def lasting(self) -> frozenset[str]:
        """The codes of the reasons that hold tomorrow, too."""
        return frozenset(one.code for one in self.reasons if one.lasting)


def load_orders(folder: Path) -> Orders:
    """The orders of a knowledge folder. Raises KnowledgeError: file, line, place, what."""
    return parse(read(folder / ORDERS), Orders)


def load_words(folder: Path) -> Words:
    """The shared words of a knowledge folder. Raises KnowledgeError: file, line, place, what."""
    return parse(read(folder / WORDS), Words)
