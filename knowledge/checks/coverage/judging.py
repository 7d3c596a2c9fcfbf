"""Whether an example of a criterion notices a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from knowledge.checks.examples import confirms, expected_of, got_of, met_of
from knowledge.checks.short import facts_of
from knowledge.evaluation import Judged
from knowledge.language.criteria import Compiled, compile_criterion, findings_of, judge
from knowledge.language.facts import Facts
from knowledge.language.outcome import Check, Known
from knowledge.language.schema import (
    Clause,
    Criterion,
    Example,
    Finding,
    Parameters,
    Urgency,
)
from knowledge.language.strata import named
from knowledge.library import Library, resolve
from knowledge.work_up import Rules


@dataclass(slots=True)
class Case:
    """An example with its facts. `noticed` is how many changes it noticed so far."""

    example: Example
    expected: dict[str, Any]
    facts: Facts
    met: dict[str, Urgency]
    shared: Known = field(default_factory=dict)
    noticed: int = 0

    def holds(self, compiled: Compiled, rules: Rules, shared: Known) -> bool:
        """Whether the example still comes out as it says."""
        if not confirms(compiled, self.example, self.facts):
            return False
        return self.settles(self.judged(compiled, shared), compiled, rules)

    def judged(self, compiled: Compiled, shared: Known) -> Judged:
        """What a criterion makes of the example."""
        return judge(compiled, self.facts, dict(self.met), shared)

    def settles(self, judged: Judged, compiled: Compiled, rules: Rules) -> bool:
        """Whether it comes out as it says once what was ordered since counts."""
        again = partial(judge, compiled, met=dict(self.met))
        return got_of(self.example, rules.settle(judged, self.facts, again)) == self.expected


@dataclass(slots=True)
class Judging:
    """Tries changes on the examples of criteria; remembers which example notices most."""

    library: Library
    numbers: Mapping[str, Parameters]
    leaves: dict[str, Check] = field(default_factory=dict)
    _cases: dict[str, list[Case]] = field(default_factory=dict)
    _judged: list[tuple[Case, Compiled, Judged]] = field(default_factory=list)

    def notices(
        self, criterion: Criterion, numbers: Mapping[str, Parameters], about: Iterable[str] = ()
    ) -> bool:
        """Whether one of the criterion's examples comes out differently."""
        findings = self.library.findings
        try:
            compiled = compile_criterion(
                criterion, findings, partial(resolve, numbers), self.leaves
            )
            return self._tried(compiled, reach(criterion, about, findings), shared=True)
        except (ValueError, LookupError, AssertionError):
            return True  # it cannot even be built

    def notices_finding(self, name: str, changed: str, findings: Mapping[str, Finding]) -> bool:
        """The same for a criterion whose findings are others: nothing remembered holds."""
        criterion = self.library.criteria[name]
        compiled = compile_criterion(criterion, findings, partial(resolve, self.numbers))
        return self._tried(compiled, reach(criterion, (changed,), findings), shared=False)

    def notices_rules(self, rules: Rules) -> bool:
        """Whether an example of any criterion comes out differently by other rules of work-up."""
        if not self._judged:
            self._judged += self._all_judged()
        return any(not case.settles(judged, own, rules) for case, own, judged in self._judged)

    def _all_judged(self) -> Iterator[tuple[Case, Compiled, Judged]]:
        """All examples by their own criteria, before what was ordered since counts."""
        for name in self.library.criteria:
            own = self._own(name)
            for case in self.cases(name):
                yield case, own, case.judged(own, case.shared)

    def _tried(self, compiled: Compiled, about: frozenset[str], *, shared: bool) -> bool:
        cases = self.cases(compiled.criterion.id)
        likely = sorted(
            cases, key=lambda case: (about.isdisjoint(case.facts.standing), -case.noticed)
        )
        for case in likely:
            if not case.holds(compiled, self.library.work_up, case.shared if shared else {}):
                case.noticed += 1
                return True
        return False

    def cases(self, name: str) -> list[Case]:
        """The examples of a criterion that hold: one that does not would notice everything."""
        found = self._cases.get(name)
        if found is None:
            cases = [self._case(example) for example in self.library.criteria[name].examples]
            own, rules = self._own(name), self.library.work_up
            found = self._cases[name] = [case for case in cases if case.holds(own, rules, {})]
        return found

    def _case(self, example: Example) -> Case:
        facts = facts_of(example, self.library.findings)
        met = met_of(self.library, example)
        return Case(example, expected_of(example), facts, met)

    def _own(self, name: str) -> Compiled:
        return next(one for one in self.library.compiled if one.criterion.id == name)


def reach(
    criterion: Criterion, about: Iterable[str], findings: Mapping[str, Finding]
) -> frozenset[str]:
    """The findings behind names: through definitions, combinations and unions."""
    found: set[str] = set()
    wanted = list(about)
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        found.add(name)
        wanted += _behind(criterion.define.get(name))
        finding = findings.get(name)
        if finding is not None:
            wanted += (*finding.any_of, *_behind(finding.when))
    return frozenset(found)


def _behind(clause: Clause | None) -> list[str]:
    return [] if clause is None else [one.name for one in named(clause)]


def users(library: Library) -> dict[str, list[str]]:
    """The criteria that ask each finding."""
    found: dict[str, list[str]] = {name: [] for name in library.findings}
    for criterion in library.criteria.values():
        for name in findings_of(criterion, library.findings):
            found[name].append(criterion.id)
    return found
