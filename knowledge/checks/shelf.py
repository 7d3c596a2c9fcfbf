"""A knowledge folder as it lies there: what can be read of it, however much cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from pydantic import BaseModel, ValidationError

from knowledge.codelists import CodeList, load_list
from knowledge.language.files import Document, KnowledgeError, parse, read
from knowledge.language.schema import Criterion, Finding, Parameter, Parameters, Source
from knowledge.text import PhraseSet, load_phrases

if TYPE_CHECKING:
    from knowledge.library import Library

_PHRASES = ".phrases.yaml"
_NO_KNOWLEDGE = ("released",)
"""Files of the folder that say nothing of patients."""

Shape = TypeVar("Shape", bound=BaseModel)
One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files by what they are, without those that cannot be read (`broken`, by id).

    `roots`: the files of the folder itself, by name without suffix. `documents`: as in Library.
    """

    folder: Path
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    findings: Mapping[str, Finding] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    lists: Mapping[str, CodeList] = field(default_factory=dict)
    phrases: Mapping[str, PhraseSet] = field(default_factory=dict)
    roots: Mapping[str, Document] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()

    def tables(self) -> dict[str, Parameters]:
        """All named numbers by the file that tells them."""
        found = {name: one.parameters for name, one in self.findings.items()}
        found |= {name: one.parameters for name, one in self.criteria.items()}
        return found | {name: self.root_numbers(name) for name in self.roots}

    def root_numbers(self, name: str) -> Parameters:
        """The named numbers of a file of the folder itself."""
        return _numbers(self.roots[name])

    def document(self, kind: str, name: str) -> Document | None:
        """The file of a criterion, a finding, a source, or of the folder itself."""
        if kind == "root":
            return self.roots.get(name)
        return self.documents.get(name if kind == "criteria" else f"{kind}/{name}")


def _numbers(document: Document) -> Parameters:
    """The named numbers of a file; those that have no shape are told elsewhere."""
    content = document.content if isinstance(document.content, dict) else {}
    raw = content.get("parameters")
    found: Parameters = {}
    for name, value in raw.items() if isinstance(raw, dict) else ():
        try:
            found[name] = Parameter.model_validate(value)
        except ValidationError:
            continue
    return found


def shelf_of(library: Library, folder: Path) -> Shelf:
    """The shelf of a library that is loaded."""
    return Shelf(
        folder,
        library.criteria,
        library.findings,
        library.sources,
        library.valuesets.lists,
        library.valuesets.phrases,
        _roots(folder, set()),
        library.documents,
    )


def read_shelf(folder: Path) -> Shelf:
    """What can be read of a folder. Never raises for what is wrong in it."""
    documents: dict[str, Document] = {}
    broken: set[str] = set()
    return Shelf(
        folder,
        dict(_shelved(folder, "criteria", Criterion, documents, broken)),
        dict(_shelved(folder, "findings", Finding, documents, broken)),
        dict(_shelved(folder, "sources", Source, documents, broken)),
        dict(_each(folder / "valuesets", ".json", load_list, broken)),
        dict(_each(folder / "valuesets", _PHRASES, load_phrases, broken)),
        _roots(folder, broken),
        documents,
        frozenset(broken),
    )


def _shelved(
    folder: Path, kind: str, shape: type[Shape], documents: dict[str, Document], broken: set[str]
) -> Iterator[tuple[str, Shape]]:
    for path in sorted((folder / kind).glob("*.yaml")):
        document = _try(read, path)
        one = _try(parse, document, shape) if document else None
        if document is None or one is None:
            broken.add(path.stem)
            continue
        documents[path.stem if kind == "criteria" else f"{kind}/{path.stem}"] = document
        yield path.stem, one


def _roots(folder: Path, broken: set[str]) -> dict[str, Document]:
    found = dict(_each(folder, ".yaml", read, broken))
    return {name: one for name, one in found.items() if name not in _NO_KNOWLEDGE}


def _each(
    folder: Path, suffix: str, load: Callable[[Path], One], broken: set[str]
) -> Iterator[tuple[str, One]]:
    for path in sorted(folder.glob(f"*{suffix}")):
        name = path.name.removesuffix(suffix)
        one = _try(load, path)
        if one is None:
            broken.add(name)
        else:
            yield name, one


Args = ParamSpec("Args")


def _try(load: Callable[Args, One], *args: Args.args, **kwargs: Args.kwargs) -> One | None:
    """What is loaded, or None where it cannot be: `load_library` says why."""
    try:
        return load(*args, **kwargs)
    except (KnowledgeError, ValueError, OSError):
        return None
