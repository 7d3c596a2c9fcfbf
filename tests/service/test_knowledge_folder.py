"""Another folder of knowledge in the place of the one that is shipped."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from knowledge.language.files import KnowledgeError
from knowledge.library import FOLDER
from service.judging import load_engine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    python = shutil.ignore_patterns("*.py", "__pycache__", "patients")
    return Path(shutil.copytree(FOLDER, tmp_path / "knowledge", ignore=python))


def test_a_folder_without_any_code_is_enough(folder: Path) -> None:
    (folder / "VERSION").write_text("2030.1.0\n")
    assert load_engine("http://x", knowledge=folder).knowledge_version == "2030.1.0"


def test_wrong_knowledge_stops_the_start_with_its_place(folder: Path) -> None:
    (folder / "criteria" / "saddle-anaesthesia.yaml").write_text("id: [")
    with pytest.raises(KnowledgeError, match=r"saddle-anaesthesia\.yaml"):
        load_engine("http://x", knowledge=folder)
