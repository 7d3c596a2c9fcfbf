"""What a card says that was overridden before: when and why, never by whom."""

from __future__ import annotations

from collections.abc import Sequence

from cards.case import Case
from cards.moments import shown
from knowledge.card_files import QuietingWords
from knowledge.evaluation import Judged, News, Overridden


def summary(case: Case, lead: Judged) -> str | None:
    """The first line of a card that an override keeps as information; None where none does."""
    found = lead.overridden
    if found is None or not lead.quieted:
        return None
    when, reason = _when(case, found), _reason(case, found)
    title = lead.criterion.title
    return _words(case).summary.format(title=title, when=when, reason=reason)


def section(case: Case, judged: Sequence[Judged]) -> str | None:
    """When and why it was overridden and until when that keeps; or what is new since then.

    Of several, the first one that speaks again, else the first one that is kept quiet.
    """
    told = [one for one in judged if one.overridden is not None]
    lead = next((one for one in told if not one.quieted), next(iter(told), None))
    return None if lead is None else told_of(case, lead.overridden)


def told_of(case: Case, found: Overridden | None) -> str | None:
    """The same for one override."""
    if found is None:
        return None
    words, when, reason = _words(case), _when(case, found), _reason(case, found)
    if found.becomes is None:
        return words.again.format(when=when, reason=reason, since=_since(case, found.since))
    until = _moment(case, found.until.isoformat())
    return words.line.format(when=when, reason=reason, until=until)


def steps(case: Case, lead: Judged, first: str) -> list[str]:
    """What to do once the override no longer fits: `first` is the criterion's own first line."""
    return [_words(case).act.format(summary=first.rstrip("."))] if lead.quieted else []


def title(case: Case, judged: Judged) -> str | None:
    """A criterion's title with the word that it was overridden, where that keeps it quiet."""
    return _words(case).title.format(title=judged.criterion.title) if judged.quieted else None


def _words(case: Case) -> QuietingWords:
    return case.words.quieting


def _since(case: Case, since: Sequence[News]) -> str:
    """What is new, each once, as many as a card has room for."""
    words, room = _words(case), case.words.limits.found
    told = list(dict.fromkeys(_new(case, one) for one in since))
    more = [case.words.marks.more.format(count=len(told) - room)] if len(told) > room else []
    return f"{words.join} ".join([*told[:room], *more])


def _new(case: Case, one: News) -> str:
    finding = case.library.findings.get(one.finding or "")
    return _words(case).since[one.kind].format(title=finding.title if finding else "")


def _reason(case: Case, found: Overridden) -> str:
    """Our own display of the reason's code, never what somebody wrote."""
    known = (one.display for one in case.words.reasons if one.code == found.reason)
    return next(known, found.reason)


def _when(case: Case, found: Overridden) -> str:
    return _moment(case, found.at.isoformat())


def _moment(case: Case, text: str) -> str:
    return shown(text, case.now.tzinfo, case.words.months, case.now) or text
