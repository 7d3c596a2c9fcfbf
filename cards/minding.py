"""What is uncertain, and what a clinician has to bear in mind."""

from __future__ import annotations

from collections.abc import Sequence

from cards.case import Case
from knowledge.evaluation import Evidence, Judged


def section(case: Case, judged: Sequence[Judged], items: Sequence[Evidence]) -> str | None:
    """The warnings of a card: about the patient and the data, then the leading criterion's."""
    told = [*_patient(case), *_evidence(case, items), *_criteria(case, judged)]
    kept = list(dict.fromkeys(told))[: case.words.limits.mind]
    if not kept:
        return None
    return "\n".join([f"**{case.words.headings.mind}**", *(f"- {text}" for text in kept)])


def _patient(case: Case) -> list[str]:
    mind, evaluation = case.words.mind, case.evaluation
    told = [mind.child] if evaluation.paediatric else []
    if evaluation.incomplete:
        which = ", ".join(case.text(name) for name in evaluation.incomplete)
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
