"""The shipped knowledge, and the example of a site's folder to be changed at will."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from knowledge.library import FOLDER, Library, load_library
from knowledge.site.shipped import Shipped
from tests.conftest import ROOT

EXAMPLE = ROOT / "docs" / "site-example"


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="session")
def shipped(library: Library) -> Shipped:
    return Shipped(
        FOLDER, dict(library.criteria), dict(library.findings), library.chart,
        library.valuesets, library.orders, library.words, dict(library.tables()),
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, library: Library) -> Path:
    """The example with sign-offs of today's versions."""
    shutil.copytree(EXAMPLE, tmp_path / "site")
    signed = tmp_path / "site" / "sign-offs.yaml"
    version = library.criteria["cauda-equina-syndrome"].version
    text = signed.read_text(encoding="utf-8")
    signed.write_text(re.sub(r"version: \d+", f"version: {version}", text, count=1), "utf-8")
    return tmp_path / "site"
