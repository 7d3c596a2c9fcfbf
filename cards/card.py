"""A card put together as CDS Hooks 2.0.1 has it: nothing null, nothing empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from cards.case import Case
from cards.escape import cut
from knowledge.card_files import OccasionName
from knowledge.language.schema import Criterion

Json = dict[str, Any]


def build(
    *,
    summary: str,
    indicator: str,
    detail: str,
    topic: Json,
    criterion: Criterion,
    suggestions: list[Json],
    reasons: list[Json],
    case: Case,
    cited: Sequence[str] = (),
) -> Json:
    """One card. `criterion` leads it: the page of its first source is the card's.

    `cited`: sources that the card rests on more than the criterion's.
    """
    card: Json = {
        "uuid": str(uuid4()),
        "summary": cut(summary, case.words.limits.summary),
        "indicator": indicator,
        "detail": detail,
        "source": _source(case, [*cited, *(one.id for one in criterion.sources)], topic),
    }
    if suggestions:
        card |= {"suggestions": suggestions, "selectionBehavior": "any"}
    if reasons:
        card["overrideReasons"] = reasons
    if case.base_url:
        card["links"] = [_how(case, case.base_url, criterion)]
    return card


def _how(case: Case, base_url: str, criterion: Criterion) -> Json:
    """The page that says how this was decided."""
    url = f"{base_url}/criteria/{criterion.id}"
    return {"label": case.words.how, "url": url, "type": "absolute"}


def _source(case: Case, cited: Iterable[str], topic: Json) -> Json:
    """Who says it. The link leads to the guideline, the primary source of the guidance."""
    source: Json = {"label": case.words.label}
    if url := _page(case, cited):
        source["url"] = url
    return source | {"topic": topic}


def _page(case: Case, cited: Iterable[str]) -> str | None:
    """The first page that one of these sources has."""
    for name in cited:
        source = case.library.sources.get(name)
        if source and source.url and source.url.startswith(("https://", "http://")):
            return source.url
    return None


def topic(case: Case, criterion: Criterion) -> Json:
    """What the card is about: the leading criterion's id, alphanumeric and always the same."""
    code = criterion.id.replace("-", "")
    return {"system": case.words.systems.topic, "code": code, "display": criterion.title}


def missing_topic(case: Case) -> Json:
    """A topic of its own: who silences these questions must not silence an emergency."""
    topic = case.words.missing.topic
    return {"system": case.words.systems.topic, "code": topic.code, "display": topic.display}


def override_reasons(case: Case, occasion: OccasionName) -> list[Json]:
    """Why this card may be set aside, without what the chart already says."""
    systems = case.words.systems
    return [
        {
            "code": reason.code,
            "system": systems.hl7_reason if reason.hl7 else systems.reason,
            "display": reason.display,
        }
        for reason in case.words.reasons
        if occasion in reason.on and not (case.in_hospital and reason.outside_hospital_only)
    ]
