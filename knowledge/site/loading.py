"""A site's folder read and checked against the knowledge, and the knowledge as it then stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from knowledge.codelists import CodeList, ValueSets
from knowledge.language.schema import Criterion, Finding, Parameters
from knowledge.site.codes import local_codes
from knowledge.site.folder import Folder, SiteError, read_folder
from knowledge.site.model import Change, LocalCode, Site
from knowledge.site.names import order_codes, phones, sign_offs, silenced, switched_off
from knowledge.site.numbers import changes
from knowledge.site.shapes import SITE
from knowledge.site.shipped import Shipped
from knowledge.site.words import renamed, too_long

CHART = "chart"


def load_site(path: Path, shipped: Shipped, today: date | None) -> tuple[Site, Shipped]:
    """A site's folder, and the knowledge with what the site changed.

    Args:
        path: the folder.
        shipped: the knowledge that it is checked against.
        today: the day of the start, for sign-offs of the future; None leaves that unchecked.

    Raises:
        SiteError: with every fault, its file and line.
    """
    folder = read_folder(path)
    site = _checked(folder, shipped, today)
    if site is None:
        raise SiteError(folder.faults)
    changed = applied(site, shipped)
    for what in too_long(changed) if site.er else ():
        folder.fault(SITE, ("er",), what)
    if folder.faults:
        raise SiteError(folder.faults)
    return site, changed


def _checked(folder: Folder, shipped: Shipped, today: date | None) -> Site | None:
    """The site as far as it could be read; None where it has a fault."""
    given = folder.site
    site = Site(
        name=given.site if given else "",
        changes=tuple(changes(folder, shipped)),
        off=switched_off(folder, shipped),
        silent=silenced(folder, shipped),
        sign_offs=sign_offs(folder, shipped, today),
        codes=local_codes(folder, shipped),
        orders=tuple(order_codes(folder, shipped)),
        phones=phones(folder, shipped),
        er=given.er if given else None,
    )
    return None if folder.faults else site


def applied(site: Site, shipped: Shipped) -> Shipped:
    """The knowledge with the site's numbers, codes and words."""
    criteria = _moved(shipped.criteria, site.changes)
    others = tuple(one for one in site.changes if one.file not in shipped.criteria)
    findings = _moved(shipped.findings, others)
    chart = shipped.chart.model_copy(
        update={"parameters": _with(shipped.chart.parameters, CHART, others)}
    )
    told = replace(
        shipped,
        criteria=criteria,
        findings=findings,
        chart=chart,
        valuesets=_joined(shipped.valuesets, site.codes),
        numbers={name: _with(table, name, site.changes) for name, table in shipped.numbers.items()},
    )
    return renamed(told, site.er) if site.er else told


Owner = TypeVar("Owner", Criterion, Finding)


def _moved(owners: Mapping[str, Owner], moved: tuple[Change, ...]) -> dict[str, Owner]:
    return {
        name: one.model_copy(update={"parameters": _with(one.parameters, name, moved)})
        for name, one in owners.items()
    }


def _with(table: Parameters, file: str, moved: tuple[Change, ...]) -> Parameters:
    return table | {one.parameter: one.now for one in moved if one.file == file}


def _joined(sets: ValueSets, codes: tuple[LocalCode, ...]) -> ValueSets:
    return ValueSets({one.id: _longer(one, codes) for one in sets.lists.values()}, sets.phrases)


def _longer(one: CodeList, codes: tuple[LocalCode, ...]) -> CodeList:
    own = dict(_own(one.id, codes))
    return replace(one, codes={**one.codes, **own}) if own else one


def _own(name: str, codes: tuple[LocalCode, ...]) -> Iterator[tuple[tuple[str, str], str]]:
    for one in codes:
        if one.value_set == name:
            yield (one.system, one.code), one.display
