"""What codes and free text tell: that a finding is there, was there, or is denied (G5).

Coded and written evidence in one resource have to agree; a denial in words beats the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from knowledge.giving_up import asking
from knowledge.language.schema import Answer
from knowledge.reading.concepts import Reading
from knowledge.reading.places import LONGEST_CLAUSE, clauses_of, noted, own_part, place
from knowledge.reading.speech import Speech
from knowledge.reading.traits import Traits, covers
from knowledge.reading.ways import Beside, Spoken
from knowledge.text import Assertion, Mention, Quality

SILENT = (Assertion.FAMILY, Assertion.HYPOTHETICAL)
"""What is said of others, or of what may come, says nothing of the patient today."""

_AFFIRMED = (Assertion.PRESENT, Assertion.SUSPECTED)
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Said:
    """An answer with what is uncertain about it."""

    answer: Answer
    past: bool = False
    suspected: bool = False


PRESENT = Said(Answer.PRESENT)
SAID = {
    Assertion.PRESENT: PRESENT,
    Assertion.SUSPECTED: Said(Answer.PRESENT, suspected=True),
    Assertion.ABSENT: Said(Answer.ABSENT),
    Assertion.PAST: Said(Answer.PRESENT, past=True),
    Assertion.UNKNOWN: Said(Answer.UNKNOWN),
}
"""What each assertion of a text comes to; of several the first in this order counts."""


# -- codes --------------------------------------------------------------------------------------


def coded(
    speech: Speech, reading: Reading, beside: Beside, but: AbstractSet[str] = NOTHING
) -> set[str]:
    """Facts from a concept's codes. Returns the findings that are dealt with."""
    told = set(but)
    for name, one in _direct_first(speech, reading):
        if one.finding in told:
            continue
        traits = reading.traits.or_sites_of(speech.around).or_sites_of(noted(speech, one.finding))
        if one.fits(traits, beside):
            told.add(one.finding)
            _code(speech, one, name, reading, traits)
    return told


def _direct_first(speech: Speech, reading: Reading) -> list[tuple[str, Spoken]]:
    """The findings that the codes answer: by the finding's own code before a general one."""
    found = [
        (name, one)
        for name in reading.names
        for one in speech.spoken(name)
        if one.measure is None and not one.exam
    ]
    return sorted(found, key=lambda pair: bool(pair[1].way and pair[1].way.site))


def _code(speech: Speech, one: Spoken, name: str, reading: Reading, traits: Traits) -> None:
    own = about(speech, one.finding, reading.mentions)
    notes = about(speech, one.finding, speech.notes.mentions)
    said = beside_code(speech, own, notes, traits)
    if said is not None:
        timed = next((m for m in (*own, *notes) if m.assertion in _AFFIRMED), None)
        speech.add(
            one.finding, _unless_refuted(speech, said.answer), name, traits, past=said.past,
            suspected=said.suspected, shown=reading.shown_as(name), mention=timed,
        )  # fmt: skip


def about(speech: Speech, finding: str, mentions: Iterable[Mention]) -> list[Mention]:
    """The mentions of a finding itself (not of a function)."""
    return [
        one
        for one in mentions
        if any(way.finding == finding and not way.exam for way in speech.spoken(one.phrases))
    ]


def beside_code(
    speech: Speech, own: Sequence[Mention], notes: Sequence[Mention], traits: Traits
) -> Said | None:
    """What a coded finding comes to beside its own text and the notes; None for nothing.

    Its own text says how the code is meant: denied, suspected, over, a question, of a relative.
    Notes only deny, and only what stands at the denied site: "No saddle numbness" does not deny
    the numbness of a leg.
    """
    if denied(speech, notes, traits):
        return SAID[Assertion.ABSENT]
    found = {one.assertion for one in own if _concerns(speech, one, traits)}
    if not found:
        return PRESENT
    return next((said for one, said in SAID.items() if one in found), None)


def denied(speech: Speech, mentions: Sequence[Mention], traits: Traits) -> bool:
    """Whether mentions of one finding deny it at this place, and none affirms it."""
    found = {one.assertion for one in mentions if _concerns(speech, one, traits)}
    return Assertion.ABSENT in found and not found.intersection(_AFFIRMED)


def _concerns(speech: Speech, mention: Mention, traits: Traits) -> bool:
    """A denial at another site, or on another side, is of something else."""
    if mention.assertion is not Assertion.ABSENT:
        return True
    if len(mention.clause) > LONGEST_CLAUSE:
        return False
    clause = speech.words.concepts.text(mention.clause)
    there = place(speech, mention, clause)
    own = own_part(speech, mention, clause)
    at = covers(there.sites, traits.sites) if traits.sites else not own.sites
    return at and (covers(there.sides, traits.sides) if traits.sides else not own.sides)


def _unless_refuted(speech: Speech, answer: Answer) -> Answer:
    """What a refuted Condition says is a no."""
    return Answer.ABSENT if speech.frame.denied and answer is Answer.PRESENT else answer


# -- texts --------------------------------------------------------------------------------------


def told(
    speech: Speech,
    mentions: Sequence[Mention],
    beside: Beside,
    but: AbstractSet[str] = NOTHING,
) -> set[str]:
    """Facts from phrases. Returns the findings that are dealt with.

    A finding in `but` is told already: only another site or side of it is new.
    """
    found = set(but)
    clauses = clauses_of(mentions)
    for mention in asking(speech.words.concepts.go_on, mentions):
        if mention.assertion in SILENT:
            continue
        for one in speech.spoken(mention.phrases):
            if one.measure is not None or not one.in_text:
                continue
            if _tell(speech, one, mention, clauses[mention.clause], beside, but):
                found.add(one.finding)
    return found


def _tell(
    speech: Speech, one: Spoken, mention: Mention, clause: Sequence[Mention],
    beside: Beside, but: AbstractSet[str],
) -> bool:  # fmt: skip
    said = examined(mention) if one.exam else SAID[mention.assertion]
    traits = place(speech, mention, clause).or_sites_of(speech.around)
    traits = traits.or_sites_of(noted(speech, one.finding))
    if said is None or not one.fits(traits, beside):
        return False
    if one.finding in but and not _is_new(speech, one, mention, traits):
        return False
    speech.add(
        one.finding, _unless_refuted(speech, said.answer), mention.phrases, traits, by_text=True,
        mention=mention, past=said.past, suspected=said.suspected,
    )  # fmt: skip
    return True


def _is_new(speech: Speech, one: Spoken, mention: Mention, traits: Traits) -> bool:
    """Whether the words add a place to what was told: "numbness of right leg. Left leg too"."""
    if one.exam or mention.assertion not in _AFFIRMED:
        return False
    known = [fact for fact in speech.facts if fact.finding == one.finding]
    if not known or any(fact.answer is not Answer.PRESENT for fact in known):
        return False
    sites = frozenset(site for fact in known for site in fact.sites)
    sides = frozenset(side for fact in known for side in fact.sides)
    return traits.adds_to(Traits(sites, sides))


def examined(mention: Mention) -> Said | None:
    """What a text says of a function: lost or impaired is a yes, intact a no."""
    over = mention.assertion is Assertion.PAST
    if mention.quality is Quality.ABNORMAL:
        suspected = mention.assertion is Assertion.SUSPECTED
        return Said(Answer.PRESENT, past=over, suspected=suspected)
    if mention.quality is Quality.NORMAL:
        return None if over else Said(Answer.ABSENT)
    return Said(Answer.UNKNOWN) if mention.assertion is Assertion.UNKNOWN else None
