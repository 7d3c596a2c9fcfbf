from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from knowledge.library import FOLDER
from knowledge.safe_yaml import SAFE, load

WORDS = [
    "a: [1, 2.5, yes, null, 2026-01-02, 0x10, '1']",
    "1: one\ntrue: yes\nnull: nothing",
    "base: &it {a: 1}\nother: {<<: *it, b: 2}\nagain: *it",
    "- !!str 5\n- !!int '5'\n- !!set {a, b}\n- |\n  block\n",
    "",
    "plain",
    "a: 1\na: 2",
]


@pytest.mark.parametrize("text", WORDS)
def test_odd_values_are_what_the_loader_of_yaml_makes_of_them(text: str) -> None:
    assert load(text) == yaml.load(text, Loader=SAFE)


def test_every_file_is_read_as_the_loader_of_yaml_reads_it() -> None:
    paths = sorted(FOLDER.rglob("*.yaml"))
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert load(text) == yaml.load(text, Loader=SAFE), path.name


def test_a_list_that_holds_itself_is_one() -> None:
    found = load("&it [*it]")
    assert found[0] is found


@pytest.mark.parametrize(
    "text", ["a: [", "!!python/object:os.system {}", "? {a: 1}\n: 2", "!strange x", "*nowhere"]
)
def test_what_is_no_plain_yaml_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        load(text)


def test_a_date_is_a_date() -> None:
    found: Any = load("at: 2026-11-01")
    assert found == {"at": date(2026, 11, 1)}
