"""Judging by the shipped knowledge: a chart read, evaluated, and put into cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog

from cards.compose import compose
from cards.discharging import compose_discharge
from cards.ordering import compose_orders
from cards.said import Said, all_said
from knowledge.chart.decode import read_values
from knowledge.drafts import read_drafts
from knowledge.evaluation import Evaluation
from knowledge.failing import CARDS, QUIETING, Apart, Failed
from knowledge.giving_up import simply
from knowledge.library import FOLDER, Library, load_library
from knowledge.quieting import Recall, nobody
from knowledge.reading.reasons import OTHER_PATIENT
from knowledge.silence import aloud, without_silent
from knowledge.site.account import account
from service.ehr.gaps import Gap
from service.engine import Judgement
from service.enough import count, ensure_enough, lacking_keys
from service.errors import refuse
from service.hooks import DISCHARGE, OPENING, ORDER_HOOKS, HookRequest
from service.metrics import CRITERION_FAILURES
from service.supplied import types_supplied

FAILED = "Criteria could not be evaluated; nothing can be said of this patient."


class LibraryEngine:
    """Judges by a library of knowledge; `base_url` is where a card's links lead."""

    def __init__(self, library: Library, base_url: str) -> None:
        self.library = library
        self.base_url = base_url
        self.knowledge_version = library.version
        self.account = account(library)

    def concerns(self, request: HookRequest, now: datetime) -> bool:
        """See `Engine.concerns`: of draft orders only scans are judged."""
        if request.hook not in ORDER_HOOKS:
            return True
        return bool(read_drafts(request.drafts, self.library, request.patient_id, now).scans)

    def judge(
        self,
        request: HookRequest,
        now: datetime,
        gaps: Sequence[Gap] = (),
        go_on: Callable[[], None] = simply,
        recall: Recall = nobody,
    ) -> Judgement:
        """See `Engine.judge`."""
        decoded = request.decoded or read_values(request.prefetch)
        supplied = types_supplied(decoded) if request.supplied is None else request.supplied
        evaluation = self.library.judge(
            decoded,
            patient_id=request.patient_id,
            encounter_id=request.encounter_id,
            now=now,
            supplied=supplied,
            go_on=go_on,
        )
        apart = Apart()
        said: list[Said] = []
        told: dict[str, Any] = {
            "patient_id": request.patient_id,
            "encounter_id": request.encounter_id,
            "now": now,
            "base_url": self.base_url,
            "gaps": lacking_keys(supplied),
            "apart": apart,
        }
        heard = without_silent(evaluation)
        if not heard.emergency and not evaluation.nothing_judged:
            ensure_enough(decoded, supplied, _foreign(evaluation), gaps)
        if request.hook in OPENING:
            evaluation = self._quieted(evaluation, recall, now, apart)
            heard = without_silent(evaluation)
        cards = self._cards(request, heard, told, said)
        failed = (*evaluation.failed, *apart)
        _tell_failures(failed)
        whole = evaluation.deceased or (evaluation.complete and not list(apart))
        if evaluation.nothing_judged or not (cards or whole):
            raise refuse(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED, why="evaluation-failed")
        told_of = all_said(cards, said, evaluation, self.library.words)
        kept_back = self._kept_back(request, evaluation, told) if heard.silenced else ()
        return Judgement(
            cards, evaluation, count(decoded), self.account,
            said=told_of, kept_back=kept_back, confirmed=evaluation.confirmed,
        )  # fmt: skip

    def _kept_back(
        self, request: HookRequest, evaluation: Evaluation, told: Mapping[str, Any]
    ) -> tuple[Said, ...]:
        """The cards that silent criteria would lead, had the site not silenced them."""
        silent = {one.criterion.id for one in evaluation.criteria if one.silent}
        whole, apart, said = aloud(evaluation), Apart(), list[Said]()
        nothing: list[dict[str, Any]] = []
        again = {**told, "apart": apart}
        cards = apart.do(CARDS, lambda: self._cards(request, whole, again, said), nothing)
        _tell_failures(apart)
        found = all_said(cards, said, whole, self.library.words)
        return tuple(one for one in found if one.criterion in silent)

    def _quieted(
        self, evaluation: Evaluation, recall: Recall, now: datetime, apart: Apart
    ) -> Evaluation:
        """With what was overridden lowered; where that breaks, everything speaks."""
        quieted = partial(self.library.quieting.quieted, evaluation, recall, now)
        return apart.do(QUIETING, quieted, evaluation, needed=False)

    def _cards(
        self,
        request: HookRequest,
        evaluation: Evaluation,
        told: Mapping[str, Any],
        said: list[Said],
    ) -> list[dict[str, Any]]:
        if request.hook in ORDER_HOOKS:
            drafts, chosen = request.drafts, request.selections
            return compose_orders(evaluation, self.library, drafts, chosen, **told)
        if request.hook == DISCHARGE:
            return compose_discharge(evaluation, self.library, **told)
        return compose(evaluation, self.library, said=said, **told)


def _tell_failures(failed: Iterable[Failed]) -> None:
    """Loudly: what broke costs a patient an answer, and only the operator can have it mended."""
    for one in failed:
        CRITERION_FAILURES.labels(one.id).inc()
        structlog.get_logger().error(
            "criterion failed", criterion=one.id, exception=one.exception, where=one.where
        )


def _foreign(evaluation: Evaluation) -> frozenset[str]:
    ignored = evaluation.ignored
    return frozenset(one.reference for one in ignored if one.reason == OTHER_PATIENT)


def load_engine(
    base_url: str,
    site: Path | None = None,
    today: date | None = None,
    knowledge: Path | None = None,
) -> LibraryEngine:
    """The engine with the knowledge that is shipped, or that of a folder, and what a site has set.

    Wrong knowledge stops it here, and so does a wrong folder of the site (SiteError).
    """
    return LibraryEngine(load_library(knowledge or FOLDER, site, today), base_url)
