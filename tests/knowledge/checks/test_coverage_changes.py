"""Every change of a clause, of a criterion and of a finding: which there are, and which not."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.checks.coverage.clauses import changes
from knowledge.checks.coverage.criteria import changed_criteria
from knowledge.checks.coverage.findings import changed_findings
from knowledge.checks.coverage.mutants import numbered
from knowledge.checks.coverage.numbers import moved
from knowledge.language.schema import Criterion, Every, Finding, Parameter

CARD = {"summary": "Something"}
NUMB: dict[str, Any] = {"numbness": {"site": ["site-leg", "site-foot"], "within": "acute"}}


def names_of(when: Any) -> list[str]:
    every = Every.model_validate({"all": [when]})
    return [f"{'.'.join(one.steps)}: {one.what}" for one in changes(every.all[0])]


def criterion(**fields: Any) -> Criterion:
    whole = {
        "id": "one", "version": 1, "title": "One", "about": "One", "group": "cause", "lead": 1,
        "sources": [{"id": "local-choice", "where": "-", "says": "-"}],
        "tiers": [{"urgency": "urgent", "when": "numbness", "card": CARD}],
    }  # fmt: skip
    return Criterion.model_validate(whole | fields)


def of(one: Criterion, beginning: str) -> list[str]:
    return [mutant.name for mutant in changed_criteria(one) if mutant.name.startswith(beginning)]


def test_each_option_of_a_question_is_dropped_and_each_of_several_sites() -> None:
    assert names_of(NUMB) == [
        ": negated",
        ": without within",
        ": without site",
        ": site without site-leg",
        ": site without site-foot",
    ]


def test_each_of_several_members_is_left_out_and_negated() -> None:
    assert names_of({"any": ["fever", "numbness"]}) == [
        ": negated",
        "any.fever: left out",
        "any.numbness: left out",
        "any.fever: negated",
        "any.numbness: negated",
    ]


@pytest.mark.parametrize("alone", [{"all": ["fever"]}, {"not": "fever"}])
def test_what_stands_alone_is_negated_once(alone: dict[str, Any]) -> None:
    assert names_of(alone) == [": negated"]


def test_a_negation_is_negated_by_leaving_its_not_away() -> None:
    (change,) = changes(Every.model_validate({"all": [{"not": "fever"}]}).all[0])
    assert change.clause.model_dump(exclude_defaults=True) == {"name": "fever"}


def test_a_criterion_that_may_not_be_met_is_dropped_from_the_list() -> None:
    found = names_of({"no_criterion": {"urgency": ["emergency"], "ids": ["one"]}})
    assert found[1:] == [": urgency without emergency", ": ids without one"]


def test_members_of_one_name_are_told_apart_by_a_number() -> None:
    assert numbered(["a", "b", "a"]) == ["a", "b", "a#2"]


def test_a_tier_is_left_out_swapped_and_moved_to_its_neighbours() -> None:
    tiers = [
        {"urgency": "urgent", "when": "fever", "card": CARD},
        {"urgency": "routine", "when": "numbness", "card": CARD},
    ]
    assert of(criterion(tiers=tiers), "tiers.urgent") == [
        "tiers.urgent: negated",
        "tiers.urgent: left out",
        "tiers.urgent: urgency emergency",
        "tiers.urgent: urgency soon",
        "tiers.urgent: after the next",
    ]


def test_a_lowering_is_left_out_and_moved_but_never_up_to_what_lowers_nothing() -> None:
    lowers = [{"when": "fever", "to": "urgent", "because": "-"}]
    assert of(criterion(lowers=lowers), "lowers.whole")[1:] == [
        "lowers.whole: left out",
        "lowers.whole: to soon",
    ]


def test_a_part_that_is_all_of_its_tiers_is_not_told_from_the_whole() -> None:
    lowers = [{"part": "numb", "when": "fever", "to": "none", "because": "-"}]
    tiers = [{"urgency": "urgent", "when": "numb", "card": CARD}]
    one = criterion(define={"numb": "numbness"}, tiers=tiers, lowers=lowers)
    assert of(one, "lowers.numb")[1:] == ["lowers.numb: left out"]


def test_a_definition_that_is_named_once_is_negated_where_it_is_named() -> None:
    tiers = [{"urgency": "urgent", "when": "numb", "card": CARD}]
    assert of(criterion(define={"numb": "numbness"}, tiers=tiers), "define") == []


def test_a_number_moves_by_its_step_in_all_of_its_units() -> None:
    given = {"value": 6.5, "unit": "%", "basis": "one", "step": 0.65}
    limit = Parameter.model_validate(given | {"or_in": [{"value": 48, "unit": "mmol/mol"}]})
    up = moved(limit, 1)
    assert [round(one.value, 2) for one in up.amounts] == [7.15, 52.8]


def test_every_code_set_of_a_finding_is_dropped_and_the_way_with_its_last() -> None:
    said = [{"codes": ["a", "b"], "site": ["c"]}, {"exam": ["d"]}]
    shape = {"id": "one", "title": "-", "question": "-", "world": "open", "said_by": said}
    found = {one.name: one.becomes for one in changed_findings(Finding.model_validate(shape))}
    assert list(found) == [
        "said_by.a+b: codes without a",
        "said_by.a+b: codes without b",
        "said_by.a+b: site without c",
        "said_by.d: exam without d",
    ]
    last = found["said_by.d: exam without d"]
    assert isinstance(last, Finding)
    assert len(last.said_by) == 1
