"""The pages that people read, and what stands in them: code and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

FENCE = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    """A page of Markdown."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def code(self) -> list[str]:
        """Each line of a block of code, with those that it goes on in, and each span of code."""
        blocks = "".join(FENCE.findall(self.text)).replace("\\\n", " ")
        spans = SPAN.findall(FENCE.sub("", self.text))
        return [*blocks.splitlines(), *(" ".join(one.split()) for one in spans)]

    @property
    def links(self) -> list[tuple[str, str]]:
        """The words and the target of each link."""
        prose = FENCE.sub("", self.text)
        return [(" ".join(words.split()), target) for words, target in LINK.findall(prose)]


def pages() -> list[Page]:
    """All pages for people who use, run or judge the software."""
    return [Page(path) for path in sorted(_paths())]


def _paths() -> Iterator[Path]:
    yield from (ROOT / "docs").glob("*.md")
    yield from (ROOT / "deploy").rglob("*.md")
    yield ROOT / "README.md"
    yield ROOT / "knowledge" / "README.md"
