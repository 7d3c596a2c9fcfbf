"""Rules of the house that no linter knows, read from the syntax tree."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("knowledge", "cards", "service")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))

COUNTING = {0, 1, 2, -1, 10, 100, 1000}
CALENDAR = {7, 12, 24, 60, 365, 365.25, 3600}
PLAIN = COUNTING | CALENDAR
PARTICULAR: dict[str, set[complex]] = {
    "knowledge/language/schema.py": {139},  # a summary has under 140 characters (CDS Hooks)
    "service/body.py": {16},  # zlib's word for a gzip header
    "service/calls.py": {4},  # a quarter of the deadline is left for the evaluation
    "service/cli.py": {8000, 16},  # the port of interface.md; a port has 16 bits
    "service/ehr/intake.py": {4},  # the bit by which zlib knows gzip
    "service/ehr/servers.py": {16},  # a port has 16 bits
    "service/ending.py": {0x30, 0x45, 0x06, 13, 26, 18, 8, 20, 5},  # of the kernel's packet filter
    "service/insights/masking.py": {5},  # the count that is small no more, by the issue
    "service/insights/period.py": {13},  # weeks of three months
    "service/insights/plots.py": {0.72, 4, 6.6, 13, 14, 34, 52, 360},  # sizes in a picture
    "service/insights/summary.py": {3},  # names in a sentence
    "service/protocol.py": {64},  # kB of a request's head
    "service/records/carrier.py": {3, 4, 5, 256},  # seconds, parts of one, and kB; each named
    "service/records/key_file.py": {16, 32, 0o600},  # bytes of a key; a file for its owner alone
    "service/records/owners.py": {0o600},  # a file for its owner alone
    "service/records/recall.py": {4, 5},  # a quarter of a second, and seconds; each named
    "service/records/spool.py": {0o700},  # a folder for its owner alone
    "service/serving.py": {75},  # seconds, as proxies count them
    "service/settings.py": {
        8000,
        20,
        16,
        2000,
        30,
        64,
        50_000,
        730,
    },  # the defaults of interface.md; as above
    "service/store/migrations/versions/v0001_tokens_and_feedback.py": {20, 40, 64},  # as below
    "service/store/migrations/versions/v0002_calls_and_cards.py": {16, 20, 36, 64, 400},
    "service/store/schema.py": {32},  # what Alembic gives the name of a version
    "service/store/tables.py": {16, 20, 36, 40, 64, 400},
    # ^ the widths of columns; SHA-256 has 64 hex digits, a UUID 36 letters
    "service/terminal.py": {80},  # the columns of a terminal
    "service/trust/audience.py": {80, 443},  # the usual ports
    "service/records/making.py": {4, 128},  # a random UUID: its version and its bits
    "service/trust/keys.py": {2048, 16_384},  # bits of an RSA key
    "service/trust/tokens.py": {4},  # base64 comes in fours
}
"""What one module may hold beside the plain numbers, each with its reason."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def numbers(tree: ast.AST) -> Iterator[tuple[int, complex]]:
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, int | float | complex) and not isinstance(value, bool):
            yield getattr(node, "lineno", 0), value


def environment_reads(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}:
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module in {"os", "dotenv"}:
            names = {alias.name for alias in node.names}
            if names & {"environ", "environb", "getenv", "load_dotenv", "dotenv_values"}:
                yield node.lineno


def tree_of(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_number_in_python_but_plain_ones(path: Path) -> None:
    allowed = PLAIN | PARTICULAR.get(name_of(path), set())
    found = [(line, value) for line, value in numbers(tree_of(path)) if value not in allowed]
    assert not found, f"numbers belong into the knowledge, with unit and origin: {found}"


def test_the_number_rule_sees_a_clinical_number() -> None:
    tree = ast.parse("def full(volume: float) -> bool:\n    return volume > 200.5 - 14j\n")
    assert [value for _, value in numbers(tree)] == [200.5, 14j]


def test_every_exception_to_the_number_rule_is_needed() -> None:
    for name, allowed in PARTICULAR.items():
        found = {value for _, value in numbers(tree_of(ROOT / name))}
        assert allowed <= found, name


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    found = list(environment_reads(tree_of(path)))
    found = [] if name_of(path) == "service/settings.py" else found
    assert not found, f"reads the environment on lines {found}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_settings_use_pydantic_settings(path: Path) -> None:
    if name_of(path) != "service/settings.py":
        assert "pydantic_settings" not in path.read_text(encoding="utf-8")


def test_the_environment_rule_sees_every_way() -> None:
    ways = ("import os\nos.environ['A']", "import os as o\no.getenv('A')", "from os import environ")
    assert all(list(environment_reads(ast.parse(way))) for way in ways)


def test_the_lock_names_only_the_public_index() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    sources = [package["source"] for package in lock["package"]]
    indexes = {source["registry"] for source in sources if "registry" in source}
    assert indexes == {"https://pypi.org/simple"}
    files = [file for package in lock["package"] for file in package.get("wheels", [])]
    assert all(file["url"].startswith("https://files.pythonhosted.org/") for file in files)
