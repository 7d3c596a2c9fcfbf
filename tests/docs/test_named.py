"""What the pages name exists: settings, figures, alerts, commands, paths, links and tests."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from service.cli import app
from service.settings import Settings
from tests.conftest import ROOT
from tests.docs.pages import Page, pages

PAGES = pages()
OF_DEPLOYMENT = sorted(
    path
    for path in (*(ROOT / "deploy").rglob("*"), ROOT / "docker-compose.yml", ROOT / "Dockerfile")
    if path.is_file() and path.suffix not in {".json", ".pyc"}
)
ROOMS = ("docs/", "deploy/", "tests/", "knowledge/", "service/", "cards/", ".ci/")
MADE = (".venv", ".cache")
"""Folders that a checkout has only after `make install` and the like."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@cache
def commands() -> Any:
    return typer.main.get_command(app)


@cache
def figures() -> set[str]:
    """Those that stand in the table for operators, which is held to the running service."""
    text = (ROOT / "docs" / "operate.md").read_text()
    return set(re.findall(r"^\| `(backflag_[a-z_]+)` \|", text, re.MULTILINE))


@cache
def alerts() -> set[str]:
    document = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text())
    return {rule["alert"] for group in document["groups"] for rule in group["rules"]}


@cache
def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {one.name for one in tree.body if isinstance(one, kinds)}


def misused(words: list[str]) -> str:
    """What is wrong with a call of `backflag`; nothing where it is right."""
    command = commands()
    words = list(words)
    while words and words[0] in getattr(command, "commands", ()):
        command = command.commands[words.pop(0)]
    if hasattr(command, "commands") and words and re.fullmatch(r"[a-z][a-z-]+", words[0]):
        return f"no command {words[0]}"
    known = {name for one in command.params for name in one.opts} | {"--help"}
    options = {one.partition("=")[0] for one in words if re.match(r"--[a-z]", one)}
    return f"no option {sorted(options - known)}" if options - known else ""


def calls_of(page: Page) -> list[list[str]]:
    """The words after each `backflag` that stands as a command in code."""
    start = re.compile(r"(?:^|[ (]|bin/)backflag (?=[a-z-])([^|&;#()]*)")
    found = [match[1] for line in page.code for match in start.finditer(line)]
    return [one.replace("[", " ").replace("]", " ").split() for one in found]


@pytest.mark.parametrize(
    "path", [*(one.path for one in PAGES), *OF_DEPLOYMENT], ids=lambda path: path.name
)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    known = {f"BACKFLAG_{name}".upper() for name in Settings.model_fields}
    assert set(re.findall(r"\bBACKFLAG_[A-Z][A-Z_]*\b", path.read_text())) <= known


@each_page
def test_every_figure_that_is_named_exists(page: Page) -> None:
    named = set(re.findall(r"\bbackflag_[a-z_]*[a-z]", page.text))
    assert {re.sub(r"_(bucket|count|sum)$", "", one) for one in named} <= figures()


@each_page
def test_every_alert_that_is_named_exists(page: Page) -> None:
    assert set(re.findall(r"\bBackflag[A-Z]\w+", page.text)) <= alerts()


@each_page
def test_every_command_that_is_named_exists(page: Page) -> None:
    wrong = [(words, why) for words in calls_of(page) if (why := misused(words))]
    assert not wrong


@each_page
def test_every_target_of_make_that_is_named_exists(page: Page) -> None:
    makefile = (ROOT / "Makefile").read_text()
    known = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = re.compile(r"(?:^|[ &;])make ([a-z-]+)")
    assert {match[1] for line in page.code for match in named.finditer(line)} <= known


@each_page
def test_every_module_that_is_run_exists(page: Page) -> None:
    named = re.compile(r"python -m ((?:tests|service|knowledge|cards)[\w.]*)")
    modules = {match[1] for line in page.code for match in named.finditer(line)}
    assert not [one for one in modules if find_spec(one) is None]


@each_page
def test_every_path_of_the_checkout_that_is_named_exists(page: Page) -> None:
    words = {word.strip("@'\",:;") for line in page.code for word in line.split()}
    paths = {one for one in words if one.startswith(ROOMS) and not re.search(r"[*<…{]", one)}
    assert not [one for one in paths if not (ROOT / one.partition("#")[0]).exists()]


@each_page
def test_every_link_leads_somewhere(page: Page) -> None:
    dead = []
    for words, target in page.links:
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target) or file.startswith(MADE):
            continue
        path = (page.path.parent / file) if file else page.path
        known = Page(path).anchors if path.suffix == ".md" and path.is_file() else None
        if not path.exists() or (anchor and known is not None and anchor not in known):
            dead.append((words, target))
    assert not dead


@each_page
def test_every_test_that_is_named_exists(page: Page) -> None:
    missing = []
    for words, target in page.links:
        if re.search(r"tests/(?:.*/)?test_\w+\.py$", target):
            name = f"test_{words.replace(' ', '_')}"
            if name not in functions((page.path.parent / target).resolve()):
                missing.append((name, target))
    assert not missing


@each_page
def test_every_value_of_the_chart_that_is_named_exists(page: Page) -> None:
    values = yaml.safe_load((ROOT / "deploy" / "helm" / "backflag" / "values.yaml").read_text())
    for span in page.code:
        is_one = re.fullmatch(r"[a-zA-Z]+(\.(?!yaml$)[a-zA-Z]+)+", span)
        if is_one and span.partition(".")[0] in values:
            inside = values
            for key in span.split("."):
                assert key in inside, span
                inside = inside[key]


@each_page
def test_every_service_of_compose_that_is_named_exists(page: Page) -> None:
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    told = re.compile(r"docker compose (?:up|logs|exec|kill|stop|restart|run|pull|cp)\b([^|&;#>]*)")
    for line in page.code:
        for match in told.finditer(line):
            (named, *_) = [*_services(match[1].split()), ""]
            assert not named or named in document["services"], line


def _services(words: list[str]) -> list[str]:
    """The words that are neither an option nor what belongs to one."""
    taking = {"-s", "--tail", "-v", "--volume", "-e", "--timeout", "--signal", "--entrypoint"}
    pairs = zip(["", *words], words, strict=False)
    found = [word for before, word in pairs if before not in taking and not word.startswith("-")]
    return [one for one in found if re.fullmatch(r"[a-z][a-z-]*", one)]


@pytest.mark.parametrize(
    "wrong",
    ["serv", "knowledge lnt", "records rotate", "check --patients p1 FILE", "db upgrade --to 3"],
)
def test_a_command_that_is_not_there_is_noticed(wrong: str) -> None:
    assert misused(wrong.split())


def test_commands_are_found_on_the_pages() -> None:
    assert sum(len(calls_of(page)) for page in PAGES) > len(PAGES)
