"""What an administrator is told of trust is what the service does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from shutil import copytree

from service.trust.client import RECOMMENDED, Client
from service.trust.clients import load_clients
from service.trust.keys import ALGORITHMS
from service.trust.refusals import REASONS
from tests.service.trust.making import BASE, jwk

DOCS = Path(__file__).parents[3] / "docs"
TEXT = (DOCS / "trust.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[tuple[str, str]]:
    """The first two cells of the table below a heading."""
    below = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| (`.+?) \| (.+?) \|$", below, re.MULTILINE)


def test_the_reasons_are_those_of_the_service() -> None:
    assert rows("Why a call was refused") == [(f"`{why}`", REASONS[why]) for why in REASONS]


def test_the_fields_are_those_of_the_file() -> None:
    found = rows("The clients file")
    names = [name for cell, _ in found for name in re.findall(r"`(\w+)`", cell)]
    assert names == list(Client.model_fields)
    (algorithms,) = (text for cell, text in found if cell == "`algorithms`")
    assert re.findall(r"[RE]S\d+", algorithms) == [*ALGORITHMS, *RECOMMENDED]


def test_the_example_is_a_clients_file(tmp_path: Path) -> None:
    folder = copytree(DOCS / "clients-example", tmp_path / "clients")
    (folder / "county-keys.json").write_text(json.dumps({"keys": [jwk("c", "RS384")]}))
    names = [one.client.name for one in load_clients(folder / "clients.yaml", BASE).all]
    assert names == ["main-campus", "county"]
