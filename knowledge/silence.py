"""What a site keeps silent: judged and recorded like the rest, and left out of what cards tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.evaluation import SITE, Evaluation, Judged


def marked(judged: Judged) -> Judged:
    """A criterion's result with the word that no card speaks of it."""
    return replace(judged, silent=True, held_back_by=(*judged.held_back_by, SITE))


def without_silent(evaluation: Evaluation) -> Evaluation:
    """As cards may tell it: what is silent looks like what is switched off.

    What is met of it stands under `silenced`: what a card says of others must not forget it.
    """
    silent = _silent(evaluation.criteria)
    if not silent:
        return evaluation
    criteria = tuple(_off(one) if one.silent else one for one in evaluation.criteria)
    met = tuple(one for one in silent if one.met)
    return replace(evaluation, criteria=criteria, silenced=met)


def aloud(evaluation: Evaluation) -> Evaluation:
    """As it would be told if nothing were silent."""
    if not _silent(evaluation.criteria):
        return evaluation
    return replace(evaluation, criteria=tuple(map(_aloud, evaluation.criteria)))


def _silent(criteria: Iterable[Judged]) -> list[Judged]:
    return [one for one in criteria if one.silent]


def _off(judged: Judged) -> Judged:
    return Judged(judged.criterion, "not-met", held_back_by=(SITE,))


def _aloud(judged: Judged) -> Judged:
    if not judged.silent:
        return judged
    rest = tuple(why for why in judged.held_back_by if why != SITE)
    return replace(judged, silent=False, held_back_by=rest)
