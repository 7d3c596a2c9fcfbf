"""The seam between the ways in (HTTP, files) and what judges: knowledge and cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import msgspec

from cards.said import Said
from knowledge.evaluation import Evaluation, as_json
from knowledge.giving_up import simply
from knowledge.quieting import Recall, nobody
from knowledge.site.account import NOBODY, Account
from service.ehr.gaps import Gap
from service.hooks import HookRequest


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer to a call: the cards as the response has them, and what they rest on.

    `resources` counts what was read, by resource type; `account` says what the site has set.
    `said` tells what each card spoke of. `kept_back` are cards that were composed and are not
    shown. `confirmed` names the criteria whose diagnosis stands confirmed in the chart. `silent`:
    the hook shows none of the cards, the explanation all.
    """

    cards: Sequence[Any]
    evaluation: Evaluation
    resources: dict[str, int]
    account: Account = NOBODY
    said: Sequence[Said] = ()
    kept_back: Sequence[Said] = ()
    confirmed: tuple[str, ...] = ()
    silent: bool = False

    @property
    def body(self) -> bytes:
        """The response of the hook, as JSON."""
        return msgspec.json.encode({"cards": self._shown})

    @property
    def _shown(self) -> Sequence[Any]:
        return () if self.silent else self.cards

    @property
    def explanation(self) -> bytes:
        """The whole evaluation with the cards, as JSON."""
        told = as_json(self.evaluation, list(self.cards), self.account, silent=self.silent)
        return msgspec.json.encode(told)

    def in_silence(self) -> Judgement:
        """The same in silent mode: all cards are kept back."""
        kept_back = (*self.said, *self.kept_back)
        return replace(self, said=(), kept_back=kept_back, silent=True)

    @property
    def counts(self) -> dict[str, Any]:
        """What may be logged: how much was read, met and said, not what."""
        met = sum(one.met for one in self.evaluation.criteria)
        return {"resources": self.resources, "met": met, "cards": len(self._shown)}


class Engine(Protocol):
    """Whoever judges a chart."""

    knowledge_version: str

    def concerns(self, request: HookRequest, now: datetime) -> bool:
        """Whether there can be anything to say, whatever the chart holds."""

    def judge(
        self,
        request: HookRequest,
        now: datetime,
        gaps: Sequence[Gap] = (),
        go_on: Callable[[], None] = simply,
        recall: Recall = nobody,
    ) -> Judgement:
        """Judge a chart at a moment, whose time zone is the site's.

        `gaps`: what could not be had, and why. `go_on` is called again and again and may raise
        `GivenUp`. `recall` gives the earlier overrides of this patient's cards; it is asked at
        most once, and only where something that is met could be kept quiet by one.

        Raises:
            Problem: 412 where conditions or observations could not be had, 422 where none of
                them could be read, and no emergency is met without them; 500 where criteria
                could not be evaluated and there would be nothing to say.
        """
