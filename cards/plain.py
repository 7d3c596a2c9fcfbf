"""The plain card: what is left to say where a card's own writing breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import uuid4

from cards.card import Json
from cards.case import Case
from cards.escape import cut
from cards.incomplete import incomplete_note
from knowledge.evaluation import Judged
from knowledge.failing import CARDS


def or_plain(case: Case, lead: Judged, write: Callable[[], Json], indicator: str) -> Json:
    """The card as it should be; where that breaks, its first line and its plain steps."""
    made = case.apart.do(CARDS, write, None)
    if made is not None:
        return made
    criterion, words = lead.criterion, case.card_words(lead)
    code = criterion.id.replace("-", "")
    said = _whole(words.summary) and not lead.at_rest
    first = words.summary if said else criterion.title
    return _plain(case, first, _steps(case, lead), indicator, code, criterion.title)


def _steps(case: Case, lead: Judged) -> list[str]:
    """What to do, without steps in which something would have to be filled in.

    None where what they ask for is under way: nothing is to be ordered twice.
    """
    steps = [one for one in case.card_words(lead).do if _whole(one)]
    if not steps or lead.at_rest or lead.urgency is None:
        return []
    listed = (f"{place}. {text}" for place, text in enumerate(steps[: case.words.limits.steps], 1))
    return [f"**{case.words.headings.do[lead.urgency]}**", *listed]


def missing_or_plain(case: Case, write: Callable[[], Json], indicator: str) -> Json:
    """The same for the card that asks what nobody has written down."""
    made = case.apart.do(CARDS, write, None)
    if made is not None:
        return made
    words = case.words.missing
    first = words.summary.format(anchors=words.other)
    return _plain(case, first, [words.then], indicator, words.topic.code, words.topic.display)


def _whole(text: str) -> bool:
    """Whether nothing of the patient's is to be filled in."""
    return "{" not in text


def _plain(
    case: Case, summary: str, told: Sequence[str], indicator: str, code: str, display: str
) -> Json:
    """A card of nothing but words that were there before the patient came."""
    note = case.apart.do(CARDS, lambda: incomplete_note(case), None)
    topic = {"system": case.words.systems.topic, "code": code, "display": display}
    return {
        "uuid": str(uuid4()),
        "summary": cut(summary[0].upper() + summary[1:], case.words.limits.summary),
        "indicator": indicator,
        "detail": "\n\n".join(part for part in (note, "\n".join(told)) if part),
        "source": {"label": case.words.label, "topic": topic},
    }
