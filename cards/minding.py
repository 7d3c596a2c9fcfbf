"""What is uncertain, and what a clinician has to bear in mind."""

from __future__ import annotations

from collections.abc import Sequence

from cards.case import Case
from cards.incomplete import orders_unknown, other_gaps
from knowledge.evaluation import Evidence, Judged, Noted


def section(case: Case, judged: Sequence[Judged], items: Sequence[Evidence]) -> str | None:
    """The warnings of a card: about the patient and the data, then the leading criterion's."""
    scans = [*_cautions(case, judged), *orders_unknown(case, judged)]
    told = [*_patient(case), *scans, *_evidence(case, items), *_criteria(case, judged)]
    return listed(case, told)


def about_patient(case: Case, judged: Sequence[Judged], items: Sequence[Evidence]) -> str | None:
    """The warnings about the patient, the scans and the data, without the criterion's own."""
    return listed(case, [*_patient(case), *_cautions(case, judged), *_evidence(case, items)])


def _cautions(case: Case, judged: Sequence[Judged]) -> list[str]:
    """What to check before the scans that these criteria ask for (G10)."""
    orders = case.library.orders
    wanted = {name for one in judged for name in case.card_words(one).order}
    uses = {use for name in wanted for use in orders[name].uses}
    return [
        caution.say.format(found=named(case, caution))
        for caution in case.evaluation.cautions
        if caution.beside in uses
    ]


def named(case: Case, caution: Noted) -> str:
    """What a caution was found by, in the chart's own words."""
    names = dict.fromkeys(case.text(item.display) or item.finding for item in caution.evidence)
    return ", ".join(list(names)[: case.words.limits.cautions])


def listed(case: Case, told: Sequence[str]) -> str | None:
    """Warnings under their heading, at most as many as there is room for."""
    kept = list(dict.fromkeys(told))[: case.words.limits.mind]
    if not kept:
        return None
    return "\n".join([f"**{case.words.headings.mind}**", *(f"- {text}" for text in kept)])


def _patient(case: Case) -> list[str]:
    mind, evaluation = case.words.mind, case.evaluation
    told = [mind.child] if evaluation.paediatric else []
    if others := other_gaps(case):
        which = ", ".join(case.text(name) for name in others)
        told.append(mind.incomplete.format(which=which))
    if evaluation.age is None:
        told.append(mind.age_unknown)
    return told


def _criteria(case: Case, judged: Sequence[Judged]) -> list[str]:
    lead = judged[:1]
    explained = case.words.mind.explained
    told = [text for one in lead for text in case.card_words(one).mind]
    return told + [explained.format(because=because) for one in lead for because in one.because]


def _evidence(case: Case, items: Sequence[Evidence]) -> list[str]:
    mind = case.words.mind
    said = (
        (mind.undated, any(item.undated for item in items)),
        (mind.suspected, any(item.suspected for item in items)),
        (mind.preliminary, any(item.preliminary for item in items)),
        (mind.contradicted, any(item.contradicted_by for item in items)),
    )
    return [text for text, so in said if so]
