"""Which words of a sentence belong to a finding: its site, its side, its qualifiers.

"Numb left leg and weak right arm" is one clause with two findings; "numbness of the left and
right leg" is one with one. So a clause is taken apart at its commas and joining words, and a part
that names no finding belongs to the one before it (the first to the one behind).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from knowledge.giving_up import asking
from knowledge.reading.speech import Speech
from knowledge.reading.traits import NO_TRAITS, SITE, Traits, mentioned, traits_of
from knowledge.text import Assertion, Mention, Quality

_DESCRIBE = (SITE, "side-", "qualifier-", "severity-")
LONGEST_CLAUSE = 1000
"""Characters of a clause that is taken apart; a longer one is no sentence."""


def clauses_of(mentions: Iterable[Mention]) -> Mapping[str, Sequence[Mention]]:
    """Mentions by the clause in which they stand, in the order of the text."""
    clauses: dict[str, list[Mention]] = {}
    for one in mentions:
        clauses.setdefault(one.clause, []).append(one)
    return clauses


def place(speech: Speech, mention: Mention, clause: Sequence[Mention]) -> Traits:
    """What stands beside a mention in its own clause, of which `clause` are all mentions.

    Sites and sides come from the rest of the clause where its own part names none. A denial
    takes the sites that are denied with it, too.
    """
    own = own_part(speech, mention, clause)
    whole = _traits(_of_parts(speech, mention, clause), mention)
    return Traits(
        own.sites or whole.sites,
        own.sides or whole.sides,
        own.severity,
        own.sudden,
        own.complete,
        own.worse,
        own.unchanged,
    )


def own_part(speech: Speech, mention: Mention, clause: Sequence[Mention]) -> Traits:
    """What stands beside a mention in its own part of the clause."""
    whole = _traits(clause, mention)
    if whole is NO_TRAITS or len(mention.clause) > LONGEST_CLAUSE:
        return whole
    if mention.clause not in speech.groups:
        parts = speech.words.concepts.parts(mention.clause)
        speech.groups[mention.clause] = _groups(speech, parts) if len(parts) > 1 else []
    groups = speech.groups[mention.clause]
    if not groups:
        return whole
    own = NO_TRAITS
    for group in groups:
        if any(one.phrases == mention.phrases for one in group):
            own = own.and_(_traits(group, mention))
    return own


def _of_parts(speech: Speech, mention: Mention, clause: Sequence[Mention]) -> Sequence[Mention]:
    """The mentions of a clause without the sites that only describe something else."""
    groups = speech.groups.get(mention.clause)
    if not groups:
        return clause
    kept = {one.phrases for group in groups for one in group}
    return [one for one in clause if one.phrases in kept or not one.phrases.startswith(SITE)]


def _traits(mentions: Iterable[Mention], mention: Mention) -> Traits:
    if mention.assertion is Assertion.ABSENT or mention.quality is Quality.NORMAL:
        return traits_of(one.phrases for one in mentions)
    return mentioned(_affected(mentions))


def _affected(mentions: Iterable[Mention]) -> Iterator[Mention]:
    """Those that no word calls well: the right side of "left leg numb, right leg normal" is."""
    return (one for one in mentions if one.quality is not Quality.NORMAL)


def _groups(speech: Speech, parts: Iterable[str]) -> list[list[Mention]]:
    """The mentions of each part, with those of the parts around it that name no finding."""
    groups: list[list[Mention]] = []
    loose: list[Mention] = []
    for part in parts:
        found = list(speech.words.concepts.text(part))
        if any(True for one in found for _ in speech.findings(one)):
            groups.append(loose + found)
            loose = []
            continue
        starts = {one.start for one in found if one.phrases.startswith(_DESCRIBE)}
        found = [one for one in found if not _is_of_other(speech, part, one, starts)]
        if groups:
            groups[-1] += found
        else:
            loose += found
    return groups or [loose]


def _is_of_other(speech: Speech, part: str, mention: Mention, starts: Set[int]) -> bool:
    """Whether a site only describes something else: "perianal abscess", "left foot ulcer"."""
    if not mention.phrases.startswith(SITE) or mention.end + 1 in starts:
        return False
    return speech.words.concepts.reader.names_other(part, mention.end)


def noted(speech: Speech, finding: str) -> Traits:
    """What the notes add to a finding: the clauses about it, and those that are about none.

    "Numb for years. Back pain worse." says nothing of the numbness (G6 of the criteria: the word
    has to modify the finding itself).
    """
    if not speech.notes.mentions:
        return NO_TRAITS
    if finding not in speech.noted:
        speech.noted[finding] = _noted(speech, finding)
    return speech.noted[finding]


def _noted(speech: Speech, finding: str) -> Traits:
    traits = NO_TRAITS
    clauses = clauses_of(speech.notes.mentions).values()
    for clause in asking(speech.words.concepts.go_on, clauses):
        about = {name for one in clause for name in speech.findings(one)}
        if not about:
            traits = traits.and_(mentioned(_affected(clause)))
        for one in clause if finding in about else ():
            if one.assertion is not Assertion.ABSENT and finding in speech.findings(one):
                traits = traits.and_(place(speech, one, clause))
    return traits
