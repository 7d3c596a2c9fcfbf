"""Whether an example of an override notices how long it keeps a card quiet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from knowledge.checks.overrides import QuietExample, fails, load_examples
from knowledge.language.schema import Parameters
from knowledge.library import Library, resolve


@dataclass(frozen=True, slots=True)
class Overridden:
    """The examples that hold: one that does not would notice everything."""

    library: Library
    examples: tuple[QuietExample, ...] = ()
    lengths: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, library: Library) -> Overridden:
        """Those of a library's folder."""
        told = load_examples(library.folder)
        examples = told[0].examples if told else ()
        holding = (one for one in examples if not fails(library, one, library.quieting))
        return cls(library, tuple(holding), frozenset(_lengths(library)))

    def notices(self, file: str, name: str, numbers: Mapping[str, Parameters]) -> bool:
        """Whether one comes out differently where a number of quieting is another."""
        if (file, name) not in self.lengths:
            return False
        quieting = replace(self.library.quieting, number=partial(resolve, numbers))
        return any(fails(self.library, one, quieting) for one in self.examples)


def _lengths(library: Library) -> Iterator[tuple[str, str]]:
    """The files and names under which it is told how long something stays quiet."""
    if library.chart.quiet is not None:
        yield "chart", library.chart.quiet.for_
    for criterion in library.criteria.values():
        for quiet in criterion.quiet.values():
            place = criterion.parameters[quiet.for_].same_as or f"{criterion.id}.{quiet.for_}"
            file, _, name = place.partition(".")
            yield file, name
