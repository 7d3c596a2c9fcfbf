"""All facts about a finding sorted out: newest wins, and what newer answers undo (G4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from knowledge.giving_up import GoOn, asking, simply
from knowledge.language.facts import Fact, Standing, contested
from knowledge.language.measures import when
from knowledge.language.schema import Answer, Finding, Parameter
from knowledge.reading.episodes import dated, values_in_order, worsened
from knowledge.reading.moment import Moment
from knowledge.reading.returning import come_back
from knowledge.reading.traits import covers


def stand(
    finding: Finding,
    facts: Sequence[Fact],
    moment: Moment,
    step: Parameter | None,
    go_on: GoOn = simply,
) -> Standing:
    """What stands of a finding's facts. `step` is how much worse a measured value has to be."""
    if finding.measure is not None:
        values = tuple(fact for fact in facts if not fact.past)
        return Standing(present=values_in_order(finding.measure, values, step))
    said = [fact for fact in facts if fact.answer is Answer.PRESENT]
    denials = [fact for fact in facts if fact.answer is Answer.ABSENT]
    over = [fact for fact in said if fact.past]
    current = asking(go_on, [fact for fact in said if not fact.past])
    sorted_out = _undo(current, denials, over, moment)
    episodes = worsened(dated(sorted_out.kept, denials, moment, go_on), go_on)
    episodes = come_back(episodes, (*denials, *filter(_is_over, over)), go_on)
    return Standing(
        present=tuple(fact for fact in episodes if not _stale(fact, moment)),
        past=(
            *over,
            *sorted_out.ended,
            *(replace(fact, past=True) for fact in episodes if _stale(fact, moment)),
        ),
        absent=tuple(denials),
        unknown=tuple(fact for fact in facts if fact.answer is Answer.UNKNOWN),
    )


def _is_over(fact: Fact) -> bool:
    """Whether a Condition says that it was so and is not any more."""
    return fact.resource_type == "Condition"


def _stale(fact: Fact, moment: Moment) -> bool:
    """A yes that an Observation gave long ago, and nobody since, is history."""
    if fact.resource_type != "Observation" or fact.said is None:
        return False
    return fact.said.end < moment.now - moment.stands


@dataclass(slots=True)
class _Undone:
    """What stands against all later answers, and what was so until one of them."""

    kept: list[Fact] = field(default_factory=list)
    ended: list[Fact] = field(default_factory=list)


def _undo(
    current: Iterable[Fact], denials: Sequence[Fact], over: Sequence[Fact], moment: Moment
) -> _Undone:
    """Later denials take facts back; shortly after, the facts stand as contested.

    What an Observation said of a symptom was so until then. A diagnosis that was denied never
    was: it is no history either.
    """
    found = _Undone()
    for fact in current:
        against = sorted((no for no in denials if _takes_back(no, fact)), key=when)
        ended = _ended_since(fact, over)
        if not against and ended is None:
            found.kept.append(fact)
        elif ended is None and _soon(against[-1], fact, moment):
            found.kept.append(contested(fact, against[0].reference))
        elif fact.resource_type == "Observation" and not fact.suspected:
            by = ended or against[0]
            found.ended.append(replace(fact, past=True, ended=fact.ended or by.ended or by.said))
    return found


def _soon(last: Fact, fact: Fact, moment: Moment) -> bool:
    """Whether even the last denial came so soon that an emergency stays one."""
    if last.said is None or fact.said is None:
        return False
    return last.said.start - fact.said.end <= moment.conflict


def _takes_back(no: Fact, fact: Fact) -> bool:
    """A final denial of the same site and side, surely later; on the same instant yes wins.

    A Condition with a site is taken back only by what names that site.
    """
    if no.preliminary or no.suspected or no.said is None or fact.said is None:
        return False
    if fact.resource_type == "Condition" and fact.sites and not no.sites:
        return False
    if not covers(no.sites, fact.sites) or not covers(no.sides, fact.sides):
        return False
    return no.said.start > fact.said.end


def _ended_since(fact: Fact, over: Sequence[Fact]) -> Fact | None:
    """The Condition that says that the episode an Observation belongs to is over, if one does."""
    if fact.resource_type != "Observation" or fact.said is None:
        return None
    for one in over:
        if one.resource_type != "Condition" or one.ended is None:
            continue
        if one.ended.start > fact.said.end and covers(one.sites, fact.sites):
            return one
    return None
