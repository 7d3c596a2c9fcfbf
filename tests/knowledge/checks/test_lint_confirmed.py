"""What confirms an emergency afterwards: that it is told, and that examples try both sides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.checks.coverage.criteria import changed_criteria
from knowledge.checks.examples import run
from knowledge.library import load_library
from tests.knowledge.checks.tiny import CRITERION, found, make

SADDLE = "saddle-anaesthesia"
BY = "confirmed_by: {numb: {within: recent}}\nexamples:"
EMERGENCY = CRITERION.replace("urgent", "emergency").replace("It is emergency", "It is urgent")
YES = "expect: emergency, confirmed: true}"
BOTH = EMERGENCY.replace("expect: emergency}", YES).replace(
    "expect: not-met}", "expect: not-met, confirmed: false}"
)
WHOLE = BOTH.replace("examples:", BY)


def faults(folder: Path, text: str) -> set[str]:
    """What lint says of the criterion beside its place."""
    lines = found(make(folder, **{"criteria/red.yaml": text}))
    return {line.partition(": ")[2] for line in lines if "confirm" in line}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WHOLE, set()),
        (CRITERION, set()),
        (EMERGENCY, {"can be an emergency: say under `confirmed_by` what confirms it"}),
        (WHOLE.replace(", confirmed: true", ""), {"no example says `confirmed: true`"}),
        (WHOLE.replace(", confirmed: false", ""), {"no example says `confirmed: false`"}),
        (
            CRITERION.replace("expect: urgent}", "expect: urgent, confirmed: true}"),
            {"an example says `confirmed`, and there is no `confirmed_by`"},
        ),
    ],
    ids=["both sides", "no emergency", "not told", "no yes", "no no", "examples alone"],
)
def test_an_emergency_says_what_confirms_it_and_shows_both_sides(
    tmp_path: Path, text: str, said: set[str]
) -> None:
    assert faults(tmp_path, text) == {f"examples: {one}" for one in said}


def test_an_example_that_is_confirmed_otherwise_is_told_with_both_sides() -> None:
    library = load_library()
    old = library.criteria[SADDLE]
    (case, *_) = [one for one in old.examples if one.confirmed]
    wrong = old.model_copy(update={"examples": (case.model_copy(update={"confirmed": False}),)})
    damaged = replace(library, criteria={**library.criteria, SADDLE: wrong})
    (failure,) = run(damaged, SADDLE)
    told = (failure.example, failure.expected, failure.got)
    assert told == (case.name, "not confirmed", "confirmed")


def test_every_change_of_the_clause_is_tried() -> None:
    old = load_library().criteria[SADDLE]
    names = [one.name for one in changed_criteria(old) if one.name.startswith("confirmed_by")]
    assert names == ["confirmed_by: negated", "confirmed_by: without within"]
