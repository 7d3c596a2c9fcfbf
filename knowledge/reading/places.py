"""Which words of a sentence belong to a finding: its site, its side, its qualifiers.

"Numb left leg and weak right arm" is one clause with two findings; "numbness of the left and
right leg" is one with one. So a clause is taken apart at its commas and joining words, and a part
that names no finding belongs to the one before it (the first to the one behind).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from knowledge.reading.speech import Speech
from knowledge.reading.traits import NO_TRAITS, Traits, mentioned, traits_of
from knowledge.text import Assertion, Mention


def clauses_of(mentions: Iterable[Mention]) -> Iterator[Sequence[Mention]]:
    """Mentions by the clause in which they stand, in the order of the text."""
    clauses: dict[str, list[Mention]] = {}
    for one in mentions:
        clauses.setdefault(one.clause, []).append(one)
    return iter(clauses.values())


def place(speech: Speech, mention: Mention, mentions: Iterable[Mention]) -> Traits:
    """What stands beside a mention in its own clause.

    Sites and sides come from the rest of the clause where its own part names none. A denial
    takes the sites that are denied with it, too.
    """
    clause = [one for one in mentions if one.clause == mention.clause]
    whole = _traits(clause, mention)
    parts = speech.words.concepts.parts(mention.clause)
    if len(parts) == 1 or whole is NO_TRAITS:
        return whole
    own = NO_TRAITS
    for group in _groups(speech, parts):
        if any(one.phrases == mention.phrases for one in group):
            own = own.and_(_traits(group, mention))
    return Traits(
        own.sites or whole.sites,
        own.sides or whole.sides,
        own.severity,
        own.sudden,
        own.complete,
        own.worse,
        own.unchanged,
    )


def _traits(mentions: Iterable[Mention], mention: Mention) -> Traits:
    if mention.assertion is Assertion.ABSENT:
        return traits_of(one.phrases for one in mentions)
    return mentioned(mentions)


def _groups(speech: Speech, parts: Iterable[str]) -> list[list[Mention]]:
    """The mentions of each part, with those of the parts around it that name no finding."""
    groups: list[list[Mention]] = []
    loose: list[Mention] = []
    for part in parts:
        found = list(speech.words.concepts.text(part))
        if any(True for one in found for _ in speech.findings(one)):
            groups.append(loose + found)
            loose = []
        elif groups:
            groups[-1] += found
        else:
            loose += found
    return groups or [loose]


def noted(speech: Speech, finding: str) -> Traits:
    """What the notes add to a finding: the clauses about it, and those that are about none.

    "Numb for years. Back pain worse." says nothing of the numbness (G6 of the criteria: the word
    has to modify the finding itself).
    """
    traits = NO_TRAITS
    for clause in clauses_of(speech.notes.mentions):
        about = {name for one in clause for name in speech.findings(one)}
        if not about:
            traits = traits.and_(mentioned(clause))
        for one in clause if finding in about else ():
            if one.assertion is not Assertion.ABSENT and finding in speech.findings(one):
                traits = traits.and_(place(speech, one, clause))
    return traits
