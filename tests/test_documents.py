"""What the documents name exists: settings, figures, alerts, commands, targets of make, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from service.cli import app
from service.settings import Settings
from tests.conftest import ROOT

FOLDERS = ("docs", "deploy", "knowledge")
SETUPS = ("Dockerfile", "docker-compose.yml", "deploy/**/*.y*ml", "deploy/**/*.conf*", ".ci/*")
DOCUMENTS = sorted(
    path
    for path in [
        ROOT / "README.md",
        *(one for name in FOLDERS for one in (ROOT / name).rglob("*.md")),
    ]
    if "node_modules" not in path.parts
)
FILES = [*DOCUMENTS, *sorted({one for name in SETUPS for one in ROOT.glob(name) if one.is_file()})]
CODE = re.compile(r"^```\w*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(
    r"(?:^|[\s/(|])backflag((?: [a-z][a-z-]*)+)((?: +(?:--?[a-z-]+|[^\s|;&)#`]+))*)"
)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def code_of(path: Path) -> str:
    """What stands in code, a piece a line; all of it where the file is no text."""
    text = path.read_text()
    if path.suffix != ".md":
        return text
    return "\n".join(block or span for block, span in CODE.findall(text))


@cache
def commands() -> dict[str, set[str]]:
    """Each command with its options, as `knowledge lint`."""
    found: dict[str, set[str]] = {}

    def walk(command: Any, name: str) -> None:
        found[name] = {"--help"} | {one for each in command.params for one in each.opts}
        for sub, one in getattr(command, "commands", {}).items():
            walk(one, f"{name} {sub}".strip())

    walk(typer.main.get_command(app), "")
    return found


def named_commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """As many words as can be a command, with the options after it."""
    groups = {name.rpartition(" ")[0] for name in commands()}
    for words, rest in COMMAND.findall(text):
        name = ""
        for word in words.split():
            if name in groups:
                name = f"{name} {word}".strip()
        yield name, re.findall(r"(?<!\S)(--[a-z-]+)", rest)


@cache
def anchors(path: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    known = {f"BACKFLAG_{name}".upper() for name in Settings.model_fields} - {
        "BACKFLAG_HOST",
        "BACKFLAG_PORT",
    }
    assert set(re.findall(r"\bBACKFLAG_[A-Z_]*[A-Z]\b", path.read_text())) <= known


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_figure_and_alert_that_is_named_exists(path: Path) -> None:
    page = (ROOT / "docs" / "operate.md").read_text()  # held to the service by its own test
    figures = set(re.findall(r"^\| `(backflag_[a-z_]+)` \|", page, re.MULTILINE))
    alerts = set(re.findall(r"^### (Backflag\w+)$", page, re.MULTILINE))
    text = path.read_text()
    assert set(re.findall(r"\bbackflag_[a-z_]+[a-z]\b", text)) <= figures
    assert set(re.findall(r"\bBackflag[A-Z]\w+", text)) <= alerts


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_that_is_named_exists(path: Path) -> None:
    for name, options in named_commands(code_of(path)):
        assert name in commands(), name
        assert set(options) <= commands()[name], f"{name} {options}"


def test_the_commands_are_found() -> None:
    told = "`.venv/bin/backflag knowledge lint --site DIR`, then\n$ backflag serve --port 1 | cat\n"
    assert list(named_commands(told)) == [("knowledge lint", ["--site"]), ("serve", ["--port"])]
    assert next(named_commands("backflag nonsense --loud")) == ("nonsense", ["--loud"])
    assert next(named_commands("backflag db downgrade now")) == ("db downgrade", [])


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_target_of_make_that_is_named_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z-]+)", code_of(path), re.MULTILINE)) <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in LINK.findall(path.read_text()):
        place, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        there = (path.parent / place).resolve() if place else path
        assert there.exists(), link
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), link
