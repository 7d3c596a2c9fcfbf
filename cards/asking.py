"""What to ask and record: the questions whose answers nobody has written down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cards.case import Case
from knowledge.evaluation import Judged


def questions(case: Case, names: Iterable[str], but: Iterable[str] = ()) -> list[str]:
    """The words of these findings, each once, without those that are asked elsewhere (`but`)."""
    leave = set(but)
    asked = dict.fromkeys(
        words for name in names if name not in leave and (words := _words(case, name))
    )
    return list(asked)


def _words(case: Case, name: str) -> str | None:
    finding = case.library.findings.get(name)
    return (finding.ask or finding.title) if finding else None


def asked_by(judged: Sequence[Judged], screen: Sequence[str] = ()) -> list[str]:
    """The findings to ask for: the leading criterion's, the screen's, then the others'."""
    lead, *others = judged
    names = [*lead.ask, *lead.missing, *screen]
    names += [name for one in others for name in (*one.ask, *one.missing)]
    seen = {item.finding for one in judged for item in one.evidence}
    return [name for name in dict.fromkeys(names) if name not in seen]


def section(case: Case, asked: Sequence[str]) -> str | None:
    """The paragraph of questions, at most as many as there is room for."""
    if not asked:
        return None
    room = case.words.limits.questions
    told = list(asked[:room])
    if len(asked) > room:
        told.append(case.words.marks.more.format(count=len(asked) - room))
    return f"**{case.words.headings.ask}**: {'; '.join(told)}."
