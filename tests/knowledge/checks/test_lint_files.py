"""Numbers, idle files, sources: one thing broken, one line that says so; no fault hides another."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.checks.lint import lint
from tests.knowledge.checks.tiny import (
    CHART,
    CRITERION,
    FINDING,
    RULES,
    SOURCE,
    TODAY,
    change,
    found,
    make,
    swap,
    value_set,
    write,
)

MEASURED = """\
id: numb
title: Numbness
question: How numb?
world: open
measure:
  codes: [numb]
  units:
    - {unit: mL, lowest: 0, highest: 100}
  basis: book
examples:
  - {name: text, resource: {resourceType: Condition, code: {text: numb}}, expect: nothing}
"""


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("unit: d,", "unit: days,", "parameters.acute: days is no unit of UCUM"),
        ("step: 1", "step: 0", "parameters.acute: the step 0 moves nothing"),
        ("step: 1", "step: -1", "parameters.acute: the step -1 moves nothing"),
        ("step: 1", "step: 1, bounds: {lowest: 20, highest: 30}", "do not hold 14"),
        ("unit: d, ", "", "parameters.acute: a number needs value, unit, basis and step"),
        ("basis: book, ", "", "parameters.acute: a number needs value, unit, basis and step"),
    ],
)
def test_a_number_without_unit_origin_step_or_room_is_a_fault(
    tmp_path: Path, was: str, now: str, said: str
) -> None:
    folder = make(tmp_path)
    change(folder, "criteria/red.yaml", swap("{same_as: chart.acute}", CHART.split("acute: ")[1]))
    change(folder, "criteria/red.yaml", swap("recent:", "acute:"))
    change(folder, "criteria/red.yaml", swap("within: recent", "within: acute"))
    change(folder, "criteria/red.yaml", swap(was, now))
    assert any(said in line and line.startswith("criteria/red.yaml:") for line in found(folder))


def test_the_shared_numbers_are_checked_where_they_stand(tmp_path: Path) -> None:
    folder = make(tmp_path, **{"chart.yaml": CHART.replace("unit: d", "unit: fortnight")})
    assert "chart.yaml:5: parameters.acute: fortnight is no unit of UCUM" in found(folder)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("unit: mL", "unit: cup", "findings/numb.yaml:8: measure.units.0: cup is no unit"),
        ("highest: 100", "highest: 0", "measure.units.0: nothing lies between 0 and 0"),
    ],
)
def test_a_measurement_needs_a_unit_and_room_for_a_living_body(
    tmp_path: Path, was: str, now: str, said: str
) -> None:
    lines = found(make(tmp_path, **{"findings/numb.yaml": MEASURED.replace(was, now)}))
    assert any(said in line for line in lines)


def test_a_finding_that_nothing_leads_to_is_idle(tmp_path: Path) -> None:
    other = FINDING.replace("id: numb", "id: other")
    folder = make(tmp_path, **{"findings/other.yaml": other})
    assert any(
        line.startswith("findings/other.yaml:1: id: no criterion leads") for line in found(folder)
    )
    change(folder, "chart.yaml", swap("screen: [numb]", "screen: [numb, other]"))
    assert found(folder) == set()


def test_a_finding_that_only_another_finding_is_made_of_is_not_idle(tmp_path: Path) -> None:
    other = FINDING.replace("id: numb", "id: other")
    folder = make(tmp_path, **{"findings/other.yaml": other})
    change(folder, "findings/numb.yaml", swap("said_by:", "any_of: [other]\nsaid_by:"))
    assert found(folder) == set()


def test_a_value_set_that_no_finding_uses_is_idle(tmp_path: Path) -> None:
    folder = make(tmp_path, **{"valuesets/other.json": value_set("other", ("449813001", "Saddle"))})
    assert found(folder) == {"valuesets/other.json:1: no finding uses this value set"}


@pytest.mark.parametrize("name", ["answer-absent", "site-leg", "side-both", "qualifier-worse"])
def test_a_value_set_that_the_reader_itself_uses_is_not_idle(tmp_path: Path, name: str) -> None:
    code = value_set(name, ("449813001", "Saddle"))
    assert found(make(tmp_path, **{f"valuesets/{name}.json": code})) == set()


def test_a_source_that_nothing_cites_is_idle(tmp_path: Path) -> None:
    other = SOURCE.replace("id: book", "id: other")
    lines = found(make(tmp_path, **{"sources/other.yaml": other}))
    assert lines == {
        "sources/other.yaml:1: id: no criterion, number or measurement cites this source"
    }


def test_a_source_that_only_a_shared_number_cites_is_not_idle(tmp_path: Path) -> None:
    other = SOURCE.replace("id: book", "id: other")
    folder = make(tmp_path, **{"sources/other.yaml": other})
    change(folder, "chart.yaml", swap("basis: book", "basis: other"))
    assert found(folder) == set()


def test_a_number_of_a_finding_or_of_a_file_that_nothing_uses_is_idle(tmp_path: Path) -> None:
    idle = "parameters:\n  idle: {value: 1, unit: d, basis: book, step: 1}\n"
    folder = make(tmp_path, **{"findings/numb.yaml": FINDING + idle, "cautions.yaml": idle})
    lines = {str(fault) for fault in lint(folder, released=False)}
    assert "findings/numb.yaml:12: parameters.idle: is used nowhere" in lines
    assert "cautions.yaml:2: parameters.idle: is used nowhere" in lines


@pytest.mark.parametrize(
    ("checked", "today", "said"),
    [
        ("2026-11", TODAY, None),
        ("2025-11-26", TODAY, None),
        ("2025-11-25", TODAY, "was last looked at more than 12 mo ago"),
        ("2025-11", TODAY, None),  # its last day counts
        ("2025-10", TODAY, "was last looked at more than 12 mo ago"),
        ("2026-11-26", TODAY, None),
        ("2026-11-27", TODAY, "2026-11-27 is still to come"),
        ("2026-12", TODAY, "2026-12 is still to come"),
        ("2025-10", date(2026, 10, 31), None),
    ],
)
def test_a_source_is_looked_at_again_within_the_time_that_lint_yaml_sets(
    tmp_path: Path, checked: str, today: date, said: str | None
) -> None:
    text = SOURCE.replace('"2026-11"', f'"{checked}"')
    lines = found(make(tmp_path, **{"sources/book.yaml": text}), today)
    expected = 0 if said is None else 1
    assert (
        len([line for line in lines if line.startswith("sources/book.yaml:6: last_checked:")])
        == expected
    )
    assert said is None or said in "".join(lines)


def test_the_age_of_sources_is_the_number_in_lint_yaml(tmp_path: Path) -> None:
    rules = RULES.replace("value: 12", "value: 1")
    text = SOURCE.replace('"2026-11"', '"2026-09"')
    lines = found(make(tmp_path, **{"sources/book.yaml": text, "lint.yaml": rules}))
    assert len(lines) == 1


def test_without_a_day_no_source_grows_old(tmp_path: Path) -> None:
    text = SOURCE.replace('"2026-11"', '"1999-01"')
    assert found(make(tmp_path, **{"sources/book.yaml": text}), None) == set()


def test_a_source_that_nobody_has_checked_is_a_fault_unless_it_is_our_own(tmp_path: Path) -> None:
    text = SOURCE.replace('last_checked: "2026-11"\n', "")
    [fault] = found(make(tmp_path, **{"sources/book.yaml": text}))
    assert "nobody has said when this was last looked at" in fault
    own = text.replace("A publisher", "backflag")
    assert found(make(tmp_path, **{"sources/book.yaml": own})) == set()


def test_a_missing_lint_yaml_is_a_fault(tmp_path: Path) -> None:
    folder = make(tmp_path)
    (folder / "lint.yaml").unlink()
    assert "lint.yaml:1: cannot be read: No such file or directory" in found(folder)


def test_a_criterion_without_an_example_of_each_outcome_is_a_fault(tmp_path: Path) -> None:
    text = CRITERION.replace("  - {name: nobody asked, expect: unknown}\n", "")
    lines = found(make(tmp_path, **{"criteria/red.yaml": text}))
    what = "no example is unknown: write one with `expect: unknown`"
    assert lines == {f"criteria/red.yaml:17: examples: {what}"}


def test_a_criterion_that_is_not_called_as_its_file_is_a_fault(tmp_path: Path) -> None:
    text = CRITERION.replace("id: red", "id: rad").replace("expect: unknown", "expect: urgent")
    lines = found(make(tmp_path, **{"criteria/red.yaml": text}))
    assert "criteria/red.yaml:1: id: rad is not the file's name red" in lines
    assert any("no example is unknown" in line for line in lines)


def test_a_finding_without_an_example_is_a_fault(tmp_path: Path) -> None:
    text = FINDING[: FINDING.index("examples:")]
    lines = found(make(tmp_path, **{"findings/numb.yaml": text}))
    assert lines == {"findings/numb.yaml:1: examples: no example shows how a chart says it"}


def test_a_file_that_cannot_be_read_hides_no_fault_of_another(tmp_path: Path) -> None:
    folder = make(tmp_path)
    write(folder, "criteria/broken.yaml", "id: [")
    write(folder, "valuesets/numb.json", value_set("numb", ("44077007", "Numbness")))
    write(folder, "valuesets/numb.phrases.yaml", "en:\n  - numb\n  - numb\n")
    write(folder, "sources/book.yaml", SOURCE.replace('"2026-11"', '"2020-01"'))
    write(folder, "chart.yaml", CHART.replace("unit: d", "unit: fortnight"))
    names = {line.split(":")[0] for line in found(folder)}
    assert names == {
        "criteria/broken.yaml",
        "valuesets/numb.json",
        "valuesets/numb.phrases.yaml",
        "sources/book.yaml",
        "chart.yaml",
    }


def test_every_fault_of_a_shape_is_told_not_only_the_deepest(tmp_path: Path) -> None:
    text = CRITERION.replace("version: 1", "version: one").replace("summary: Numb", "titel: Numb")
    lines = sorted(found(make(tmp_path, **{"criteria/red.yaml": text})))
    assert any(":2: version: Input should" in line for line in lines)
    assert any("tiers.0.card.titel: Extra inputs" in line for line in lines)
    assert any("tiers.0.card.summary: Field required" in line for line in lines)


def test_a_fault_of_a_finding_that_bears_a_criterions_name_is_told_in_its_own_file(
    tmp_path: Path,
) -> None:
    text = FINDING.replace("id: numb", "id: red")[: FINDING.index("examples:") - 1]
    lines = found(make(tmp_path, **{"findings/red.yaml": text}))
    assert "findings/red.yaml:1: examples: no example shows how a chart says it" in lines
