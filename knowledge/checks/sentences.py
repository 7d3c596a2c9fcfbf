"""How many sentences of the table are read as a clinician reads them, and which are not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from knowledge.chart.dates import seconds
from knowledge.chart.decode import read_body
from knowledge.checks.sentence_file import Expected, Sentence, Table
from knowledge.checks.short import LISTS, NOW
from knowledge.language.facts import NOTHING, Fact, Facts, Standing
from knowledge.reading.reader import Chart

if TYPE_CHECKING:
    from knowledge.library import Library

_DAY = seconds(1, "d") or 0
_PAPER = {"resourceType": "Condition", "id": "note", "code": {"text": "Consultation"}}
"""What a sentence stands on: a Condition that says nothing itself."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence with what was read of it: `wrong` holds each finding's difference."""

    batch: str
    sentence: Sentence
    wrong: tuple[str, ...]
    raised: tuple[str, ...]
    """The watched findings that a trap raised which tells of nothing."""

    @property
    def right(self) -> bool:
        """Whether all is read as expected."""
        return not self.wrong


def read_all(library: Library, table: Table) -> list[Reading]:
    """Every sentence of the table as it is read, in its order."""
    return [
        _read(library, table, batch, sentence)
        for batch, sentences in table.batches.items()
        for sentence in sentences
    ]


def facts_of_note(library: Library, text: str) -> Facts:
    """What the chart says of a patient whose only note this is, written today."""
    body = _PAPER | {"recordedDate": NOW.isoformat(), "note": [{"text": text}]}
    return facts_of_chart(library, [body])


def facts_of_chart(library: Library, resources: Sequence[Mapping[str, Any]]) -> Facts:
    """What these resources say at the examples' moment."""
    entries = [{"resource": one} for one in resources]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    chart = Chart(read_body(msgspec.json.encode(bundle)), None, None, LISTS)
    return library.reader.read(chart, NOW, ZoneInfo("UTC"))


def _read(library: Library, table: Table, batch: str, sentence: Sentence) -> Reading:
    standing = facts_of_note(library, sentence.text).standing
    wrong = list(_differences(library, sentence, standing))
    wrong += _unasked(table, sentence, standing)
    raised = [
        name for name in table.brings
        if sentence.quiet and standing.get(name, NOTHING).present
    ]  # fmt: skip
    return Reading(batch, sentence, tuple(wrong), tuple(raised))


def _differences(
    library: Library, sentence: Sentence, standing: Mapping[str, Standing]
) -> Iterator[str]:
    for name, expected in sentence.read.items():
        found = standing.get(name, NOTHING)
        if not _holds(library, name, expected, found):
            yield f"{name}: expected {_shown(expected)}, got {_got(library, name, found)}"


def _unasked(table: Table, sentence: Sentence, standing: Mapping[str, Standing]) -> Iterator[str]:
    """Watched findings that the sentence says nothing of, and that something was read of."""
    brought = set(sentence.read).union(*(table.brings.get(one, ()) for one in sentence.read))
    for name in table.brings:
        answer = answer_of(standing.get(name, NOTHING))
        if name not in brought and answer not in ("nothing", "unknown"):
            yield f"{name}: expected nothing, got {answer}"


def answer_of(standing: Standing) -> str:
    """What stands of a finding, in a word."""
    if standing.present:
        return "suspected" if all(one.suspected for one in standing.present) else "present"
    for name in ("past", "absent", "unknown"):
        if getattr(standing, name):
            return name
    return "nothing"


def _holds(library: Library, name: str, expected: Expected, found: Standing) -> bool:
    answer = answer_of(found)
    if answer not in expected.answer:
        return False
    facts = _facts(library, name, found)
    if answer in ("nothing", "unknown"):
        return True
    return (
        expected.site <= _union(one.sites for one in facts)
        and expected.side in (frozenset(), _union(one.sides for one in facts))
        and (expected.days is None or any(_began(one, expected.days) for one in facts))
        and (expected.value is None or any(_measures(one, expected.value) for one in facts))
    )


def _facts(library: Library, name: str, found: Standing) -> tuple[Fact, ...]:
    """The facts behind an answer; of measured values the gravest."""
    facts = found.present or found.past or found.absent
    measure = library.findings[name].measure
    if measure is None or not facts:
        return facts
    sign = -1 if measure.worse and measure.worse.direction == "down" else 1
    return (max(facts, key=lambda one: sign * one.number.value if one.number else 0),)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _began(fact: Fact, days: float) -> bool:
    """Whether it began so many days ago, give or take one."""
    if fact.began is None:
        return False
    at = NOW.timestamp() - days * _DAY
    return fact.began.start - _DAY <= at <= fact.began.end + _DAY


def _measures(fact: Fact, value: float) -> bool:
    return fact.number is not None and fact.number.value == value


def _shown(expected: Expected) -> str:
    given = {"side": expected.side, "site": expected.site}
    words = [" or ".join(expected.answer)]
    words += [f"{key} {', '.join(sorted(names))}" for key, names in given.items() if names]
    words += [f"{expected.days:g} days"] if expected.days is not None else []
    words += [f"value {expected.value:g}"] if expected.value is not None else []
    return ", ".join(words)


def _got(library: Library, name: str, found: Standing) -> str:
    facts = _facts(library, name, found)
    sides, sites = _union(one.sides for one in facts), _union(one.sites for one in facts)
    words = [answer_of(found)]
    words += [f"side {', '.join(sorted(sides))}"] if sides else []
    words += [f"site {', '.join(sorted(sites))}"] if sites else []
    words += [f"value {one.number.value:g}" for one in facts if one.number]
    return ", ".join(words)
