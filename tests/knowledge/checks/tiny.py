"""A knowledge folder with one of each file: small enough to break one thing and look."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from knowledge.checks.lint import lint

TODAY = date(2026, 11, 26)
SNOMED = "http://snomed.info/sct"

CHART = """\
about: Numbers that all share.
anchor: numb
screen: [numb]
parameters:
  acute: {value: 14, unit: d, basis: book, step: 1}
"""
CRITERION = """\
id: red
version: 1
title: A red flag
about: Numbness that is new.
group: red-flag
lead: 1
sources:
  - {id: book, where: page 1, says: It is urgent.}
parameters:
  recent: {same_as: chart.acute}
tiers:
  - urgency: urgent
    when: {numb: {within: recent}}
    card: {summary: Numb}
quiet: {urgent: {for: recent, becomes: info}}
examples:
  - {name: new, chart: [{numb: {began: 14 d ago}}], expect: urgent}
  - {name: old, chart: [{numb: {began: 15 d ago}}], expect: not-met}
  - {name: nobody asked, expect: unknown}
"""
FINDING = """\
id: numb
title: Numbness
question: Is it numb?
world: open
said_by:
  - codes: [numb]
examples:
  - name: text
    resource: {resourceType: Condition, code: {text: numb}}
    expect: present
"""
SOURCE = """\
id: book
title: A book
publisher: A publisher
seen: full
read: All of it.
last_checked: "2026-11"
"""
RULES = """\
about: What lint needs to know.
parameters:
  source-age: {value: 12, unit: mo, basis: book, step: 1}
"""
PHRASES = "en:\n  - numb\n"


def value_set(name: str, *codes: tuple[str, str], system: str = SNOMED) -> str:
    """A value set as its file has it, a code a line."""
    lines = ",\n".join(f"  {json.dumps({'code': code, 'display': what})}" for code, what in codes)
    head = {"resourceType": "ValueSet", "id": name, "status": "draft", "title": name}
    start = json.dumps(head)[:-1]
    include = f'{{"system": "{system}", "concept": [\n{lines}\n]}}'
    return f'{start}, "compose": {{"include": [{include}]}}}}\n'


FILES = {
    "VERSION": "2026.1.0\n",
    "chart.yaml": CHART,
    "criteria/red.yaml": CRITERION,
    "findings/numb.yaml": FINDING,
    "sources/book.yaml": SOURCE,
    "lint.yaml": RULES,
    "valuesets/numb.json": value_set("numb", ("44077006", "Numbness (finding)")),
    "valuesets/numb.phrases.yaml": PHRASES,
}


def make(folder: Path, **more: str) -> Path:
    """The folder, written; `more` holds further files or other contents."""
    for name, text in {**FILES, **more}.items():
        write(folder, name, text)
    return folder


def write(folder: Path, name: str, text: str) -> None:
    """One file of the folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def change(folder: Path, name: str, how: Callable[[str], str]) -> None:
    """One file changed; it has to make a difference."""
    text = (folder / name).read_text(encoding="utf-8")
    changed = how(text)
    assert changed != text, "the test changes nothing"
    write(folder, name, changed)


def swap(was: str, now: str) -> Callable[[str], str]:
    """The first place of a text replaced."""
    return lambda text: text.replace(was, now, 1)


def found(folder: Path, today: date | None = TODAY) -> set[str]:
    """What lint says of the folder, its missing cards and release aside."""
    lines = {str(fault) for fault in lint(folder, today, released=False)}
    return {line for line in lines if not line.startswith(("order", "words", "work-up", "caut"))}
