"""Which changes of the knowledge an example notices, and what the report says of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from knowledge.checks.coverage import Report, cover
from knowledge.checks.short import NOW, facts_of
from knowledge.language.schema import Criterion, Example, Finding, Unnoticed
from knowledge.library import Library, load_library

SADDLE = "saddle-anaesthesia"
FIRST_DAY = "Saddle numbness on the 14th day is an emergency"
EMERGENCY_LATER = "tiers.emergency: urgency urgent"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def without(library: Library, *names: str, more: Sequence[Example] = ()) -> Library:
    """The library whose saddle criterion has some examples less, or others more."""
    old = library.criteria[SADDLE]
    kept = [one for one in old.examples if one.name not in names]
    assert len(kept) + len(names) == len(old.examples)
    return with_(library, examples=(*kept, *more))


def with_(library: Library, **fields: Any) -> Library:
    new: Criterion = library.criteria[SADDLE].model_copy(update=fields)
    return replace(library, criteria={**library.criteria, SADDLE: new})


def lines(report: Report) -> list[str]:
    return [str(fault) for fault in report.faults]


def test_a_criterion_with_examples_on_both_sides_leaves_no_change_unnoticed(
    library: Library,
) -> None:
    found = cover(library, SADDLE, jobs=1)
    assert found.lines == [f"{found.changes} changes, {found.changes} noticed, 0 justified, "
                           "0 unnoticed"]  # fmt: skip
    assert found.changes > 50


def test_a_number_that_no_example_holds_is_named_with_its_line(library: Library) -> None:
    found = cover(without(library, FIRST_DAY), SADDLE, jobs=1)
    line = library.documents[SADDLE].line(("parameters", "mri-clock"))
    assert f"criteria/{SADDLE}.yaml:{line}: parameters.mri-clock: a step down" in lines(found)
    assert found.lines[-1].endswith(f" {len(found.faults)} unnoticed")


def test_an_example_that_does_not_hold_notices_nothing(library: Library) -> None:
    wrong = Example.model_validate({"name": "wrong", "expect": "emergency"})
    names = [one.name for one in library.criteria[SADDLE].examples]
    found = cover(without(library, *names, more=[wrong]), SADDLE, jobs=1)
    assert found.noticed == 0
    assert found.changes == len(found.faults)


def test_a_justified_change_is_counted_and_not_named(library: Library) -> None:
    fewer = without(library, FIRST_DAY)
    for fault in cover(fewer, SADDLE, jobs=1).faults:
        reason = Unnoticed(change=f"{fault.where}: {fault.what}", because="the test says so")
        fewer = with_(fewer, unnoticed=(*fewer.criteria[SADDLE].unnoticed, reason))
    found = cover(fewer, SADDLE, jobs=1)
    assert found.faults == ()
    assert found.justified == len(fewer.criteria[SADDLE].unnoticed) > 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (EMERGENCY_LATER, "an example notices it, remove it: "),
        ("tiers.emergency: painted blue", "there is no such change, remove it: "),
    ],
)
def test_a_needless_justification_is_a_fault(library: Library, change: str, says: str) -> None:
    excuse = Unnoticed(change=change, because="-")
    found = cover(with_(library, unnoticed=(excuse,)), SADDLE, jobs=1)
    assert [fault.what for fault in found.faults] == [says + change]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_two_processes_find_what_one_finds(library: Library) -> None:
    fewer = without(library, FIRST_DAY)
    assert cover(fewer, SADDLE, jobs=2) == cover(fewer, SADDLE, jobs=1)


def test_it_tells_how_far_it_is(library: Library) -> None:
    told: list[tuple[int, int]] = []
    found = cover(library, SADDLE, jobs=1, tell=lambda done, of: told.append((done, of)))
    assert told == [(done, found.changes) for done in range(1, found.changes + 1)]


def test_a_code_set_that_no_example_shows_is_named(library: Library) -> None:
    name = "saddle-numbness"
    bare: Finding = library.findings[name].model_copy(update={"examples": ()})
    found = cover(replace(library, findings={**library.findings, name: bare}), name, jobs=1)
    assert any("exam without perianal-sensation" in line for line in lines(found))


@pytest.mark.parametrize("name", ["chart", "work-up", "cautions"])
def test_the_shared_files_leave_no_change_unnoticed(library: Library, name: str) -> None:
    found = cover(library, name, jobs=1)
    assert lines(found) == []
    assert found.noticed > 0


def test_the_age_under_which_only_emergencies_count_is_tried_from_both_sides(
    library: Library,
) -> None:
    """Justified in `chart.yaml`: it counts over all criteria together."""
    adult = library.parameter("chart", "adult").amounts[0].value

    def met(age: float) -> list[str]:
        example = Example(name="-", expect="unknown", chart=chart, age=age)
        evaluation = library.evaluate(facts_of(example, library.findings), NOW)
        return [one.criterion.id for one in evaluation.met]

    numb = {"numbness": {"began": "3 d ago", "sites": ["site-leg"], "sides": ["left"]}}
    chart = ({"disc-herniation": None}, numb)
    assert met(adult) == ["disc-herniation-radiculopathy"]
    assert met(adult - 1) == []
