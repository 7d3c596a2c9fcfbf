"""The words in which clauses, numbers and examples are told: `words.yaml`, its shape and use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from pydantic import Field

from knowledge.language.files import parse, read
from knowledge.language.schema import Amount, Parameter, Shape, Urgency

FILE = Path(__file__).parent / "words.yaml"

Said = str | dict[str, str]
"""A sentence for any value, or one for each value; an empty one says nothing."""


class ClauseWords(Shape):
    """What stands at a branch of the tree."""

    all: str
    any: str
    at_least: str
    not_: str = Field(alias="not")
    unless: str
    age_at_least: str
    age_under: str
    no_criterion: str
    no_urgency: str
    no_ids: str
    part: str


class Wording(Shape):
    """All words by which the language is told."""

    units: dict[str, tuple[str, str]]
    clauses: ClauseWords
    where: str
    options: dict[str, Said]
    urgencies: dict[Urgency, str]
    sites: dict[str, str]
    spelling: dict[str, str]
    values: dict[str, str]
    examples: dict[str, Said]
    expects: dict[str, str]

    def amount(self, amount: Amount) -> str:
        """A number with its unit: `14 days`, `200 mL`, `100,000 /uL`."""
        one, several = self.units.get(amount.unit, (amount.unit, amount.unit))
        return f"{amount.value:,.10g} {one if amount.value == 1 else several}".strip()

    def limit(self, parameter: Parameter) -> str:
        """A limit in all of its units."""
        return " or ".join(map(self.amount, parameter.amounts))

    def spelt(self, name: str) -> str:
        """An id as words, abbreviations as people write them."""
        return " ".join(self.spelling.get(word, word) for word in plain(name).split())

    def listed(self, names: Iterable[str]) -> str:
        """Names as people list them: `a, b or c`."""
        told = [self.values.get(name, plain(name)) for name in names]
        return either(told)

    def places(self, names: Iterable[str]) -> str:
        """Sites of the body as people list them."""
        return either([self.sites.get(name, plain(name.removeprefix("site-"))) for name in names])


def said(words: Mapping[str, Said], key: str, value: object, **filling: str) -> str:
    """What the words say of a key with a value; nothing where that value goes without saying."""
    template = words.get(key, f"{plain(key)}: {{value}}")
    if isinstance(template, dict):
        return template.get(str(value).lower() if isinstance(value, bool) else str(value), "")
    if value is False:
        return ""
    return template.format(value=value, **filling)


def either(names: list[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"


def plain(name: str) -> str:
    """An id as words: `acute-suspicion` is `acute suspicion`."""
    return name.replace("-", " ").replace("_", " ")


@cache
def load_wording() -> Wording:
    """The words of this version."""
    return parse(read(FILE), Wording)
