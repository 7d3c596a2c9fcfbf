"""The drafts on a clinician's desk: what each of them is, and the knowledge to judge them by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cards import case as cases
from cards.case import Case
from cards.choice import Wanted, choose
from knowledge.card_files import Order
from knowledge.cautions import Cautions
from knowledge.drafts import Draft, read_drafts
from knowledge.order_checks import DraftKind, OrderChecks
from knowledge.reading.reader import ChartReader
from knowledge.work_up import Rules


class Library(cases.Library, Protocol):
    """The knowledge that draft orders are judged by."""

    @property
    def reader(self) -> ChartReader:
        """Reads charts, and drafts like them."""
        ...

    @property
    def work_up(self) -> Rules:
        """Which order answers which scan, and with which priority."""
        ...

    @property
    def cautions(self) -> Cautions:
        """What to check before a scan."""
        ...

    @property
    def order_checks(self) -> OrderChecks:
        """How drafts are judged."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """The drafts on a clinician's desk: all of them, and those just chosen."""

    case: Case
    library: Library
    drafts: tuple[Draft, ...]
    chosen: tuple[Draft, ...]

    @property
    def kinds(self) -> Sequence[DraftKind]:
        """What drafts can be."""
        return self.library.order_checks.file.kinds

    def kind(self, draft: Draft) -> DraftKind:
        """What a draft is: the first kind that fits."""
        return next(one for one in self.kinds if one.finding in draft.findings)

    def is_mri(self, draft: Draft) -> bool:
        """Whether it orders an MRI of the spine."""
        return self.kind(draft).modality == "mri"

    def has_contrast(self, draft: Draft) -> bool:
        """Whether it asks for contrast in an MRI."""
        return self.is_mri(draft) and (
            self.library.order_checks.file.contrast.finding in draft.findings
        )

    def of_spine(self, drafts: Sequence[Draft]) -> tuple[Draft, ...]:
        """Those of the spine."""
        return tuple(one for one in drafts if self.kind(one).spine)

    def orders(self, order: Order) -> frozenset[str]:
        """What an order of ours would be as a draft."""
        concept = {"coding": [one.model_dump() for one in order.code.codings]}
        sent = {"resourceType": "ServiceRequest", "code": concept | {"text": order.code.text}}
        read = read_drafts(sent, self.library, self.case.patient_id, self.case.now)
        kinds = {one.finding for one in self.kinds}
        return frozenset(name for one in read.scans for name in one.findings & kinds)


def desk(case: Case, library: Library, sent: object, selections: Sequence[str]) -> Desk:
    """The drafts that were sent, read."""
    drafts = read_drafts(sent, library, case.patient_id, case.now)
    return Desk(case, library, drafts.scans, drafts.chosen(selections))


def needless_contrast(on: Desk, draft: Draft) -> Wanted | None:
    """The order that asks for no contrast, where a draft does and nothing that is met wants it."""
    if not on.has_contrast(draft):
        return None
    pressing = [one for one in on.case.met if one.urgency in cases.PRESSING]
    wanted = choose(on.case, pressing)
    if any("gadolinium" in one.order.uses for one in wanted):
        return None
    where = on.library.order_checks.file.contrast.where
    return next((one for one in wanted if one.order.id in where), None)


def without_contrast(on: Desk, draft: Draft, wanted: Order) -> Order | None:
    """The order of the same region without contrast: the wanted one where it is that."""
    instead = on.library.order_checks.file.contrast.instead
    named = [wanted, *(on.library.orders[name] for name in instead)]
    return next((one for one in named if on.orders(one) <= draft.findings), None)
