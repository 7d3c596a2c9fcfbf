"""Rule G10: what to check before a scan, from `cautions.yaml`. It never lowers an urgency."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from knowledge.card_files import filled_with
from knowledge.evaluation import Noted
from knowledge.language.clauses import Resolve, Scope, compile_clause
from knowledge.language.criteria import evidence_of
from knowledge.language.facts import Facts
from knowledge.language.outcome import Check, Situation
from knowledge.language.schema import Clause, Finding, Name, Parameters, Shape, Unnoticed
from knowledge.language.truth import Truth

NAME = "cautions"


class Caution(Shape):
    """One thing to mind: when, beside which kind of scan, and what the card says.

    `say` holds {found}, the chart's own words for what was found.
    """

    id: Name
    when: Clause
    beside: Literal["mri", "gadolinium"]
    say: Annotated[str, filled_with("found")]
    sources: tuple[Name, ...] = Field(min_length=1)


class CautionExample(Shape):
    """A patient in short, and the cautions that apply."""

    name: str
    chart: tuple[str | dict[str, object], ...] = ()
    expect: tuple[Name, ...]


class CautionsFile(Shape):
    """The file `cautions.yaml`."""

    about: str
    parameters: Parameters
    cautions: tuple[Caution, ...]
    unnoticed: tuple[Unnoticed, ...] = ()
    examples: tuple[CautionExample, ...]


@dataclass(frozen=True, slots=True)
class Cautions:
    """The cautions with their clauses turned into functions."""

    file: CautionsFile
    checks: tuple[tuple[Caution, Check], ...]

    @classmethod
    def of(cls, file: CautionsFile, findings: Mapping[str, Finding], resolve: Resolve) -> Cautions:
        """Compile all of them once, at the start."""
        scope = Scope(NAME, findings, resolve)
        return cls(file, tuple((one, compile_clause(one.when, scope)) for one in file.cautions))

    def judge(self, facts: Facts) -> tuple[Noted, ...]:
        """Those that apply to a patient; what is only suspected is worth the question, too."""
        return tuple(noted for judge in self.each(facts) if (noted := judge()))

    def each(self, facts: Facts) -> Iterator[Callable[[], Noted | None]]:
        """The judgement of each of them, still to be made."""
        situation = Situation(facts)
        return (partial(_noted, caution, check, situation) for caution, check in self.checks)


def _noted(caution: Caution, check: Check, situation: Situation) -> Noted | None:
    """The caution where it applies."""
    found = check(situation)
    if found.truth is not Truth.TRUE:
        return None
    return Noted(caution.id, caution.beside, caution.say, evidence_of(found.proofs))
