"""Two versions of the knowledge, from folders or from git, judged on the same patients."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge.checks.diff.model import Difference
from knowledge.checks.diff.told import tell
from knowledge.checks.shelf import read_shelf
from knowledge.library import FOLDER
from service.comparing import revisions
from service.comparing.both import touched
from service.comparing.command import difference
from service.comparing.patients import Judge, Unjudged, judge_of
from service.comparing.revisions import NoVersion, Version, find_version
from tests.knowledge.checks.tiny import change, make, swap
from tests.service.test_cli import backflag

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ZOSTER = "criteria/herpes-zoster.yaml"
RECENT = "value: 30"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The shipped knowledge, and a copy in which one number of one criterion has moved."""
    folder = tmp_path_factory.mktemp("versions")
    for name in ("old", "new"):
        shutil.copytree(FOLDER, folder / name)
    change(folder / "new", ZOSTER, swap(RECENT, "value: 20"))
    return folder / "old", folder / "new"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with two revisions of a tiny knowledge."""
    root = tmp_path / "repository"
    make(root / "knowledge")
    git(root, "init", "--quiet")
    commit(root, "first")
    change(root / "knowledge", "chart.yaml", swap("value: 14", "value: 10"))
    commit(root, "second")
    monkeypatch.setattr(revisions, "FOLDER", root / "knowledge")
    return root


def git(root: Path, *args: str) -> None:
    name = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *name, *args], check=True, capture_output=True)


def commit(root: Path, message: str) -> None:
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", message)


@pytest.fixture(scope="module")
def found(shipped: tuple[Path, Path]) -> Difference:
    return difference(str(shipped[0]), str(shipped[1]), NOW)


def test_a_moved_number_shows_with_the_patients_who_get_another_answer(found: Difference) -> None:
    assert [(one.file, one.was, one.now) for one in found.numbers] == [
        ("herpes-zoster", "30 days", "20 days")
    ]
    assert found.patients is not None
    assert {one.of for one in found.patients.changed} >= {"herpes-zoster"}
    for one in found.patients.changed:
        assert {answer.criterion for answer in one.answers} & {"herpes-zoster"}
    assert found.patients.not_judged == ()
    assert found.patients.charts > 0


def test_it_is_told_in_the_width_of_a_terminal(found: Difference) -> None:
    lines = tell(found, 80)
    assert any("less urgent, or silent now" in line for line in lines)
    assert max(map(len, lines)) <= 80


def test_the_command_says_it_in_json_even_where_no_patient_can_be_judged(tmp_path: Path) -> None:
    old, new = make(tmp_path / "old"), make(tmp_path / "new")
    change(new, "chart.yaml", swap("value: 14", "value: 10"))
    done = backflag("knowledge", "diff", str(old), str(new), "--format", "json")
    assert done.returncode == 0
    body = json.loads(done.stdout)
    assert body["numbers"][0]["now"] == "10 days"
    assert "patients" not in body
    assert "cannot be judged by this software" in body["old"]["note"]


def test_no_difference_is_no_failure(tmp_path: Path) -> None:
    folder = make(tmp_path)
    done = backflag("knowledge", "diff", str(folder), str(folder))
    assert done.returncode == 0
    assert b"Criteria: no difference" in done.stdout


@pytest.mark.parametrize("name", ["no-such-revision", "--exec=x", "HEAD:knowledge"])
def test_an_unknown_version_is_one_line_and_status_2(name: str) -> None:
    done = backflag("knowledge", "diff", "--", name)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert b"neither a folder with knowledge nor a git revision here" in done.stderr


def test_a_folder_without_knowledge_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoVersion, match="holds no knowledge"):
        find_version(str(tmp_path), tmp_path / "out")


def test_a_folder_is_found_with_and_without_its_last_name(tmp_path: Path) -> None:
    make(tmp_path / "knowledge")
    found = {
        find_version(str(one), tmp_path / "out").folder
        for one in (tmp_path, tmp_path / "knowledge")
    }
    assert found == {tmp_path / "knowledge"}


def test_a_revision_is_taken_out_of_git_and_leaves_the_tree_alone(
    repository: Path, tmp_path: Path
) -> None:
    version = find_version("HEAD~1", tmp_path / "out")
    assert "value: 14" in (version.folder / "chart.yaml").read_text(encoding="utf-8")
    assert "value: 10" in (repository / "knowledge" / "chart.yaml").read_text(encoding="utf-8")
    assert version.tree == tmp_path / "out"


def test_a_revision_before_the_knowledge_is_told(repository: Path, tmp_path: Path) -> None:
    git(repository, "rm", "-r", "--quiet", "knowledge")
    (repository / "other").write_text("x", encoding="utf-8")
    commit(repository, "none")
    with pytest.raises(NoVersion, match="this revision holds no knowledge"):
        find_version("HEAD", tmp_path / "out")


def test_knowledge_that_cannot_be_read_still_shows_its_numbers(repository: Path) -> None:
    """The tiny folders have no words for cards, and no software beside them."""
    found = difference("HEAD~1", "HEAD", NOW)
    assert found.patients is None
    assert found.old.note is not None
    assert "patients could not be judged" in f"{found.old.note} {found.new.note}"
    assert [(one.was, one.now) for one in found.numbers] == [("14 days", "10 days")]


STUBS = {
    "knowledge/__init__.py": "",
    "service/__init__.py": "",
    "knowledge/library.py": """
from types import SimpleNamespace as Thing
FOLDER = None
def load_library(folder):
    criterion = Thing(id="red", most_urgent="urgent")
    answer = Thing(criterion=criterion, urgency="urgent", clock="1 day", outcome="met")
    finding = Thing(when=None)
    return Thing(criteria={"red": criterion}, findings={"numb": finding},
                 judge_facts=lambda facts, met: [answer] if facts else [])
""",
    "knowledge/checks/__init__.py": "",
    "knowledge/checks/short.py": "def facts_of(example, findings): return example['chart']\n",
    "knowledge/language/__init__.py": "",
    "knowledge/language/schema.py": """
class Example:
    @staticmethod
    def model_validate(raw): return raw
""",
}


def test_an_old_revision_is_judged_by_its_own_software(tmp_path: Path) -> None:
    for name, text in STUBS.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    judge = judge_of(Version("old", tmp_path / "knowledge", tmp_path))
    assert judge.note is not None
    examples = [{"id": "a", "chart": ["numb"]}, {"id": "b", "chart": ["unheard-of"]}]
    answer = judge.answer({"examples": examples, "charts": []})
    assert answer["examples"]["a"] == {"answers": {"red": "urgent, within 1 day"}}
    assert answer["examples"]["b"] == {"answers": {}}


def test_a_tree_without_software_is_told_in_one_line(tmp_path: Path) -> None:
    make(tmp_path / "knowledge")
    with pytest.raises(Unjudged, match=r"^old: this revision has no knowledge to judge"):
        Judge("old", tree=tmp_path).answer({"examples": [], "charts": []})


def test_a_folder_that_cannot_be_read_has_no_software_to_ask(tmp_path: Path) -> None:
    with pytest.raises(Unjudged, match=r"cannot be read"):
        judge_of(Version("tiny", make(tmp_path)))


def test_only_criteria_that_can_answer_otherwise_are_judged_twice(
    shipped: tuple[Path, Path],
) -> None:
    old, new = (read_shelf(folder) for folder in shipped)
    assert touched(old, old) == []
    assert touched(old, new) == ["herpes-zoster", "mscc"]
