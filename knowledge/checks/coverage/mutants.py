"""What a change of the knowledge is: where it stands, what it does, and what it turns into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from knowledge.cautions import CautionsFile
from knowledge.language.schema import Criterion, Finding, Parameter, Shape
from knowledge.work_up_file import WorkUpFile

AnyShape = TypeVar("AnyShape", bound=Shape)

Place = tuple[object, ...]
"""Keys and indexes of a place in a file."""

FINDINGS = "findings/"
"""Before a finding's id, where a criterion may have the same."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change. `name` stays the same when lines move; `about` are findings that it touches.

    `file` is a criterion's id, `findings/` and a finding's, or a shared file's name. `becomes` is
    what is changed, or the number that `number` (the parameter's name) has then.
    """

    file: str
    place: Place
    name: str
    becomes: Criterion | Finding | WorkUpFile | CautionsFile | Parameter
    about: frozenset[str] = frozenset()
    number: str = ""

    @property
    def table(self) -> str:
        """Where the number that it moves is looked up."""
        return self.file.removeprefix(FINDINGS)


def label(steps: tuple[str, ...], what: str) -> str:
    """The name of a change: `define.features.any.retention: left out`."""
    return f"{'.'.join(steps)}: {what}"


def numbered(names: list[str]) -> list[str]:
    """The names, told apart by a number where several are alike: `numbness`, `numbness#2`."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return found


def changed(shape: AnyShape, **fields: object) -> AnyShape:
    """A copy with some fields changed; nothing is checked again."""
    return shape.model_copy(update=fields)
