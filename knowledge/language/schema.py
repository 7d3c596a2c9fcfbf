"""The shape of findings, criteria and sources: each described once, frozen, no unknown keys."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
"""An id: lower-case words with hyphens."""


class Shape(BaseModel):
    """What we own is frozen and refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Urgency(StrEnum):
    """How soon something has to happen; the card's indicator follows from it."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return _RANKS[self]


_RANKS = {urgency: place for place, urgency in enumerate(Urgency)}


class Amount(Shape):
    """A number with its UCUM unit (`1` where it has no dimension)."""

    value: float
    unit: str


class Range(Shape):
    """The lowest and the highest value in a unit."""

    lowest: float
    highest: float
    unit: str


class Bounds(Shape):
    """Between which values (in the number's own unit, ends included) a site may move it.

    `or_in`: the same bounds in the units of the number's own `or_in`.
    """

    lowest: float
    highest: float
    or_in: tuple[Range, ...] = ()


class Parameter(Shape):
    """A named number with unit and origin, or the place where that number stands.

    `or_in` holds the same limit in units that no conversion reaches (HbA1c % and mmol/mol).
    `step` is how far a check moves it to see whether an example notices. A site may move only
    what has `bounds`.
    """

    value: float | None = None
    unit: str | None = None
    or_in: tuple[Amount, ...] = ()
    basis: Name | None = None
    step: float | None = None
    bounds: Bounds | None = None
    note: str | None = None
    same_as: str | None = Field(default=None, pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")

    @model_validator(mode="after")
    def _either_a_number_or_a_place(self) -> Parameter:
        own = (self.value, self.unit, self.basis, self.step)
        if self.same_as is None and None in own:
            raise ValueError("a number needs value, unit, basis and step, or same_as")
        if self.same_as is not None and (
            any(x is not None for x in own) or self.or_in or self.bounds
        ):
            raise ValueError("same_as stands alone: the number is told where it points")
        return self

    @model_validator(mode="after")
    def _bounds_hold_the_number(self) -> Parameter:
        if self.bounds is None or self.value is None:
            return self
        if [one.unit for one in self.bounds.or_in] != [one.unit for one in self.or_in]:
            raise ValueError("bounds need the units of or_in, in the same order")
        for amount, span in zip(self.amounts, self.ranges, strict=True):
            if not span.lowest <= amount.value <= span.highest or span.lowest == span.highest:
                raise ValueError(f"the bounds in {span.unit} do not hold {amount.value:g}")
        return self

    @property
    def ranges(self) -> tuple[Range, ...]:
        """Between which values a site may move the limit, in each of its units."""
        if self.bounds is None or self.unit is None:
            return ()
        own = Range(lowest=self.bounds.lowest, highest=self.bounds.highest, unit=self.unit)
        return (own, *self.bounds.or_in)

    @property
    def amounts(self) -> tuple[Amount, ...]:
        """The limit in each of its units, the first one leading."""
        if self.value is None or self.unit is None:
            raise ValueError("unresolved parameter")
        return (Amount(value=self.value, unit=self.unit), *self.or_in)


class Answer(StrEnum):
    """What the chart answers to a finding's question."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Question(Shape):
    """How a clause asks for one finding. Each limit is a parameter's name."""

    answer: Literal["present", "absent"] = "present"
    within: str | None = None
    at_least_ago: str | None = None
    more_than_ago: str | None = None
    recorded_within: str | None = None
    worse_within: str | None = None
    worse: bool | None = None
    unchanged: bool | None = None
    undated: Literal["counts", "does-not-count"] = "counts"
    onset_stated: bool | None = None
    time: Literal["current", "past", "ever"] = "current"
    confirmed: bool | None = None
    site: tuple[Name, ...] = ()
    site_unstated: Literal["counts", "does-not-count"] = "does-not-count"
    side: Literal["both", "one", "left", "right"] | None = None
    sudden: bool | None = None
    complete: bool | None = None
    severity: tuple[Literal["mild", "moderate", "severe"], ...] = ()
    over: str | None = None
    at_least: str | None = None
    below: str | None = None
    at_most: str | None = None
    below_reference: bool | None = None
    above_reference: bool | None = None
    falls_by: str | None = None
    rises_by: str | None = None
    across: str | None = None
    apart: str | None = None
    after: Name | None = None
    after_by: str | None = None
    status: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    encounter_class: tuple[str, ...] = ()
    same_region_as: Name | None = None
    taken_for: str | None = None
    dose_at_least: str | None = None
    lasted_under: str | None = None
    lasted_at_least: str | None = None
    worst_after_at_least: str | None = None
    worst_after_at_most: str | None = None

    @property
    def limits(self) -> tuple[str, ...]:
        """Names of the parameters that this question uses."""
        return tuple(
            value for key in LIMITS if isinstance(value := getattr(self, key), str)
        )  # one list of keys for all who look


LIMITS = (
    "within", "at_least_ago", "more_than_ago", "recorded_within", "worse_within",
    "over", "at_least", "below", "at_most", "falls_by", "rises_by", "across", "apart",
    "taken_for", "dose_at_least", "lasted_under", "lasted_at_least",
    "worst_after_at_least", "worst_after_at_most", "after_by",
)  # fmt: skip


class Asked(Shape):
    """A clause that names a finding or a definition, and how it is asked."""

    name: Name
    question: Question = Question()


class Every(Shape):
    """All clauses hold."""

    all: tuple[Clause, ...] = Field(min_length=1)


class Some(Shape):
    """At least one clause holds."""

    any: tuple[Clause, ...] = Field(min_length=1)


class Negated(Shape):
    """The clause does not hold."""

    not_: Clause = Field(alias="not")


class Several(Shape):
    """At least `count` (a parameter) of the clauses hold."""

    count: str
    of: tuple[Clause, ...] = Field(min_length=2)


class CountOf(Shape):
    """`at_least: {count: two, of: [...]}`."""

    at_least: Several


class Age(Shape):
    """The patient's age in years, against parameters."""

    at_least: str | None = None
    under: str | None = None


class AgeIs(Shape):
    """`age: {at_least: sixty}`."""

    age: Age


class NoCriterion(Shape):
    """No criterion of these urgencies is met (and none of the named ones)."""

    urgency: tuple[Urgency, ...] = ()
    ids: tuple[Name, ...] = ()


class NoneMet(Shape):
    """`no_criterion: {urgency: [emergency, urgent]}`."""

    no_criterion: NoCriterion


class Unless(Shape):
    """Holds unless the clause is known to be so: what nobody recorded does not stand against it."""

    unless: Clause


_KINDS = ("all", "any", "not", "at_least", "age", "no_criterion", "unless")
"""The words that begin a clause which is no finding. They stand as tags in pydantic's places."""


def _clause(raw: Any) -> Any:
    """Turn `name` and `{name: {options}}` into what the models above say."""
    if isinstance(raw, str):
        return {"name": raw}
    if isinstance(raw, dict) and len(raw) == 1:
        ((key, value),) = raw.items()
        if key not in (*_KINDS, "name"):
            return {"name": key, "question": {} if value is None else value}
    return raw


def _kind(raw: Any) -> str | None:
    """Which of the models a clause is; None for what is no clause."""
    if isinstance(raw, Shape):
        return next((f"<{kind}>" for kind in _KINDS if _has(raw, kind)), "<asked>")
    if not isinstance(raw, dict):
        return None
    if "name" in raw:
        return "<asked>"
    return next((f"<{kind}>" for kind in _KINDS if set(raw) == {kind}), None)


def _has(shape: Shape, kind: str) -> bool:
    return any(kind in (name, field.alias) for name, field in type(shape).model_fields.items())


Clause = Annotated[
    Annotated[Asked, Tag("<asked>")]
    | Annotated[Every, Tag("<all>")]
    | Annotated[Some, Tag("<any>")]
    | Annotated[Negated, Tag("<not>")]
    | Annotated[CountOf, Tag("<at_least>")]
    | Annotated[AgeIs, Tag("<age>")]
    | Annotated[NoneMet, Tag("<no_criterion>")]
    | Annotated[Unless, Tag("<unless>")],
    Discriminator(
        _kind,
        custom_error_type="clause",
        custom_error_message="is no clause: name one finding, or one of " + ", ".join(_KINDS),
    ),
    BeforeValidator(_clause),
]

Parameters = dict[Name, Parameter]


class Way(Shape):
    """One way in which a chart can answer the finding's question.

    `codes`: the finding itself is coded (or, by the set's phrases, said).
    `exam`: a function is examined; its answers have the opposite polarity.
    `site`: what a generic code needs beside it; `together_with`, `unless`, `denies`: other sets
    that have to speak, may not speak, or have to be denied, in the same resource.
    """

    codes: tuple[Name, ...] = ()
    exam: tuple[Name, ...] = ()
    in_: tuple[str, ...] = Field(default=("Condition", "Observation"), alias="in")
    site: tuple[Name, ...] = ()
    together_with: tuple[Name, ...] = ()
    unless: tuple[Name, ...] = ()
    denies: tuple[Name, ...] = ()
    text: bool = True
    encounter_class: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _codes_or_exam(self) -> Way:
        if bool(self.codes) == bool(self.exam) and not self.encounter_class:
            raise ValueError("a way has either codes or an exam (or an encounter class)")
        return self


class Plausible(Shape):
    """A unit in which the measurement may come, and what a living body can have in it."""

    unit: str
    lowest: float
    highest: float


class Worse(Shape):
    """Which way is worse, and by how much it has to change to count (a parameter)."""

    direction: Literal["up", "down"]
    by: str


class Measure(Shape):
    """A measured quantity: its codes, units and bounds of the plausible.

    `exact`: only these units, never converted. `without_unit`: a bare number counts.
    `ordinal`: how graded answers such as "4+/5" are read as numbers.
    `text`: a number with a unit behind one of the phrases counts too.
    """

    codes: tuple[Name, ...] = Field(min_length=1)
    in_: tuple[str, ...] = Field(default=("Observation",), alias="in")
    units: tuple[Plausible, ...] = Field(min_length=1)
    exact: bool = False
    without_unit: bool = False
    ordinal: dict[str, float] = {}
    site: tuple[Name, ...] = ()
    basis: Name
    worse: Worse | None = None


class FindingExample(Shape):
    """A resource as an EHR writes it, and the answer that it gives to this finding.

    A Bundle holds several. `began` is the first day on which it can have begun.
    """

    name: str
    resource: dict[str, Any]
    expect: Literal["present", "absent", "unknown", "past", "suspected", "nothing"]
    ignored: str | None = None
    value: Amount | None = None
    site: tuple[Name, ...] = ()
    side: tuple[Literal["left", "right"], ...] = ()
    worse: bool | None = None
    began: str | None = None


class Unnoticed(Shape):
    """A change (as `knowledge coverage` names it) that no example can notice, and why."""

    change: str
    because: str


class Finding(Shape):
    """How a chart can answer one clinical question.

    `world` closed: what a supplied list does not hold is not there; open: what nobody
    recorded is unknown. `chronic`: undated on a problem list it gives at most a warning.
    `needs_list: false`: where its list was not supplied it counts as not there, since a criterion
    that can be met without it is not left open for want of it.
    Exactly one of `said_by`, `measure`, `any_of` and `when` says where the answer comes from.
    """

    id: Name
    title: str
    question: str
    ask: str | None = None
    world: Literal["open", "closed"]
    chronic: bool = False
    needs_list: bool = True
    said_by: tuple[Way, ...] = ()
    measure: Measure | None = None
    any_of: tuple[Name, ...] = ()
    when: Clause | None = None
    parameters: Parameters = {}
    unnoticed: tuple[Unnoticed, ...] = ()
    examples: tuple[FindingExample, ...] = ()

    @model_validator(mode="after")
    def _one_origin(self) -> Finding:
        origins = [self.said_by, self.measure, self.any_of, self.when]
        if sum(bool(origin) for origin in origins) != 1 and not (self.said_by and self.any_of):
            raise ValueError("needs exactly one of said_by, measure, any_of, when")
        return self


class Cited(Shape):
    """A source, where in it, and what it says in our words."""

    id: Name
    where: str
    says: str


class CardWords(Shape):
    """What the card says for a tier: what to do first, then why; and what to order.

    `safety_net`: who goes home with it is told which changes mean the ER.
    """

    summary: str = Field(max_length=139)
    in_hospital: str | None = Field(default=None, max_length=139)
    do: tuple[str, ...] = ()
    do_in_hospital: tuple[str, ...] = ()
    order: tuple[Name, ...] = ()
    mind: tuple[str, ...] = ()
    safety_net: bool = False


class Tier(Shape):
    """One urgency: when it is met, its clock (a parameter), and its words.

    `in_words` is its condition in a sentence, for the page of the criterion; `{acute}` in it is a
    parameter.
    """

    urgency: Urgency
    in_words: str | None = None
    when: Clause
    clock: str | None = None
    card: CardWords


class Lowering(Shape):
    """What explains a criterion (or one `part` of it) away, or lowers its urgency.

    Only what is sure lowers: confirmed, dated, wholly within its limits.
    `kind` is what the account says held it back.
    """

    part: Name | None = None
    when: Clause
    to: Urgency | Literal["none"]
    kind: Literal["explained-by", "work-up"] = "explained-by"
    because: str
    card: CardWords | None = None


class Example(Shape):
    """A patient in short, and what the criterion makes of it.

    `met` are other criteria that are met, at their most urgent or at `met_at`; `clock` is the
    card's ("4 h", or "none"), `says` a part of its summary. `confirmed`: whether `confirmed_by`
    holds.
    """

    name: str
    chart: tuple[str | dict[str, Any], ...] = ()
    age: float | None = None
    not_supplied: tuple[str, ...] = ()
    met: tuple[Name, ...] = ()
    met_at: Urgency | None = None
    expect: Literal["emergency", "urgent", "soon", "routine", "not-met", "unknown"]
    missing: tuple[Name, ...] | None = None
    held_back_by: tuple[str, ...] | None = None
    work_up: (
        Literal["acknowledged", "excluded", "treated", "overdue", "not-enough", "shown", "none"]
        | None
    ) = None
    clock: str | None = None
    says: str | None = None
    confirmed: bool | None = None


class SettledBy(Shape):
    """What answers a criterion that presses, where it is newer than all that made it met (G9).

    `reports`: findings of a report that excludes it. `operations`: findings of an operation.
    """

    reports: tuple[Name, ...] = ()
    operations: tuple[Name, ...] = ()


class Quiet(Shape):
    """For how long an override with a lasting reason keeps a card quiet, and what it becomes.

    `for` is a parameter; `becomes` information, or no card. `reasons`: the codes of the lasting
    reasons that count for this criterion; where none is named, all do.
    """

    for_: str = Field(alias="for")
    becomes: Literal["info", "no-card"]
    reasons: tuple[Name, ...] = ()


class Criterion(Shape):
    """When findings matter, how urgently, and what then. One file each.

    `confirmed_by`: what says later that a suspicion was right; it changes no answer and no card.
    `quiet`: what an override with a lasting reason does, by the urgency that is overridden.
    """

    id: Name
    version: int = Field(ge=1)
    title: str
    about: str
    group: Literal["red-flag", "cause"]
    lead: int = Field(ge=1)
    sources: tuple[Cited, ...] = Field(min_length=1)
    parameters: Parameters = {}
    define: dict[Name, Clause] = {}
    tiers: tuple[Tier, ...] = Field(min_length=1)
    lowers: tuple[Lowering, ...] = ()
    settled_by: SettledBy = SettledBy()
    confirmed_by: Clause | None = None
    quiet: dict[Urgency, Quiet] = {}
    ask: tuple[Name, ...] = ()
    excludes: Literal["single-sign", "none"] = "none"
    unnoticed: tuple[Unnoticed, ...] = ()
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _what_presses_is_never_without_a_card(self) -> Criterion:
        for urgency in (Urgency.EMERGENCY, Urgency.URGENT):
            if (found := self.quiet.get(urgency)) and found.becomes != "info":
                raise ValueError(f"quiet: {urgency} becomes info, never {found.becomes}")
        return self

    @property
    def comes_to(self) -> tuple[Urgency, ...]:
        """Every urgency that it can have: that of its tiers, and what lowers it to."""
        lowered = [one.to for one in self.lowers if one.part is None and one.to != "none"]
        found = {*(tier.urgency for tier in self.tiers), *map(Urgency, lowered)}
        return tuple(sorted(found, key=lambda urgency: urgency.rank))

    @property
    def most_urgent(self) -> Urgency:
        """The highest urgency that it can have."""
        return min((tier.urgency for tier in self.tiers), key=lambda urgency: urgency.rank)


class Source(Shape):
    """A guideline or paper, and how much of it was read."""

    id: Name
    title: str
    publisher: str
    published: str | None = None
    url: str | None = None
    seen: Literal["full", "abstract", "excerpt", "title", "secondary", "not-read", "not-applicable"]
    read: str
    last_checked: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}(-\d{2})?$")


class ChartNumbers(Shape):
    """How a chart is read, and the numbers that all criteria share. File `chart.yaml`.

    `anchor`: the finding without which nothing is worth a question (begun or worse within
    `chronic`, or undated). `screen`: what has to be
    documented where the anchor is there (the cauda equina screen). `quiet`: what an override of
    the card that asks for the screen does.
    """

    about: str
    anchor: Name
    screen: tuple[Name, ...]
    quiet: Quiet | None = None
    parameters: Parameters
    unnoticed: tuple[Unnoticed, ...] = ()
