"""`lint.yaml`: what the checks need to know beside the knowledge itself."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from knowledge.language.files import Document, parse, read
from knowledge.language.schema import Name, Parameter, Shape

FILE = "lint.yaml"
SOURCE_AGE = "source-age"


class Opposite(Shape):
    """Value sets on two sides: no code and no phrase may stand on both."""

    one: tuple[Name, ...] = Field(min_length=1)
    other: tuple[Name, ...] = Field(min_length=1)
    because: str


class Rules(Shape):
    """After how long a source has to be looked at again, and which sets are opposites."""

    about: str
    parameters: dict[Name, Parameter]
    opposites: tuple[Opposite, ...] = ()


def load_rules(folder: Path) -> tuple[Rules, Document]:
    """The rules of a knowledge folder and their file. Raises KnowledgeError."""
    document = read(folder / FILE)
    return parse(document, Rules), document
