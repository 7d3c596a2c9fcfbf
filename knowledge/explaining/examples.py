"""The examples of a criterion as sentences: what stands in the chart, and what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from knowledge.explaining.wording import Wording, plain, said
from knowledge.language.schema import Amount, Example, Finding

_AGO = re.compile(r"(?P<value>\d+(?:\.\d+)?) (?P<unit>\S+)(?P<ago> ago)?")
_TIMES = frozenset(("began", "measured", "worse", "worst", "ended", "said", "taken"))


class Shown(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """One example. `chart`: one line for each finding on record."""

    name: str
    chart: tuple[str, ...]
    expect: str
    outcome: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shower:
    """Tells examples."""

    findings: Mapping[str, Finding]
    titles: Mapping[str, str]
    wording: Wording

    def show(self, example: Example) -> Shown:
        """One example in words."""
        return Shown(
            name=example.name[:1].upper() + example.name[1:],
            chart=tuple(self._item(item) for item in example.chart),
            expect=example.expect,
            outcome=self.wording.expects.get(example.expect, plain(example.expect)),
            more=tuple(self._more(example)),
        )

    def _item(self, item: str | Mapping[str, Any]) -> str:
        name, options = (item, {}) if isinstance(item, str) else next(iter(item.items()))
        given = {self._key(name, key): value for key, value in (options or {}).items()}
        told = [one for one in self._options(given) if one]
        title = self._title(name)
        return f"{title}: {', '.join(told)}" if told else title

    def _key(self, name: str, key: str) -> str:
        """A measurement does not begin: it is taken."""
        finding = self.findings.get(name)
        return "measured" if key == "began" and finding and finding.measure else key

    def _title(self, name: str) -> str:
        return self.findings[name].title if name in self.findings else plain(name)

    def _options(self, given: Mapping[str, Any]) -> Iterator[str]:
        for key in dict.fromkeys((*self.wording.examples, *given)):
            if key in given:
                yield self._option(key, given[key])

    def _option(self, key: str, value: Any) -> str:
        words = self.wording
        if key in _TIMES:
            return said(words.examples, key, value, moment=self._moment(str(value)))
        if isinstance(value, list):
            places = words.places(map(str, value)).replace(" or ", " and ")
            listed = words.listed(map(str, value)).replace(" or ", " and ")
            return said(words.examples, key, listed, sites=places, values=listed)
        if isinstance(value, str) and key != "display":
            value = words.values.get(value, self._amount(value))
        return said(words.examples, key, value)

    def _moment(self, text: str) -> str:
        match = _AGO.fullmatch(text)
        if match is None:
            return text
        told = self.wording.amount(Amount(value=float(match["value"]), unit=match["unit"]))
        return f"{told} ago"

    def _amount(self, text: str) -> str:
        """`150 ng/L` as it is, `38.2 Cel` as people write it."""
        match = _AGO.fullmatch(text)
        if match is None or match["ago"]:
            return text
        return self.wording.amount(Amount(value=float(match["value"]), unit=match["unit"]))

    def _more(self, example: Example) -> Iterator[str]:
        if example.age is not None:
            yield f"age {self.wording.amount(Amount(value=example.age, unit='a'))}"
        if example.met:
            titles = [self.titles.get(name, plain(name)) for name in example.met]
            yield f"also met: {', '.join(titles)}"
        if example.work_up:
            yield f"work-up: {plain(example.work_up)}"
        if example.clock:
            yield f"clock: {self._amount(example.clock)}"
        if example.says:
            yield f"the card says: {example.says}"
        if example.confirmed is not None:
            yield "confirmed" if example.confirmed else "not confirmed"
        if example.not_supplied:
            yield f"not sent: {', '.join(example.not_supplied)}"
        if example.missing:
            yield f"missing: {', '.join(map(self._title, example.missing))}"
        if example.held_back_by:
            yield f"held back by: {', '.join(map(self._held, example.held_back_by))}"

    def _held(self, name: str) -> str:
        kind, _, finding = name.partition(":")
        if not finding:
            return plain(kind)
        denied = finding.removesuffix("-absent")
        absent = denied != finding and denied in self.findings and finding not in self.findings
        return f"{self._title(denied)} documented as absent" if absent else self._title(finding)
