"""What differs between two folders is told place by place, in words, in the width of a terminal."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from knowledge.checks.diff import files, numbers, sets
from knowledge.checks.diff.model import Answer, Difference, PatientChange, Patients, Side
from knowledge.checks.diff.patients import LESS, MORE, OTHERWISE, SILENT, change, group, of_new
from knowledge.checks.diff.texts import moved
from knowledge.checks.diff.told import tell
from knowledge.checks.shelf import Shelf, read_shelf
from tests.knowledge.checks import tiny
from tests.knowledge.checks.tiny import CRITERION, FINDING, make, swap, value_set, write


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return make(tmp_path / "old"), make(tmp_path / "new")


def shelves(folders: tuple[Path, Path]) -> tuple[Shelf, Shelf]:
    return read_shelf(folders[0]), read_shelf(folders[1])


def test_the_same_folder_twice_differs_in_nothing(folders: tuple[Path, Path]) -> None:
    both = shelves(folders)
    assert files.criteria(*both) == files.findings(*both) == files.shared(*both) == ()
    assert numbers.numbers(*both) == ()
    assert sets.sets(*both) == ()


def test_a_moved_number_is_told_with_units_and_whom_it_concerns(
    folders: tuple[Path, Path],
) -> None:
    tiny.change(folders[1], "chart.yaml", swap("value: 14", "value: 10"))
    [one] = numbers.numbers(*shelves(folders))
    assert (one.file, one.name, one.was, one.now) == ("chart", "acute", "14 days", "10 days")
    assert one.used_by == ("red",)


def test_a_number_that_points_elsewhere_is_told(folders: tuple[Path, Path]) -> None:
    own = "{value: 3, unit: d, basis: book, step: 1}"
    tiny.change(folders[1], "criteria/red.yaml", swap("{same_as: chart.acute}", own))
    [one] = numbers.numbers(*shelves(folders))
    assert (one.was, one.now) == ("as chart.acute", "3 days")


def test_the_numbers_of_a_new_file_are_not_told_one_by_one(folders: tuple[Path, Path]) -> None:
    write(folders[1], "criteria/new.yaml", CRITERION.replace("id: red", "id: new"))
    both = shelves(folders)
    assert numbers.numbers(*both) == ()
    assert [(one.id, one.kind) for one in files.criteria(*both)] == [("new", "new")]
    assert [(one.id, one.kind) for one in files.criteria(*both[::-1])] == [("new", "gone")]


def test_a_criterion_is_compared_place_by_place(folders: tuple[Path, Path]) -> None:
    tiny.change(folders[1], "criteria/red.yaml", swap("summary: Numb", "summary: Number"))
    tiny.change(folders[1], "criteria/red.yaml", swap("version: 1", "version: 2"))
    [one] = files.criteria(*shelves(folders))
    assert one.versions == (1, 2)
    [place] = one.places
    assert (place.place, place.was, place.now) == (
        "tiers / 1 (urgent) / card / summary",
        "Numb",
        "Number",
    )


def test_examples_are_no_difference_of_a_criterion(folders: tuple[Path, Path]) -> None:
    tiny.change(folders[1], "criteria/red.yaml", swap("name: old", "name: older"))
    assert files.criteria(*shelves(folders)) == ()


def test_an_item_that_came_in_between_is_the_only_difference() -> None:
    was = {"tiers": [{"urgency": "urgent"}, {"urgency": "soon"}]}
    now = {"tiers": [{"urgency": "urgent"}, {"urgency": "routine"}, {"urgency": "soon"}]}
    [one] = moved(was, now)
    assert (one.place, one.was, one.now) == ("tiers", None, "{urgency: routine}")


def test_codes_come_and_go_with_their_displays(folders: tuple[Path, Path]) -> None:
    codes = ("449813001", "Numbness of saddle area (finding)")
    write(folders[1], "valuesets/numb.json", value_set("numb", codes))
    [one] = sets.sets(*shelves(folders))
    assert one.codes_added == ("Numbness of saddle area (finding) (SNOMED CT 449813001)",)
    assert one.codes_removed == ("Numbness (finding) (SNOMED CT 44077006)",)
    assert one.used_by == ("red",)


def test_phrases_come_and_go(folders: tuple[Path, Path]) -> None:
    write(folders[1], "valuesets/numb.phrases.yaml", "en:\n  - dead\nunless:\n  - dead end\n")
    [one] = sets.sets(*shelves(folders))
    assert one.phrases_added == ("dead", "unless: dead end")
    assert one.phrases_removed == ("numb",)


def test_a_finding_that_changed_and_one_that_is_new_are_told(folders: tuple[Path, Path]) -> None:
    tiny.change(folders[1], "findings/numb.yaml", swap("world: open", "world: closed"))
    write(folders[1], "findings/other.yaml", FINDING.replace("id: numb", "id: other"))
    changed = files.findings(*shelves(folders))
    assert [(one.id, one.kind) for one in changed] == [("numb", "changed"), ("other", "new")]
    assert changed[0].places[0].place == "world"


def test_what_all_share_is_told(folders: tuple[Path, Path]) -> None:
    write(folders[0], "words.yaml", "label: Backflag\n")
    write(folders[1], "words.yaml", "label: Flag\n")
    [one] = files.shared(*shelves(folders))
    assert (one.id, one.places[0].was, one.places[0].now) == ("words", "Backflag", "Flag")


def test_a_file_that_cannot_be_read_spoils_no_other(folders: tuple[Path, Path]) -> None:
    write(folders[0], "criteria/red.yaml", "id: [")
    tiny.change(folders[1], "chart.yaml", swap("value: 14", "value: 10"))
    both = shelves(folders)
    assert [one.name for one in numbers.numbers(*both) if one.file == "chart"] == ["acute"]
    assert both[0].broken == {"red"}


def patient(*answers: tuple[str | None, str | None], name: str = "A patient") -> PatientChange:
    told = tuple(Answer(criterion="red", was=was, now=now) for was, now in answers)
    return PatientChange(name=name, of="red", answers=told)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([("emergency, within 4 h", "routine")], LESS),
        ([("urgent", "not-met")], LESS),
        ([("soon", None)], LESS),
        ([("unknown", "emergency")], MORE),
        ([(None, "soon")], MORE),
        ([("routine", "not-met"), (None, "urgent")], MORE),
        ([("emergency", "not-met"), (None, "urgent")], LESS),
        ([("emergency, within 4 h", "emergency, within 2 h")], OTHERWISE),
        ([("not-met", "unknown")], SILENT),
    ],
)
def test_a_patient_is_grouped_by_the_most_urgent_answer(
    answers: list[tuple[str | None, str | None]], expected: str
) -> None:
    assert group(patient(*answers)) == expected


def test_other_cards_alone_are_no_silence() -> None:
    one = PatientChange(name="A", of="a.json", cards_were=("info: a",), cards_now=())
    assert group(one) == OTHERWISE


def test_what_stayed_the_same_is_not_said_twice() -> None:
    same = Answer(
        criterion="red", was="urgent, within 14 days", now="urgent, within 14 days, overdue"
    )
    assert change(same) == "urgent, within 14 days, as before; now overdue"
    assert change(Answer(criterion="red", was=None, now="soon")) == "no such criterion → soon"
    gone = Answer(criterion="red", was="emergency, overdue", now="emergency")
    assert change(gone) == "emergency, as before; no longer overdue"


def test_the_examples_of_a_new_criterion_are_counted_not_listed() -> None:
    own = patient((None, "soon"))
    foreign = PatientChange(name="B", of="other", answers=own.answers)
    rest, counted = of_new([own, own, foreign], frozenset({"red"}))
    assert rest == [foreign]
    assert counted == {"red": 2}


def difference(folders: tuple[Path, Path], *changed: PatientChange) -> Difference:
    both = shelves(folders)
    return Difference(
        old=Side(name="HEAD~1", version="2026.1.0"),
        new=Side(name="working tree", version="2026.2.0", note="a note"),
        criteria=files.criteria(*both),
        numbers=numbers.numbers(*both),
        sets=sets.sets(*both),
        findings=files.findings(*both),
        shared=files.shared(*both),
        patients=Patients(examples=100, charts=2, changed=changed),
    )


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_text_fits_the_terminal_and_names_every_section(
    folders: tuple[Path, Path], width: int
) -> None:
    tiny.change(folders[1], "criteria/red.yaml", swap("summary: Numb", f"summary: {'numb ' * 27}"))
    tiny.change(folders[1], "valuesets/numb.phrases.yaml", swap("numb", " ".join(["numb"] * 100)))
    tiny.change(folders[1], "findings/numb.yaml", swap("world: open", "world: closed"))
    one = patient(("emergency, within 4 hours", "routine"), name="A patient who " + "waits " * 30)
    lines = tell(difference(folders, one), width)
    assert max(map(len, lines)) <= width
    for section in ("Patients", "Criteria", "Numbers", "Codes and phrases", "Findings"):
        assert any(line.startswith(section) for line in lines)


def test_the_text_says_who_is_less_urgent_before_anything_else(
    folders: tuple[Path, Path],
) -> None:
    more, less = patient(("soon", "urgent"), name="More"), patient(("urgent", "soon"), name="Less")
    text = "\n".join(tell(difference(folders, more, less), 80))
    assert text.index("Less") < text.index("More")
    assert "another answer for 2; 100 examples and 2 charts judged by both" in text


def test_no_difference_is_said_in_so_many_words(folders: tuple[Path, Path]) -> None:
    text = "\n".join(tell(difference(folders), 80))
    assert text.count("no difference") == 6


def test_many_codes_are_cut_in_the_text_and_whole_in_json(folders: tuple[Path, Path]) -> None:
    many = [(str(10**6 + number), f"Finding {number}") for number in range(30)]
    write(folders[1], "valuesets/numb.json", value_set("numb", *many))
    found = difference(folders)
    assert "more (--format json has all)" in "\n".join(tell(found, 80))
    assert len(msgspec.to_builtins(found)["sets"][0]["codesAdded"]) == 30
