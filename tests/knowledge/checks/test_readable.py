"""An example that does not hold is told with the patient, both outcomes and what decided."""

from __future__ import annotations

import shutil

import pytest

from knowledge.checks.deciding import decide
from knowledge.checks.examples import Failure, count, run
from knowledge.checks.readable import in_short, tell
from knowledge.checks.short import facts_of
from knowledge.language.schema import Example
from knowledge.library import FOLDER, Library, load_library
from tests.knowledge.checks.tiny import change, swap

SADDLE = "saddle-anaesthesia"


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The shipped knowledge with three wrong examples: of a criterion, a finding, a caution."""
    folder = tmp_path_factory.mktemp("broken") / "knowledge"
    shutil.copytree(FOLDER, folder)
    wrong = "  - {name: Wrong, chart: [{saddle-numbness: {began: 15 d ago}}], expect: emergency}\n"
    change(folder, f"criteria/{SADDLE}.yaml", swap("examples:\n", f"examples:\n{wrong}"))
    change(folder, "findings/saddle-numbness.yaml", swap("expect: nothing", "expect: present"))
    change(folder, "cautions.yaml", swap("expect: [mri-device]", "expect: []"))
    return load_library(folder)


def failure(library: Library, of: str) -> Failure:
    [one] = [one for one in run(library) if one.fault.file == of]
    return one


def told(library: Library, of: str, width: int = 80) -> list[str]:
    return tell(library, failure(library, of), width)


def test_every_example_of_the_shipped_knowledge_holds() -> None:
    library = load_library()
    assert [str(one) for one in run(library)] == []
    assert count(library) > 1000


def test_each_wrong_example_is_found_once_and_no_other(broken: Library) -> None:
    assert sorted(one.fault.file for one in run(broken)) == [
        "cautions.yaml",
        f"criteria/{SADDLE}.yaml",
        "findings/saddle-numbness.yaml",
    ]


def test_a_criterion_tells_its_name_the_patient_and_both_outcomes(broken: Library) -> None:
    lines = told(broken, f"criteria/{SADDLE}.yaml")
    assert lines[1] == "  Saddle anaesthesia: Wrong"
    assert any("chart" in line and "Saddle numbness: began 15 days ago" in line for line in lines)
    assert any(line.split() == ["expected", "emergency"] for line in lines)
    assert any(line.split() == ["got", "not-met"] for line in lines)


def test_a_criterion_tells_the_clause_that_decided_with_its_number(broken: Library) -> None:
    text = " ".join(" ".join(told(broken, f"criteria/{SADDLE}.yaml")).split())
    assert "no emergency (tier 1)" in text
    assert "14 days" in text
    assert "saddle-numbness began 15 days ago, at most 14 days" in text


def test_a_finding_tells_what_was_sent_and_asked(broken: Library) -> None:
    text = "\n".join(told(broken, "findings/saddle-numbness.yaml", 120))
    assert "Numbness of left buttock" in text
    assert "Is sensation of the saddle" in text
    assert "{" not in text


def test_a_caution_that_does_not_hold_is_told(broken: Library) -> None:
    assert failure(broken, "cautions.yaml").got == "mri-device"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(broken: Library, width: int) -> None:
    lines = [line for one in run(broken) for line in tell(broken, one, width)]
    assert max(map(len, lines)) <= width


def test_only_one_id_is_run_where_one_is_named(broken: Library) -> None:
    assert len(run(broken, SADDLE)) == 1
    assert run(broken, "spinal-stenosis") == []
    assert count(broken, SADDLE) == len(broken.criteria[SADDLE].examples)
    assert count(broken, "cautions") == len(broken.cautions.file.examples)
    assert count(broken, "no-such-id") == 0


def test_a_name_of_a_criterion_and_a_finding_runs_both(broken: Library) -> None:
    both = "spinal-stenosis"
    own = len(broken.criteria[both].examples) + len(broken.findings[both].examples)
    assert count(broken, both) == own


def test_only_what_decided_is_shown() -> None:
    library = load_library()
    chart: tuple[dict[str, object]] = ({"saddle-numbness": {"began": "2 d ago"}},)
    facts = facts_of(Example(name="new", chart=chart, expect="emergency"), library.findings)
    lines = decide(library, library.criteria[SADDLE], 0, facts, {})
    assert {line.truth for line in lines} == {"true"}
    assert lines[0].text == "emergency (tier 1)"
    assert any("Saddle numbness" in line.text for line in lines)


def test_a_resource_is_told_without_the_marks_of_json() -> None:
    resource = {"code": {"coding": [{"system": "http://x", "code": "1"}], "text": "numb"}}
    assert in_short(resource) == "code (coding code 1, text numb)"
