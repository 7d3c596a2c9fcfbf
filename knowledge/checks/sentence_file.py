"""The table of sentences: its shape, and where it stands."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from knowledge.language.files import KnowledgeError, parse, read
from knowledge.language.schema import Name, Shape

SENTENCES = Path(__file__).parents[1] / "text" / "sentences.yaml"
"""The table of this knowledge."""


class Trap(StrEnum):
    """What makes a sentence a trap; the file says what each means."""

    NEGATION = "negation"
    HISTORY = "history"
    COMPLAINT = "complaint"
    FAMILY = "family"
    OTHER_PERSON = "other-person"
    HYPOTHETICAL = "hypothetical"
    ADVICE = "advice"
    QUESTION = "question"
    SUSPICION = "suspicion"
    DOUBLE_NEGATION = "double-negation"
    OTHER_MEANING = "other-meaning"
    SCOPE = "scope"


Word = Literal["present", "suspected", "past", "absent", "unknown", "nothing"]


def _words(value: object) -> object:
    """`absent or nothing` is a choice of two."""
    return tuple(value.split(" or ")) if isinstance(value, str) else value


def _expected(value: object) -> object:
    """A bare answer is one without site, side, days or value."""
    return {"answer": value} if isinstance(value, str) else value


class Expected(Shape):
    """What is to be read of one finding; only what is given is compared."""

    answer: Annotated[tuple[Word, ...], BeforeValidator(_words)] = ("present",)
    site: frozenset[str] = frozenset()
    side: frozenset[Literal["left", "right"]] = frozenset()
    days: float | None = None
    value: float | None = None

    @property
    def claims(self) -> bool:
        """Whether it may be there, or suspected."""
        return "present" in self.answer or "suspected" in self.answer


class Sentence(Shape):
    """One sentence of a note, and what a clinician reads in it."""

    name: str
    trap: Trap | None = None
    text: str
    read: Mapping[Name, Annotated[Expected, BeforeValidator(_expected)]]

    @property
    def quiet(self) -> bool:
        """Whether it is a trap that tells of nothing: no finding in it is there or suspected."""
        return self.trap is not None and not any(one.claims for one in self.read.values())


class Least(Shape):
    """How many of the sentences have to be read right."""

    value: Annotated[float, Field(gt=0, le=100)]
    unit: Literal["%"]
    basis: Name


class Table(Shape):
    """The sentences by batch, and the findings that are watched in each of them."""

    least: Least
    brings: Mapping[Name, frozenset[Name]]
    batches: Mapping[Name, tuple[Sentence, ...]]


def load_sentences(findings: Container[str], path: Path = SENTENCES) -> Table:
    """The table. Raises KnowledgeError with every fault of the file, unknown findings included."""
    document = read(path)
    table = parse(document, Table)
    faults = [document.fault(place, "is no finding") for place in _unknown(table, findings)]
    if faults:
        raise KnowledgeError(faults)
    return table


def _unknown(table: Table, findings: Container[str]) -> Iterator[tuple[object, ...]]:
    """Where a finding is named that there is not."""
    for name, brought in table.brings.items():
        yield from (("brings", name) for one in (name, *brought) if one not in findings)
    for batch, sentences in table.batches.items():
        for number, sentence in enumerate(sentences):
            for name in sentence.read:
                if name not in findings:
                    yield "batches", batch, number, "read", name
