"""Which cards of a patient were overridden for a reason that lasts, and what they rested on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import starmap, takewhile
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Select, bindparam, literal, select

from knowledge.quieting import Dismissal
from service.store.glances import Glances
from service.store.store import Store
from service.store.tables import CARDS, FEEDBACK

OVERRIDDEN = "overridden"

Lasting = Mapping[str, str]
"""The codes of the reasons that last, each with the code system that the cards name for it."""


class Word(NamedTuple):
    """What was told of a card, and what the card rested on; moments as the driver gives them."""

    id: int
    card: str
    outcome: str
    reason_code: str | None
    reason_system: str | None
    outcome_timestamp: str
    received: datetime | str
    at: datetime | str
    says: str


class Dismissals:
    """The overrides that hold of a patient's cards; of what was said of one the last word counts.

    `hashes` is the number of a patient's hashes, `services` are those whose cards are compared.
    A call waits for the answer, so the statement is put together once.
    """

    def __init__(
        self, store: Store, hashes: int, services: Sequence[str], lasting: Lasting
    ) -> None:
        self._glances = Glances(store)
        self._lasting = lasting
        compiled = _words(hashes, services).compile(store.engine)
        self._sql = str(compiled)
        self._params = dict(compiled.params)
        self._order = getattr(compiled, "positiontup", None)

    def of(self, patients: Sequence[str], client: str, tenant: str | None) -> list[Dismissal]:
        """Those of the patient with these hashes, as a client's tenant knows him.

        Raises:
            Exception: the database does not answer, or refuses (see `Glances`).
        """
        given = dict(zip(map(_name, range(len(patients))), patients, strict=True))
        whole = self._params | given | {"client": client, "tenant": tenant}
        values = whole if self._order is None else tuple(whole[name] for name in self._order)
        return self._read(self._glances.ask(self._sql, values))

    def close(self) -> None:
        """Let go of the database."""
        self._glances.close()

    def _read(self, rows: Iterable[Any]) -> list[Dismissal]:
        said: dict[str, list[Word]] = {}
        for word in sorted(starmap(Word, rows), key=_order):
            said.setdefault(word.card, []).append(word)
        return [one for words in said.values() for one in self._each(words)]

    def _each(self, words: Sequence[Word]) -> Iterable[Dismissal]:
        """One for each criterion that a card spoke of, from all that was said of it, in order.

        An override that is told again, with another date, holds from when it was told first: who
        sends it every day keeps nothing quiet for ever.
        """
        holding = list(takewhile(self._holds, reversed(words)))
        return _dismissals(holding[0], _moment(holding[-1])) if holding else ()

    def _holds(self, row: Word) -> bool:
        system = self._lasting.get(row.reason_code or "")
        ours = system is not None and row.reason_system in {None, system}
        return row.outcome == OVERRIDDEN and ours


def _name(number: int) -> str:
    return f"patient_{number}"


def _words(hashes: int, services: Sequence[str]) -> Select[Any]:
    """All that was said of a patient's cards: the columns of a `Word`."""
    same = (FEEDBACK.c.card == CARDS.c.id) & (FEEDBACK.c.client == CARDS.c.client)
    same &= FEEDBACK.c.tenant.is_not_distinct_from(CARDS.c.tenant)
    compared = [literal(one) for one in services]
    return (
        select(
            FEEDBACK.c.id,
            FEEDBACK.c.card,
            FEEDBACK.c.outcome,
            FEEDBACK.c.reason_code,
            FEEDBACK.c.reason_system,
            FEEDBACK.c.outcome_timestamp,
            FEEDBACK.c.received,
            CARDS.c.at,
            CARDS.c.says,
        )
        .join_from(CARDS, FEEDBACK, same)
        .where(
            CARDS.c.patient.in_([bindparam(_name(number)) for number in range(hashes)]),
            CARDS.c.client == bindparam("client"),
            CARDS.c.tenant.is_not_distinct_from(bindparam("tenant")),
            CARDS.c.service.in_(compared),
            CARDS.c.shown,
        )
    )


def _dismissals(row: Word, at: datetime) -> Iterator[Dismissal]:
    says: dict[str, dict[str, Any]] = msgspec.json.decode(row.says)
    for name, marks in says.items():
        urgency = str(marks.get("urgency") or "")
        yield Dismissal(name, urgency, row.reason_code or "", at, marks)


def _order(row: Word) -> tuple[datetime, datetime, int]:
    return _moment(row), _aware(row.received), row.id


def _moment(row: Word) -> datetime:
    """When it was said: the client's clock, but not before the card was there or after we heard.

    So a clock that is wrong never prolongs a silence beyond what holds from the feedback's
    arrival.
    """
    told = datetime.fromisoformat(row.outcome_timestamp)
    return min(max(told, _aware(row.at)), _aware(row.received))


def _aware(moment: datetime | str) -> datetime:
    """A moment as the driver gives it; SQLite's has no zone, which is UTC."""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
