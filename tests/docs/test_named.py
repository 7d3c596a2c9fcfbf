"""What pages and deployments name exists: tests, paths, modules, services. More: test_documents."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from service.settings import Settings
from service.trust.clients import load_clients
from tests.conftest import ROOT
from tests.docs.pages import Page, pages

PAGES = pages()
OF_DEPLOYMENT = sorted(
    path
    for path in (*(ROOT / "deploy").rglob("*"), ROOT / "docker-compose.yml", ROOT / "Dockerfile")
    if path.is_file() and path.suffix not in {".json", ".pyc"}
)
ROOMS = ("docs/", "deploy/", "tests/", "knowledge/", "service/", "cards/", ".ci/")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@cache
def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {one.name for one in tree.body if isinstance(one, kinds)}


@pytest.mark.parametrize("path", OF_DEPLOYMENT, ids=lambda path: path.name)
def test_every_setting_that_a_file_of_a_deployment_names_exists(path: Path) -> None:
    known = {f"BACKFLAG_{name}".upper() for name in Settings.model_fields}
    assert set(re.findall(r"\bBACKFLAG_[A-Z][A-Z_]*\b", path.read_text())) <= known


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


def test_every_hazard_has_its_parts_and_a_test() -> None:
    page = Page(ROOT / "docs" / "safety-case.md")
    log = page.text.partition("\n## Hazard log\n")[2].partition("\n## ")[0]
    hazards = re.findall(r"^### (H\d+) .*\n((?:(?!###).*\n)+)", log, re.MULTILINE)
    assert [name for name, _ in hazards] == re.findall(r"^\| (H\d+) \|", page.text, re.MULTILINE)
    for name, told in hazards:
        parts = ("Cause", "Effect", "Risk, as we propose", "Left to the site")
        assert all(f"**{part}**: " in told for part in parts), name
        assert "/test_" in told, name


def test_every_threat_has_a_test() -> None:
    page = Page(ROOT / "docs" / "threat-model.md")
    threats = re.findall(r"^\| [STRIDE] \|.*$", page.text, re.MULTILINE)
    assert len(threats) > len("STRIDE")
    assert not [one for one in threats if "/test_" not in one.rpartition(" | ")[2]]


def test_every_clients_file_for_an_ehr_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "connecting.md").read_text()
    shown = re.findall(r"^```yaml\n(clients:\n.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(shown) == 2
    for one in shown:
        path = tmp_path / "clients.yaml"
        path.write_text(one)
        assert load_clients(path, "https://cds.example.org").all


def test_the_first_page_leads_to_every_other() -> None:
    links = {target.partition("#")[0] for _, target in Page(ROOT / "README.md").links}
    assert {page.name for page in PAGES} - links == {"README.md"}
