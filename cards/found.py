"""What was found, line by line, each resource once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cards.case import Case
from knowledge.evaluation import Evidence, Judged


def evidence(judged: Iterable[Judged]) -> tuple[Evidence, ...]:
    """The evidence of all these criteria, what says the same joined."""
    return joined(item for one in judged for item in one.evidence)


def joined(items: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Each resource once under each of its names, with every note on it."""
    found: dict[tuple[str, str], Evidence] = {}
    for item in items:
        key = (item.reference, item.display)
        found[key] = _both(found[key], item) if key in found else item
    return tuple(found.values())


def _both(one: Evidence, other: Evidence) -> Evidence:
    notes = dict.fromkeys(note for note in (one.note, other.note) if note)
    return replace(
        one,
        note=", ".join(notes),
        matched_by=min(one.matched_by, other.matched_by),
        date=one.date or other.date,
        suspected=one.suspected or other.suspected,
        preliminary=one.preliminary or other.preliminary,
        undated=one.undated and other.undated,
        onset_stated=one.onset_stated or other.onset_stated,
        contradicted_by=one.contradicted_by or other.contradicted_by,
        worse=one.worse or other.worse,
    )


def lines(items: Sequence[Evidence], case: Case) -> list[str]:
    """The found lines of a card, at most as many as it has room for, then "and n more"."""
    room = case.words.limits.found
    told = [f"- {line(item, case)} · {case.reference(item.reference)}" for item in items[:room]]
    if len(items) > room:
        told.append(f"- {case.words.marks.more.format(count=len(items) - room)}")
    return told


def line(item: Evidence, case: Case) -> str:
    """One thing that was found: its own words, its date, and how sure it is."""
    marks = case.words.marks
    when = case.moment(item.date) if item.date else marks.no_date
    if item.date and item.onset_stated:
        when = marks.since.format(date=when)
    notes = [case.text(item.note)] if item.note else []
    notes += [word for said, word in _marks(item, case) if said]
    behind = f" ({', '.join(notes)})" if notes else ""
    return f"{case.text(item.display) or item.finding}, {when}{behind}"


def _marks(item: Evidence, case: Case) -> tuple[tuple[bool, str], ...]:
    marks = case.words.marks
    by = case.reference(item.contradicted_by or "")
    return (
        (item.suspected, marks.suspected),
        (item.preliminary, marks.preliminary),
        (item.matched_by == "text", marks.from_text),
        (item.worse, marks.worse),
        (bool(by), marks.contradicted.format(by=by)),
    )
