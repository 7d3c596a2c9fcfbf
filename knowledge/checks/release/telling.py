"""The content of knowledge files that an answer or a card can rest on, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from knowledge.checks.references import READERS_NUMBERS, sets_of
from knowledge.checks.shelf import Shelf
from knowledge.checks.usage import followed, named_in_roots, read_always
from knowledge.codelists import Rule
from knowledge.language.criteria import findings_of
from knowledge.language.files import KnowledgeError, read
from knowledge.language.schema import Criterion, Finding, Parameter, Parameters

_ASIDE = frozenset(("note", "basis", "step", "bounds", "about", "examples", "unnoticed"))
"""What stands beside a number or a file and changes no answer."""

_UNHEARD = ("examples", "unnoticed", "parameters")
"""What only checks read, and the numbers, which are told apart."""

_TOLD_ALONE = ("chart", "orders")
"""Files whose numbers and orders are told where a criterion comes to them."""

_NOT_OF_CARDS = ("attributes", "lint")
_TEXTS = (Path("text") / "cues.yaml", Path("chart") / "units.yaml")


class Teller:
    """Tells what the files of a shelf mean."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self._tables = shelf.tables()
        root = shelf.roots.get("orders")
        self._orders: dict[str, Any] = root.content if root else {}

    @property
    def orders(self) -> Sequence[Mapping[str, Any]]:
        """The orders as they stand in their file."""
        return [one for one in self._orders.get("orders", ()) if "id" in one]

    def criterion(self, one: Criterion) -> object:
        """A criterion's own text, with its numbers wherever they are told."""
        aside: Any = dict.fromkeys((*_UNHEARD, "version", "about", "sources"), True)
        aside["tiers"] = {"__all__": {"in_words"}}
        told = one.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=aside)
        return [told, self._amounts(one.parameters), [cited.id for cited in one.sources]]

    def finding(self, one: Finding) -> object:
        """How a chart answers a finding's question, and what it is called on a card."""
        aside: Any = {**dict.fromkeys((*_UNHEARD, "question"), True), "measure": {"basis"}}
        told = one.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=aside)
        return [told, self._amounts(one.parameters)]

    def value_set(self, name: str) -> object:
        """A set's codes, rules and phrases, in no order."""
        one, words = self.shelf.lists[name], self.shelf.phrases.get(name)
        return [
            sorted([*key, display] for key, display in one.codes.items()),
            sorted(map(_rule, one.rules)),
            sorted(map(list, one.without)),
            sorted(map(_rule, one.without_rules)),
            [sorted(words.phrases), sorted(words.unless)] if words else [],
        ]

    def shared(self) -> Iterator[tuple[str, object]]:
        """What lies under every criterion: the cards' words and rules, and how text is read."""
        for name, document in self.shelf.roots.items():
            if name not in (*_TOLD_ALONE, *_NOT_OF_CARDS):
                numbers = self._amounts(self._tables[name])
                yield name, [_plain(document.content, {"parameters"}), numbers]
        yield "chart", self._chart()
        yield "orders", self._orders.get("categories")
        yield "reading", [*self._read_always(), *map(self._text, _TEXTS)]

    def reach(self, one: Criterion) -> set[str]:
        """The parts that a criterion comes to, as `kind/id`."""
        found = {f"sources/{cited.id}" for cited in one.sources}
        for name in findings_of(one, self.shelf.findings):
            found.add(f"findings/{name}")
            found |= {f"valuesets/{name}" for _, name in sets_of(self.shelf.findings[name])}
        cards = [tier.card for tier in one.tiers] + [low.card for low in one.lowers if low.card]
        return found | {f"orders/{name}" for card in cards for name in self._covered(card.order)}

    def _covered(self, names: Sequence[str]) -> set[str]:
        """Orders, and those that they make needless."""
        covers = {one["id"]: one.get("covers", ()) for one in self.orders}
        found, open_ = set(names), list(names)
        while open_:
            more = set(covers.get(open_.pop(), ())) - found
            found |= more
            open_ += more
        return found

    def _chart(self) -> object:
        """What is asked of every chart, and the numbers that the reader itself uses."""
        root = self.shelf.roots.get("chart")
        own = {*READERS_NUMBERS, ((root.content if root else {}).get("quiet") or {}).get("for")}
        used = {key: one for key, one in self._tables.get("chart", {}).items() if key in own}
        return [_plain(root.content if root else None, {"parameters"}), self._amounts(used)]

    def _read_always(self) -> Iterator[object]:
        """Value sets and findings that count in every chart, and to which no criterion comes."""
        findings, criteria = self.shelf.findings, self.shelf.criteria.values()
        told = {name for one in criteria for name in findings_of(one, findings)}
        named = followed(named_in_roots(self.shelf), findings) - told
        asked = {name for one in named for _, name in sets_of(findings[one])}
        sets = {name for name in self.shelf.lists if name in asked or read_always(name)}
        yield {name: self.finding(findings[name]) for name in named}
        yield {name: self.value_set(name) for name in sets}

    def _text(self, name: Path) -> object:
        try:
            return _plain(read(self.shelf.folder / name).content)
        except KnowledgeError:
            return None

    def _amounts(self, parameters: Parameters) -> dict[str, list[list[object]]]:
        """Numbers with their units, looked up where they are told."""
        found = {name: self._resolved(one) for name, one in parameters.items()}
        return {
            name: [[amount.value, amount.unit] for amount in one.amounts] if one else []
            for name, one in found.items()
        }

    def _resolved(self, one: Parameter) -> Parameter | None:
        for _ in self._tables:
            if one.same_as is None:
                return one
            file, name = one.same_as.split(".")
            told = self._tables.get(file, {}).get(name)
            if told is None:
                return None
            one = told
        return None


def _rule(rule: Rule) -> list[str]:
    return [rule.system, rule.stem, *sorted(rule.seventh)]


def _plain(value: object, aside: frozenset[str] | set[str] = _ASIDE) -> object:
    """A file's content without what no card rests on."""
    if isinstance(value, dict):
        left = {key: one for key, one in value.items() if key not in aside | _ASIDE}
        return {str(key): _plain(one) for key, one in left.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
