"""What fuzzing begins with: invented patients, resources, codes, sentences and units."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge.safe_yaml import SAFE
from tests.conftest import ROOT

KNOWLEDGE = ROOT / "knowledge"
Json = dict[str, Any]

DRAFTED = "order-"
"""How the names of value sets of imaging orders begin."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Requests and resources stay JSON text: parsing is the quickest way to a copy."""

    requests: tuple[str, ...]
    resources: tuple[str, ...]
    codings: tuple[Json, ...]
    orders: tuple[Json, ...]
    sentences: tuple[str, ...]
    units: tuple[str, ...]


@cache
def corpus() -> Corpus:
    """All of it, read once, in a stable order."""
    sets = {path.stem: _codings(path) for path in sorted(KNOWLEDGE.glob("valuesets/*.json"))}
    units = _yaml(KNOWLEDGE / "chart" / "units.yaml")
    return Corpus(
        requests=tuple(
            path.read_text(encoding="utf-8")
            for path in sorted(KNOWLEDGE.glob("patients/**/*.request.json"))
        ),
        resources=tuple(map(json.dumps, _resources())),
        codings=tuple(coding for one in sets.values() for coding in one),
        orders=tuple(
            coding for name, one in sets.items() if name.startswith(DRAFTED) for coding in one
        ),
        sentences=tuple(_sentences()),
        units=tuple(units["codes"]) + tuple(_spellings(units)),
    )


def _yaml(path: Path) -> Any:
    return yaml.load(path.read_bytes(), Loader=SAFE)


def _codings(path: Path) -> list[Json]:
    include = json.loads(path.read_bytes()).get("compose", {}).get("include", ())
    return [
        {"system": part["system"], **concept}
        for part in include
        for concept in part.get("concept", ())
    ]


def _resources() -> Iterator[Json]:
    """The resources in the examples of the findings: how charts say it, and how they mislead."""
    for path in sorted(KNOWLEDGE.glob("findings/*.yaml")):
        for example in _yaml(path).get("examples", ()):
            found = example.get("resource") or {}
            inside = [entry.get("resource") for entry in found.get("entry", ())]
            yield from filter(None, inside if found.get("resourceType") == "Bundle" else [found])


def _sentences() -> Iterator[str]:
    document = _yaml(KNOWLEDGE / "text" / "sentences.yaml")
    for batch in document["batches"].values():
        yield from (str(sentence["text"]) for sentence in batch)


def _spellings(units: Json) -> Iterator[str]:
    for part in units["synonyms"]:
        yield from part["of"]
