"""Named numbers in two versions, wherever they are told."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.checks.diff.model import NumberChange
from knowledge.checks.shelf import Shelf
from knowledge.explaining.wording import load_wording
from knowledge.language.criteria import findings_of
from knowledge.language.schema import Parameter, Parameters

_ASIDE = ("lint",)


def numbers(old: Shelf, new: Shelf) -> tuple[NumberChange, ...]:
    """Numbers that moved, came or went; a `same_as` counts where it now points elsewhere."""
    return tuple(_numbers(old, new))


def _numbers(old: Shelf, new: Shelf) -> Iterator[NumberChange]:
    was, now = old.tables(), new.tables()
    for file in sorted({*was, *now} - set(_ASIDE)):
        if not was.get(file) and not _in_both(file, old, new):
            continue
        for name in dict.fromkeys((*was.get(file, {}), *now.get(file, {}))):
            before, after = _said(was.get(file), name), _said(now.get(file), name)
            if before != after:
                yield NumberChange(
                    file=file, name=name, was=before, now=after, used_by=_used(file, name, new)
                )


def _in_both(file: str, old: Shelf, new: Shelf) -> bool:
    """Whether a file is there in both versions: the numbers of a new one are told with it."""
    return all(
        file in shelf.criteria or file in shelf.findings or file in shelf.roots
        for shelf in (old, new)
    )


def _said(table: Parameters | None, name: str) -> str | None:
    one = (table or {}).get(name)
    return _amount(one) if one else None


def _amount(one: Parameter) -> str:
    """`14 days`, or where the number stands."""
    return f"as {one.same_as}" if one.same_as else load_wording().limit(one)


def _used(file: str, name: str, shelf: Shelf) -> tuple[str, ...]:
    """The criteria that a number concerns: its own, or those that point to it."""
    if file in shelf.criteria:
        return (file,)
    place = f"{file}.{name}"
    found = []
    for criterion in shelf.criteria.values():
        tables = [criterion.parameters]
        tables += [shelf.findings[one].parameters for one in findings_of(criterion, shelf.findings)]
        if any(one.same_as == place for table in tables for one in table.values()):
            found.append(criterion.id)
    return tuple(found)
