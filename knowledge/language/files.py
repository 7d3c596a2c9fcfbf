"""Knowledge files read from YAML: shape checked, every fault with its file, line and place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from knowledge.safe_yaml import SAFE, build


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something wrong in a knowledge file."""

    file: str
    line: int
    where: str
    what: str

    def __str__(self) -> str:
        """`file:line: place: what is wrong`."""
        place = f"{self.where}: " if self.where else ""
        return f"{self.file}:{self.line}: {place}{self.what}"


class KnowledgeError(Exception):
    """The knowledge cannot be used. `faults` says where and why, each on its line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class _Loader(SAFE):  # type: ignore[misc]
    """YAML in which only true and false are booleans: a key `on` or `no` stays a word."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool"]
    for letter, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content, and where each place of it stands."""

    path: Path
    content: Any
    node: yaml.Node | None

    def line(self, place: Sequence[object]) -> int:
        """The line of a place (keys and indexes), or of the nearest one above it."""
        node, found = self.node, 1
        for step in place:
            node = _inside(node, step)
            if node is None:
                break
            found = node.start_mark.line + 1
        return found

    def fault(self, place: Sequence[object], what: str) -> Fault:
        """A fault at a place of this file."""
        where = ".".join(str(step) for step in place)
        return Fault(shown(self.path), self.line(place), where, what)


_FOLDERS = ("criteria", "findings", "sources", "valuesets", "text")


def shown(path: Path) -> str:
    """A knowledge file's name with its folder: a finding may bear the name of a criterion."""
    folder = path.parent.name
    return f"{folder}/{path.name}" if folder in _FOLDERS else path.name


def _inside(node: yaml.Node | None, step: object) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value  # type: ignore[no-any-return]
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]  # type: ignore[no-any-return]
    return None


def read(path: Path) -> Document:
    """One YAML file. Raises KnowledgeError where it is not YAML or repeats a key."""
    try:
        return _document(path, path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise KnowledgeError([Fault(shown(path), line, "", str(error.problem))]) from None
    except OSError as error:
        raise KnowledgeError(
            [Fault(shown(path), 1, "", f"cannot be read: {error.strerror}")]
        ) from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise KnowledgeError([Fault(shown(path), 1, "", f"cannot be read: {error}")]) from None


def _document(path: Path, text: str) -> Document:
    """The content and its places from one reading of the text."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if twice := list(_repeated(path, node)):
            raise KnowledgeError(twice)
        return Document(path, build(loader, node) if node else None, node)
    finally:
        loader.dispose()


def _repeated(path: Path, node: yaml.Node | None) -> Iterator[Fault]:
    """Keys that stand twice in one mapping: YAML itself would quietly take the last."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(path, item)
    if isinstance(node, yaml.MappingNode):
        keys = set[str]()
        for key, value in node.value:
            name = str(key.value)
            if name in keys:
                yield Fault(shown(path), key.start_mark.line + 1, name, "stands twice")
            keys.add(name)
            yield from _repeated(path, value)


Model = TypeVar("Model", bound=BaseModel)


def parse(document: Document, shape: type[Model]) -> Model:
    """The file's content in its shape. Raises KnowledgeError with every fault."""
    try:
        return shape.model_validate(document.content)
    except ValidationError as error:
        raise KnowledgeError(_faults(document, error)) from None


def _faults(document: Document, error: ValidationError) -> list[Fault]:
    """Pydantic's errors at the places that stand in the file; of nested places the deepest."""
    found: list[tuple[tuple[object, ...], Fault]] = []
    for one in error.errors():
        place = tuple(step for step in one["loc"] if not _invented(step))
        found.append((place, document.fault(place, one["msg"].removeprefix("Value error, "))))
    outer = {place[:length] for place, _ in found for length in range(len(place))}
    return list(dict.fromkeys(fault for place, fault in found if place not in outer))


def _invented(step: object) -> bool:
    """Whether pydantic made up this step (the name of a union's member)."""
    text = str(step)
    return text.startswith(("<", "function-")) or text in ("question", "name")
