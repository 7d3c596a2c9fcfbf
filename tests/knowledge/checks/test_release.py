"""A change of knowledge counts once it has a version and is told; until then lint fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.checks.release import changelog
from knowledge.checks.release.making import Release, prepare, release
from knowledge.checks.release.meaning import fingerprint, meaning_of
from knowledge.checks.release.released import load_released
from knowledge.checks.release.unreleased import unreleased
from knowledge.checks.shelf import read_shelf
from knowledge.language.files import KnowledgeError
from tests.knowledge.checks.tiny import CRITERION, FINDING, PHRASES, change, make, swap, write

FIRST = "## 2026.1.0 (2026-01-31)\n\n- `red`: whoever is numb.\n"
SECOND = "## 2026.2.0 (2026-02-28)\n\n- `red`: whoever is numb for longer.\n\n"
ORDERS = """\
categories: {}
orders:
  - {id: scan, label: Scan, covers: [look]}
  - {id: look, label: Look}
  - {id: other, label: Other}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny folder, released once."""
    folder = make(tmp_path / "knowledge", **{"CHANGELOG.md": FIRST, "orders.yaml": ORDERS})
    change(folder, "criteria/red.yaml", swap("summary: Numb", "summary: Numb, order: [scan]"))
    write(folder, "words.yaml", "label: Backflag\n")
    write(folder, "text/cues.yaml", "en: {negation: [no]}\n")
    made = prepare(read_shelf(folder))
    assert made.against == ()
    release(folder, made)
    return folder


def faults(folder: Path) -> list[str]:
    return [str(fault) for fault in unreleased(read_shelf(folder))]


def against(folder: Path) -> list[str]:
    return [str(fault) for fault in attempt(folder).against]


def attempt(folder: Path) -> Release:
    return prepare(read_shelf(folder))


def raise_version(folder: Path, text: str = SECOND) -> None:
    write(folder, "VERSION", "2026.2.0\n")
    write(folder, "CHANGELOG.md", text + FIRST)


def test_what_was_released_and_not_touched_is_no_fault(folder: Path) -> None:
    assert faults(folder) == []


@pytest.mark.parametrize(
    ("file", "was", "now", "said"),
    [
        ("criteria/red.yaml", "within: recent", "at_least_ago: recent", "its own text or numbers"),
        ("criteria/red.yaml", "summary: Numb", "summary: Number", "its own text or numbers"),
        ("criteria/red.yaml", "lead: 1", "lead: 2", "its own text or numbers"),
        ("chart.yaml", "value: 14", "value: 15", "its own text or numbers"),
        ("chart.yaml", "unit: d", "unit: h", "its own text or numbers"),
        ("findings/numb.yaml", "world: open", "world: closed", "finding numb"),
        ("findings/numb.yaml", "title: Numbness", "title: Numb", "finding numb"),
        ("valuesets/numb.json", "44077006", "449813001", "value set numb"),
        ("valuesets/numb.json", "Numbness (finding)", "Numbness", "value set numb"),
        ("valuesets/numb.phrases.yaml", "numb", "numb*", "value set numb"),
        ("orders.yaml", "label: Scan", "label: MRI", "order scan"),
        ("orders.yaml", "label: Look", "label: Watch", "order look"),
        ("sources/book.yaml", "title: A book", "title: The book", "source book"),
    ],
)
def test_whatever_can_change_an_answer_or_a_card_is_told_at_the_criterion(
    folder: Path, file: str, was: str, now: str, said: str
) -> None:
    change(folder, file, swap(was, now))
    lines = [line for line in faults(folder) if line.startswith("criteria/red.yaml:2: version: ")]
    assert lines == [
        f"criteria/red.yaml:2: version: changed ({said}) since 2026.1.0 without a release"
    ]


@pytest.mark.parametrize(
    ("file", "was", "now"),
    [
        ("criteria/red.yaml", "name: old", "name: older"),
        ("criteria/red.yaml", "id: red\n", "# A comment\nid: red\n"),
        ("criteria/red.yaml", "about: Numbness that is new.", "about: New numbness."),
        ("criteria/red.yaml", "where: page 1", "where: page 2"),
        ("criteria/red.yaml", "tiers:", "unnoticed: [{change: a, because: b}]\ntiers:"),
        ("criteria/red.yaml", "    card:", "    in_words: Numb since yesterday.\n    card:"),
        ("chart.yaml", "step: 1", "step: 2"),
        ("chart.yaml", "step: 1", "step: 1, note: why"),
        ("findings/numb.yaml", "question: Is it numb?", "question: Numb?"),
        ("findings/numb.yaml", "text: numb", "text: so numb"),
        ("sources/book.yaml", "2026-11", "2026-12"),
        ("orders.yaml", "label: Other", "label: Another"),
        ("lint.yaml", "value: 12", "value: 6"),
    ],
)
def test_what_changes_no_answer_and_no_card_needs_no_release(
    folder: Path, file: str, was: str, now: str
) -> None:
    change(folder, file, swap(was, now))
    assert faults(folder) == []


@pytest.mark.parametrize(
    ("file", "was", "now"),
    [
        ("words.yaml", "Backflag", "Flag"),
        ("text/cues.yaml", "[no]", "[no, not]"),
        ("chart.yaml", "screen: [numb]", "screen: []"),
    ],
)
def test_what_all_criteria_share_is_told_at_its_own_file(
    folder: Path, file: str, was: str, now: str
) -> None:
    change(folder, file, swap(was, now))
    assert f"{file}:1: changed for all criteria since 2026.1.0 without a release" in faults(folder)


def test_a_new_criterion_and_one_that_is_gone_are_told(folder: Path) -> None:
    write(folder, "criteria/new.yaml", CRITERION.replace("id: red", "id: new"))
    (folder / "criteria" / "red.yaml").unlink()
    assert faults(folder) == [
        "criteria/new.yaml:2: version: is new since 2026.1.0 without a release",
        "released.yaml:1: red: the criterion is gone since 2026.1.0 without a release",
    ]


def test_without_a_release_there_is_one_fault(folder: Path) -> None:
    (folder / "released.yaml").unlink()
    assert faults(folder) == ["released.yaml:1: there is no release yet"]


def test_a_release_that_was_edited_by_hand_is_a_fault(folder: Path) -> None:
    own = load_released(folder).criteria["red"].own
    change(folder, "released.yaml", swap(own, fingerprint("forged")))
    [fault] = faults(folder)
    assert "edited by hand" in fault
    with pytest.raises(KnowledgeError):
        prepare(read_shelf(folder))


def test_a_version_that_was_raised_and_not_released_is_a_fault(folder: Path) -> None:
    write(folder, "VERSION", "2026.2.0\n")
    assert "VERSION:1: 2026.2.0 is not released: the last one is 2026.1.0" in faults(folder)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("## 2026.1.0", "## 2025.1.0", "has no entry for 2026.1.0"),
        ("`red`", "`blue`", "does not say who sees red differently"),
        ("(2026-01-31)", "(2026-01-30)", "was released on 2026-01-31"),
    ],
)
def test_the_entry_of_a_release_has_to_stay(folder: Path, was: str, now: str, said: str) -> None:
    change(folder, "CHANGELOG.md", swap(was, now))
    assert any(said in line for line in faults(folder))


def test_a_change_is_released_once_it_is_numbered_and_told(folder: Path) -> None:
    change(folder, "criteria/red.yaml", swap("within: recent", "at_least_ago: recent"))
    change(folder, "criteria/red.yaml", swap("version: 1", "version: 2"))
    raise_version(folder)
    made = attempt(folder)
    assert made.against == ()
    release(folder, made)
    assert faults(folder) == []
    assert load_released(folder).version == "2026.2.0"
    assert load_released(folder).changed == ("red",)


def test_nothing_is_released_where_nothing_has_changed(folder: Path) -> None:
    raise_version(folder)
    assert against(folder) == [
        "released.yaml:1: nothing has changed since 2026.1.0: nothing to release"
    ]


def change_finding(folder: Path) -> None:
    change(folder, "findings/numb.yaml", swap("world: open", "world: closed"))


@pytest.mark.parametrize("version", ["2026.1.0", "2025.12.0", "2026.0.9", "two", "2026.1"])
def test_a_release_needs_a_higher_version(folder: Path, version: str) -> None:
    change_finding(folder)
    raise_version(folder)
    write(folder, "VERSION", f"{version}\n")
    assert any(line.startswith("VERSION:1: ") for line in against(folder))


def test_versions_are_compared_as_numbers(folder: Path) -> None:
    change_finding(folder)
    write(folder, "VERSION", "2026.10.0\n")
    write(folder, "CHANGELOG.md", SECOND.replace("2026.2.0", "2026.10.0") + FIRST)
    assert against(folder) == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("", "CHANGELOG.md:1: has no entry `## 2026.2.0 (date)`"),
        ("## 2026.2.0\n\n- `red`\n\n", "has no date"),
        ("## 2026.2.0 (2026-02-31)\n\n- `red`\n\n", "has no date"),
        ("## 2026.2.0 (2026-01-30)\n\n- `red`\n\n", "is dated before the last release"),
        ("## 2026.2.0 (2026-02-28)\n\n- red\n\n", "does not name `red`, which changed (finding"),
        ("## 2026.2.0 (2026-02-28)\n\n- `red-flag`\n\n", "does not name `red`"),
    ],
)
def test_a_release_needs_a_dated_entry_that_names_the_criterion(
    folder: Path, entry: str, said: str
) -> None:
    change_finding(folder)
    raise_version(folder, entry)
    assert any(said in line for line in against(folder))


def test_an_entry_for_all_criteria_names_each(folder: Path) -> None:
    change_finding(folder)
    raise_version(folder, "## 2026.2.0 (2026-02-28)\n\n### All criteria\n\nOtherwise.\n\n")
    assert against(folder) == []


def test_a_criterion_whose_own_text_changed_or_that_is_new_is_named_all_the_same(
    folder: Path,
) -> None:
    change(folder, "criteria/red.yaml", swap("lead: 1", "lead: 2"))
    change(folder, "criteria/red.yaml", swap("version: 1", "version: 2"))
    write(folder, "criteria/new.yaml", CRITERION.replace("id: red", "id: new"))
    raise_version(folder, "## 2026.2.0 (2026-02-28)\n\n### All criteria\n\nOtherwise.\n\n")
    assert [line.partition(", which")[0] for line in against(folder)] == [
        "CHANGELOG.md:1: 2026.2.0: does not name `new`",
        "CHANGELOG.md:1: 2026.2.0: does not name `red`",
    ]


def test_what_all_share_has_to_be_told_for_all(folder: Path) -> None:
    change(folder, "words.yaml", swap("Backflag", "Flag"))
    raise_version(folder)
    assert any("does not say 'All criteria'" in line for line in against(folder))


def test_a_criterion_whose_own_text_changed_needs_a_higher_version(folder: Path) -> None:
    change(folder, "criteria/red.yaml", swap("lead: 1", "lead: 2"))
    raise_version(folder)
    [fault] = against(folder)
    assert fault.startswith("criteria/red.yaml:2: version: is 1: its own text or numbers changed")


def test_a_criterion_whose_finding_changed_keeps_its_version(folder: Path) -> None:
    change_finding(folder)
    raise_version(folder)
    assert against(folder) == []


def test_a_version_of_a_criterion_never_falls_and_a_new_one_begins_with_1(folder: Path) -> None:
    change(folder, "criteria/red.yaml", swap("version: 1", "version: 3"))
    write(
        folder, "criteria/new.yaml", CRITERION.replace("id: red\nversion: 1", "id: new\nversion: 2")
    )
    raise_version(folder, SECOND.replace("`red`", "`red`, `new`"))
    assert against(folder) == ["criteria/new.yaml:2: version: is 2: a new criterion begins with 1"]
    write(folder, "criteria/new.yaml", CRITERION.replace("id: red", "id: new"))
    release(folder, attempt(folder))
    change(folder, "criteria/red.yaml", swap("version: 3", "version: 2"))
    raise_version(folder, SECOND.replace("2026.2.0", "2026.3.0"))
    write(folder, "VERSION", "2026.3.0\n")
    assert any("red.yaml:2: version: is 2" in line for line in against(folder))


def test_a_refused_release_writes_nothing(folder: Path) -> None:
    change_finding(folder)
    before = (folder / "released.yaml").read_bytes()
    with pytest.raises(ValueError, match="against"):
        release(folder, attempt(folder))
    assert (folder / "released.yaml").read_bytes() == before


def test_the_fingerprint_is_the_same_on_every_machine() -> None:
    """By its value: another Python, system or order of keys has to come to the same."""
    assert fingerprint({"b": [14.0, "µ"], "a": None}) == fingerprint({"a": None, "b": [14.0, "µ"]})
    assert fingerprint(["numb", 14.0, True]) == "a3a33e2f0d1cf2925dd0"


def test_the_order_of_codes_and_phrases_means_nothing(folder: Path) -> None:
    write(folder, "valuesets/numb.phrases.yaml", PHRASES + "  - dead\n")
    one = meaning_of(read_shelf(folder)).parts["valuesets/numb"]
    write(folder, "valuesets/numb.phrases.yaml", "en:\n  - dead\n  - numb\n")
    assert meaning_of(read_shelf(folder)).parts["valuesets/numb"] == one


def test_a_criterion_comes_to_the_sets_of_findings_that_its_findings_are_made_of(
    folder: Path,
) -> None:
    inner = FINDING.replace("id: numb", "id: inner").replace("[numb]", "[inner]")
    write(folder, "findings/inner.yaml", inner)
    change(folder, "findings/numb.yaml", swap("said_by:", "any_of: [inner]\nsaid_by:"))
    reach = meaning_of(read_shelf(folder)).reach["red"]
    assert {"findings/inner", "valuesets/inner", "orders/look"} <= set(reach)
    assert "orders/other" not in reach


def test_the_shipped_changelog_is_read_entry_by_entry() -> None:
    entries = changelog.read_changelog(Path("knowledge"))
    first = entries["2026.11.0"]
    assert first.date is not None
    assert first.date.isoformat() == "2026-11-22"
    assert first.names("saddle-anaesthesia")
    assert not first.names("guillain-barre")
    assert [one.line for one in entries.values()] == sorted(one.line for one in entries.values())
