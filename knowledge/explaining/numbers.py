"""The numbers of a criterion: value, unit, origin, bounds, and what the site made of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from knowledge.explaining.wording import Wording, plain
from knowledge.language.clauses import Resolve
from knowledge.language.schema import Amount, Parameter, Parameters, Source
from knowledge.site.model import Change


class Moved(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a site made of a number."""

    words: str
    was: str
    now: str
    why: str


class Number(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """A named number. `file`: whose it is; `told_in`: where it stands, if shared."""

    file: str
    name: str
    words: str
    shown: str
    value: float
    unit: str
    basis: str
    origin: str
    or_in: tuple[tuple[float, str], ...] = ()
    note: str | None = None
    told_in: str | None = None
    bounds: str | None = None
    site: Moved | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """Where numbers are told, and who says them."""

    tables: Mapping[str, Parameters]
    resolve: Resolve
    sources: Mapping[str, Source]
    changes: Collection[Change]
    wording: Wording
    names: Mapping[str, str]

    def numbers(self, files: Collection[str]) -> tuple[Number, ...]:
        """All numbers of these files, in their order, each place of origin once."""
        found: dict[tuple[str, str], Number] = {}
        for file in files:
            for name in self.tables.get(file, {}):
                found.setdefault(self._place(file, name), self.number(file, name))
        return tuple(found.values())

    def number(self, file: str, name: str) -> Number:
        """One number, wherever it is told."""
        parameter, place = self.resolve(file, name), self._place(file, name)
        first, *more = parameter.amounts
        basis = parameter.basis or ""
        return Number(
            file=file,
            name=name,
            words=self.wording.spelt(name),
            shown=self.wording.limit(parameter),
            value=first.value,
            unit=first.unit,
            or_in=tuple((one.value, one.unit) for one in more),
            basis=basis,
            origin=self._origin(basis),
            note=parameter.note,
            told_in=".".join(place) if place != (file, name) else None,
            bounds=self._bounds(parameter),
            site=self._moved(place),
        )

    def _place(self, file: str, name: str) -> tuple[str, str]:
        """File and name under which a number stands at last."""
        for place in self._way(file, name):
            file, name = place
        return file, name

    def _way(self, file: str, name: str) -> Iterator[tuple[str, str]]:
        while (same := self.tables[file][name].same_as) is not None:
            file, name = same.split(".")
            yield file, name

    def _origin(self, basis: str) -> str:
        source = self.sources.get(basis)
        return source.title if source else plain(basis)

    def _bounds(self, parameter: Parameter) -> str | None:
        bounds, unit = parameter.bounds, parameter.unit or ""
        if bounds is None:
            return None
        low, high = (Amount(value=one, unit=unit) for one in (bounds.lowest, bounds.highest))
        return f"{self.wording.amount(low)} to {self.wording.amount(high)}"

    def _moved(self, place: tuple[str, str]) -> Moved | None:
        for change in self.changes:
            if (change.file, change.parameter) == place:
                return moved(change, self.wording, self.names)
        return None


def moved(change: Change, wording: Wording, names: Mapping[str, str]) -> Moved:
    """A change of the site's in words; `names` are those that the cards use, by parameter."""
    name = names.get(change.parameter, wording.spelt(change.parameter))
    return Moved(
        words=name, was=wording.limit(change.was), now=wording.limit(change.now), why=change.why
    )
