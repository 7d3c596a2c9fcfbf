"""Judging by the shipped knowledge: a chart read, evaluated, and put into cards."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from cards.compose import compose
from knowledge.chart.decode import read_values
from knowledge.evaluation import Evaluation
from knowledge.library import Library, load_library
from knowledge.reading.reasons import OTHER_PATIENT
from knowledge.site.account import account
from service.engine import Judgement
from service.enough import count, ensure_enough
from service.hooks import HookRequest
from service.supplied import types_supplied


class LibraryEngine:
    """Judges by a library of knowledge; `base_url` is where a card's links lead."""

    def __init__(self, library: Library, base_url: str) -> None:
        self.library = library
        self.base_url = base_url
        self.knowledge_version = library.version
        self.account = account(library)

    def judge(self, request: HookRequest, now: datetime) -> Judgement:
        """See `Engine.judge`."""
        decoded = read_values(request.prefetch)
        supplied = types_supplied(decoded) if request.supplied is None else request.supplied
        evaluation = self.library.judge(
            decoded,
            patient_id=request.patient_id,
            encounter_id=request.encounter_id,
            now=now,
            supplied=supplied,
        )
        if not evaluation.emergency:
            ensure_enough(decoded, supplied, _foreign(evaluation))
        cards = compose(
            evaluation,
            self.library,
            patient_id=request.patient_id,
            encounter_id=request.encounter_id,
            now=now,
            base_url=self.base_url,
        )
        return Judgement(cards, evaluation, count(decoded), self.account)


def _foreign(evaluation: Evaluation) -> frozenset[str]:
    ignored = evaluation.ignored
    return frozenset(one.reference for one in ignored if one.reason == OTHER_PATIENT)


def load_engine(
    base_url: str, site: Path | None = None, today: date | None = None
) -> LibraryEngine:
    """The engine with the knowledge that is shipped and what a site has set.

    Wrong knowledge stops it here, and so does a wrong folder of the site (SiteError).
    """
    return LibraryEngine(load_library(site=site, today=today), base_url)
