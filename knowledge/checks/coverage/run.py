"""All changes tried, on as many processors as there are."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator

from knowledge.checks.coverage.mutants import Mutant
from knowledge.checks.coverage.report import Report, report
from knowledge.checks.coverage.trial import Trial, all_changes
from knowledge.library import Library

_BATCH = 12
_work: list[tuple[Trial, list[Mutant]]] = []
"""What the forked processes find: nothing of it has to be sent."""

Tell = Callable[[int, int], None]
"""Told how many changes of how many have been tried."""


def cover(
    library: Library, only: str | None = None, jobs: int | None = None, tell: Tell | None = None
) -> Report:
    """Try every change (of one file) and report which of them no example notices."""
    trial, mutants = Trial.of(library), list(all_changes(library, only))
    tried: list[tuple[Mutant, bool]] = []
    for place, noticed in _tried(trial, mutants, jobs or os.cpu_count() or 1):
        tried.append((mutants[place], noticed))
        if tell is not None:
            tell(len(tried), len(mutants))
    return report(library, tried, only)


Result = tuple[int, bool]


def _tried(trial: Trial, mutants: list[Mutant], jobs: int) -> Iterator[Result]:
    """Each change's place and whether it is noticed, in whatever order they are done."""
    batches = [range(at, min(at + _BATCH, len(mutants))) for at in range(0, len(mutants), _BATCH)]
    _work[:] = [(trial, mutants)]
    try:
        if jobs < 2 or "fork" not in multiprocessing.get_all_start_methods():
            yield from (result for batch in batches for result in _try(batch))
            return
        gc.freeze()
        with multiprocessing.get_context("fork").Pool(jobs) as pool:
            for results in pool.imap_unordered(_try, batches):
                yield from results
    finally:
        gc.unfreeze()
        _work.clear()


def _try(batch: range) -> list[Result]:
    trial, mutants = _work[0]
    return [(place, trial.notices(mutants[place])) for place in batch]
