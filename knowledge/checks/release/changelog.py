"""`CHANGELOG.md`: which patients will see something different, from when, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

FILE = "CHANGELOG.md"
EVERYBODY = "All criteria"
"""How an entry names what changes for every criterion."""

_HEAD = re.compile(r"^## (\S+)(?: \((\d{4}-\d{2}-\d{2})\))?\s*$")
_NAMED = re.compile(r"`([a-z0-9]+(?:-[a-z0-9]+)*)`")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one version changed: its heading's line, its date and its text."""

    version: str
    date: date | None
    line: int
    text: str

    def names(self, criterion: str) -> bool:
        """Whether the entry says that a criterion changed, alone or with all others."""
        return self.everybody or self.by_name(criterion)

    def by_name(self, criterion: str) -> bool:
        """Whether the entry names a criterion, by its id in backticks."""
        return criterion in _NAMED.findall(self.text)

    @property
    def everybody(self) -> bool:
        """Whether the entry says that all criteria changed."""
        return EVERYBODY in self.text


def read_changelog(folder: Path) -> Mapping[str, Entry]:
    """The entries by version; none where there is no such file."""
    path = folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    heads = [(number, match) for number, line in enumerate(lines) if (match := _HEAD.match(line))]
    ends = [number for number, _ in heads[1:]] + [len(lines)]
    found = {}
    for (number, match), end in zip(heads, ends, strict=True):
        text = "\n".join(lines[number + 1 : end]).strip()
        found[match[1]] = Entry(match[1], _date(match[2]), number + 1, text)
    return found


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
