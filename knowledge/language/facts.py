"""Facts: what a chart says about a finding, each with its interval, and what stands now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from math import inf
from operator import attrgetter

from knowledge.chart.dates import Interval
from knowledge.failing import Failed
from knowledge.language.schema import Answer

EMPTY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Number:
    """A measured value in one of the finding's units, with its comparator and reference range."""

    value: float
    unit: str
    comparator: str | None = None
    low: float | None = None
    high: float | None = None
    shown: str = ""

    @property
    def at_least(self) -> float:
        """The lowest that it can be: a `<` tells no lower bound."""
        return -inf if self.comparator in ("<", "<=") else self.value

    @property
    def at_most(self) -> float:
        """The highest that it can be: a `>` tells no upper bound."""
        return inf if self.comparator in (">", ">=") else self.value


@dataclass(frozen=True, slots=True)
class Fact:
    """One answer to one finding's question, by one resource.

    Times are intervals in epoch seconds: `began` the onset, `said` when it was recorded or
    observed, `worse` when it last got worse, `ended` when it was over, `again` when it was denied
    or over the last time before; `onset` is as a Condition states it, be it a year. `recurs`: a
    Condition says that it has come back.
    """

    finding: str
    answer: Answer
    reference: str
    display: str
    resource_type: str
    value_set: str = ""
    by_text: bool = False
    began: Interval | None = None
    onset_stated: bool = False
    onset: Interval | None = None
    said: Interval | None = None
    worse: Interval | None = None
    worst: Interval | None = None
    ended: Interval | None = None
    again: Interval | None = None
    recurs: bool = False
    past: bool = False
    suspected: bool = False
    preliminary: bool = False
    problem_list: bool = False
    contested: bool = False
    unchanged: bool = False
    sites: frozenset[str] = EMPTY
    sides: frozenset[str] = EMPTY
    severity: str | None = None
    sudden: bool = False
    complete: bool = False
    number: Number | None = None
    series: str = ""
    status: str | None = None
    priority: str | None = None
    encounter_class: str | None = None
    taken: Interval | None = None
    dose: Number | None = None
    shown_date: str | None = None
    contradicts: str | None = None
    _hash: int | None = field(default=None, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """By all that is compared, made once: each fact is looked up a hundred times."""
        if self._hash is None:
            object.__setattr__(self, "_hash", hash(_compared(self)))
        assert self._hash is not None
        return self._hash

    @property
    def since(self) -> Interval | None:
        """From when the clock runs: the last deterioration, else the onset."""
        return self.worse or self.began

    @property
    def key(self) -> tuple[str, str]:
        """The resource and the finding: what counts once in the evidence."""
        return (self.finding, self.reference)


_compared = attrgetter(*(one.name for one in fields(Fact) if one.compare))


@dataclass(frozen=True, slots=True)
class Standing:
    """All facts about one finding, sorted out: what is so, what is denied, what was left open."""

    present: tuple[Fact, ...] = ()
    past: tuple[Fact, ...] = ()
    absent: tuple[Fact, ...] = ()
    unknown: tuple[Fact, ...] = ()

    @property
    def ever(self) -> tuple[Fact, ...]:
        """What is or was so."""
        return self.present + self.past


NOTHING = Standing()


@dataclass(frozen=True, slots=True)
class Ignored:
    """A resource that was left out, with a reason from the documented list."""

    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read from one patient's chart: the only thing that criteria see.

    `supplied` holds the resource types whose lists were given, be they empty;
    `age` is in years; `setting` the class of an encounter in progress (EMER, IMP, OBSENC);
    `failed` what broke while it was read.
    """

    now: float
    standing: dict[str, Standing] = field(default_factory=dict)
    supplied: frozenset[str] = EMPTY
    age: float | None = None
    deceased: bool = False
    setting: str | None = None
    setting_since: str | None = None
    incomplete: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    failed: tuple[Failed, ...] = ()

    def without(self, keys: Collection[tuple[str, str]]) -> Facts:
        """The same without some facts that stand, as if they had not been recorded."""
        names = {name for name, _ in keys}
        less = {
            name: replace(one, present=tuple(fact for fact in one.present if fact.key not in keys))
            for name, one in self.standing.items()
            if name in names
        }
        return replace(self, standing=self.standing | less)


def contested(fact: Fact, by: str) -> Fact:
    """The same fact, denied by another resource shortly after."""
    return replace(fact, contested=True, contradicts=by)
