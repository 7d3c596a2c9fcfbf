"""Cards and evaluations for people, in 80 columns; in colours where the output is a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text

from knowledge.evaluation import Evaluation, Evidence, Judged, Overridden, WorkUp
from service.engine import Judgement

CHECK = "check"
WIDTH = 80
COLOURS = {"critical": "bold red", "warning": "bold yellow", "info": "bold blue"}
OUTCOMES = {"met": "bold red", "unknown": "yellow", "not-met": "dim"}
RULE = "─"


def show_text(kind: str, named: bool, name: str, judgement: Judgement) -> None:
    """Print the answer to one file: its cards, or why each criterion came out as it did.

    `named`: there are several files, so each answer begins with its file's name.
    """
    console = Console(highlight=False, soft_wrap=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    if named:
        console.print(Text(f"{name}\n", style="bold underline"))
    cards = _plain_cards(judgement)
    shown = _cards(cards, judgement.evaluation) if kind == CHECK else _why(judgement, cards)
    for part in shown:
        console.print(part)


def _plain_cards(judgement: Judgement) -> list[dict[str, Any]]:
    """The cards as a client gets them, whatever they were built as."""
    cards: list[dict[str, Any]] = msgspec.json.decode(judgement.body)["cards"]
    return cards


def _cards(cards: list[dict[str, Any]], evaluation: Evaluation) -> Iterator[RenderableType]:
    if not cards:
        yield from _no_card(evaluation)
    for card in cards:
        yield _card(card)


def _card(card: Mapping[str, Any]) -> RenderableType:
    colour = COLOURS.get(card["indicator"], "")
    head = Text.assemble((f"{card['indicator'].upper()}  ", colour), (card["summary"], "bold"))
    parts: list[RenderableType] = [Text(RULE * WIDTH, style=colour), head, Text()]
    if card.get("detail"):
        parts.append(Markdown(card["detail"], hyperlinks=False))
    parts.append(Text())
    parts += [Text(f"  + {one['label']}", style="green") for one in card.get("suggestions", ())]
    reasons = " · ".join(one["display"] for one in card.get("overrideReasons", ()))
    if reasons:
        parts.append(Padding(Text(f"override: {reasons}", style="dim"), (0, 0, 0, 2)))
    source = card["source"]
    origin = f"source: {source['label']}\n{source.get('url', '')}".strip()
    parts.append(Padding(Text(origin, style="dim"), (0, 0, 1, 2)))
    return Group(*parts)


def _no_card(evaluation: Evaluation) -> Iterator[RenderableType]:
    found = Counter(one.outcome for one in evaluation.criteria)
    yield Text.assemble(
        ("No card. ", "bold"),
        "This is not an all-clear: it says only that what is recorded calls for none.",
    )
    yield Text(
        f"Judged as of {evaluation.as_of}: {len(evaluation.criteria)} criteria, "
        f"{found['met']} met, {found['not-met']} not met, {found['unknown']} unknown; "
        f"{len(evaluation.ignored)} resources left out."
    )
    if evaluation.deceased:
        yield Text("The patient is recorded as deceased, so no card is given.")
    if evaluation.incomplete:
        yield Text(f"Incomplete: {'; '.join(evaluation.incomplete)}.")
    yield Text("`backflag explain` says why.\n", style="dim")


def _why(judgement: Judgement, cards: list[dict[str, Any]]) -> Iterator[RenderableType]:
    evaluation = judgement.evaluation
    site = judgement.account.site
    at = f", site {site['name']}" if site else ""
    yield Text(f"As of {evaluation.as_of}, knowledge {evaluation.knowledge_version}{at}\n")
    for one in evaluation.criteria:
        yield _criterion(one)
    for noted in evaluation.cautions:
        yield Text(f"To mind before a scan: {noted.id}", style="bold")
        yield from (Text(f"  {_evidence(item)}") for item in noted.evidence)
        yield Text()
    if evaluation.ignored:
        yield Text("Left out of the chart", style="bold")
        yield from (Text(f"  {item.reference}: {item.reason}") for item in evaluation.ignored)
        yield Text()
    if evaluation.incomplete:
        yield Text(f"Incomplete: {'; '.join(evaluation.incomplete)}\n", style="yellow")
    yield Text("Cards", style="bold")
    yield from _cards(cards, evaluation)


def _criterion(one: Judged) -> RenderableType:
    colour = OUTCOMES.get(one.outcome, "")
    silent = "silent at this site" if one.silent else None
    outcome = ", ".join(filter(None, (one.outcome, one.urgency, one.clock, silent)))
    parts = [Text.assemble((outcome, colour), "  ", (one.criterion.id, "bold"))]
    parts += [Text(f"found: {item.finding}: {_evidence(item)}") for item in one.evidence]
    lines = {
        "missing": one.missing,
        "ask": one.ask,
        "held back by": one.held_back_by,
    }
    parts += [Text(f"{what}: {', '.join(names)}") for what, names in lines.items() if names]
    parts += [Text(_work_up(one.work_up))] if one.work_up else []
    parts += [Text(_overridden(one.overridden))] if one.overridden else []
    parts += [Text(f"why: {why}") for why in one.because + one.reasons]
    head, *rest = parts
    return Group(head, *(Padding(part, (0, 0, 0, 2)) for part in rest), Text())


def _overridden(found: Overridden) -> str:
    """`overridden: 2026-11-26T10:12:00+00:00 (under-spinal-team): info until …`."""
    news = (f"{one.kind} {one.finding}" if one.finding else one.kind for one in found.since)
    until = found.until.isoformat()
    now = f"{found.becomes} until {until}" if found.becomes else f"speaks: {', '.join(news)}"
    return f"overridden: {found.at.isoformat()} ({found.reason}): {now}"


def _work_up(found: WorkUp) -> str:
    """`work-up: not-enough (priority): MRI lumbar spine, 2026-10-20, ServiceRequest/1`."""
    why = f" ({', '.join(found.why)})" if found.why else ""
    return f"work-up: {found.state}{why}: {_evidence(found.order)}"


def _evidence(item: Evidence) -> str:
    said = [item.display, item.date or "no date", item.note, item.reference]
    said += ["by text"] * (item.matched_by == "text") + ["suspected"] * item.suspected
    said += ["preliminary"] * item.preliminary
    return ", ".join(part for part in said if part)
