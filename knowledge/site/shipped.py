"""The knowledge as it is shipped, which a site's folder is checked against and applied to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from knowledge.card_files import Orders, Words
from knowledge.codelists import ValueSets
from knowledge.language.schema import ChartNumbers, Criterion, Finding, Parameter, Parameters


@dataclass(frozen=True, slots=True)
class Shipped:
    """All that a site may change or name, from `folder`. `numbers`: parameters by their file."""

    folder: Path
    criteria: dict[str, Criterion]
    findings: dict[str, Finding]
    chart: ChartNumbers
    valuesets: ValueSets
    orders: Orders
    words: Words
    numbers: dict[str, Parameters]

    def number(self, place: str) -> Parameter | None:
        """The parameter at `chart.acute`, as it stands there."""
        file, _, name = place.partition(".")
        return self.numbers.get(file, {}).get(name)

    def resolve(self, file: str, name: str) -> Parameter:
        """The number that a name stands for in a file; what is pointed to points no further."""
        own = self.numbers[file][name]
        return own if own.same_as is None else self.number(own.same_as) or own
