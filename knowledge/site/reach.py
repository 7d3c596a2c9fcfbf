"""Which of a site's numbers a criterion uses: its own, those it points to, its findings'."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from knowledge.language.criteria import Compiled
from knowledge.language.schema import Finding, Parameters
from knowledge.site.model import Change, Site


def changes_by_criterion(
    site: Site, compiled: Iterable[Compiled], findings: Mapping[str, Finding]
) -> dict[str, tuple[Change, ...]]:
    """What the site moved, by the ids of the criteria that use it."""
    found = {}
    for one in compiled:
        used = set(_used(one, findings))
        found[one.criterion.id] = tuple(moved for moved in site.changes if moved.place in used)
    return found


def _used(one: Compiled, findings: Mapping[str, Finding]) -> Iterator[str]:
    yield from _places(one.criterion.id, one.criterion.parameters)
    for name in one.names:
        yield from _places(name, findings[name].parameters)


def _places(file: str, table: Parameters) -> Iterator[str]:
    """Where each number of a file is told. What is pointed to points no further."""
    for name, parameter in table.items():
        yield parameter.same_as or f"{file}.{name}"
