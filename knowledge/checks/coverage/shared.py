"""Every change of what all criteria share: the rules of work-up, the cautions beside a scan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from knowledge.cautions import NAME as CAUTIONS
from knowledge.cautions import CautionsFile
from knowledge.checks.coverage.clauses import changes
from knowledge.checks.coverage.mutants import Mutant, Place, changed, label
from knowledge.work_up import NAME as WORK_UP
from knowledge.work_up_file import Scan, WorkUpFile


def changed_work_up(file: WorkUpFile) -> Iterator[Mutant]:
    """Each scan, order, report and priority of `work-up.yaml` left out.

    Not so the lists of what is no red flag by itself (`background`, `weak`): they are no rules.
    """
    for name, scan in file.scans.items():
        for key in ("ordered", "done", "shows"):
            for number, what, rest in _fewer(getattr(scan, key)):
                scans = {**file.scans, name: changed(scan, **{key: rest})}
                place = ("scans", name, key, number)
                yield _mutant(file, place, f"without {what}", scans=scans)
        yield from _parts(file, name, scan)
    for number, what, rest in _fewer(file.any_order):
        yield _mutant(file, ("any_order", number), f"without {what}", any_order=rest)
    for urgency, words in file.priorities.items():
        for number, what, rest in _fewer(words):
            priorities = {**file.priorities, urgency: rest}
            where = ("priorities", urgency, number)
            yield _mutant(file, where, f"without {what}", priorities=priorities)


def _parts(file: WorkUpFile, name: str, scan: Scan) -> Iterator[Mutant]:
    """Orders that have to be there together, with one of them less."""
    for number, together in enumerate(scan.ordered):
        if len(together) < 2:
            continue
        for inner, what, rest in _fewer(together):
            ordered = (*scan.ordered[:number], rest, *scan.ordered[number + 1 :])
            scans = {**file.scans, name: changed(scan, ordered=ordered)}
            place = ("scans", name, "ordered", number, inner)
            yield _mutant(file, place, f"{what} not needed", scans=scans)


def _fewer(values: tuple[Any, ...]) -> Iterator[tuple[int, str, tuple[Any, ...]]]:
    for number, value in enumerate(values):
        what = value if isinstance(value, str) else "+".join(value)
        yield number, what, values[:number] + values[number + 1 :]


def _mutant(file: WorkUpFile, place: Place, what: str, **fields: object) -> Mutant:
    steps = tuple(str(step) for step in place if not isinstance(step, int))
    return Mutant(WORK_UP, place, label(steps, what), changed(file, **fields))


def changed_cautions(file: CautionsFile) -> Iterator[Mutant]:
    """Each caution left out, and each change of its clause."""
    for number, caution in enumerate(file.cautions):
        before, after = file.cautions[:number], file.cautions[number + 1 :]
        steps = ("cautions", caution.id)
        gone = changed(file, cautions=(*before, *after))
        yield Mutant(CAUTIONS, ("cautions", number), label(steps, "left out"), gone)
        for change in changes(caution.when):
            new = changed(caution, when=change.clause)
            becomes = changed(file, cautions=(*before, new, *after))
            name = label((*steps, *change.steps), change.what)
            yield Mutant(CAUTIONS, ("cautions", number, "when", *change.place), name, becomes)


def excuses(work_up: WorkUpFile, cautions: CautionsFile) -> Mapping[str, Any]:
    """What both files justify."""
    return {WORK_UP: work_up.unnoticed, CAUTIONS: cautions.unnoticed}
