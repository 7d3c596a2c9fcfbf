"""Judges patients by one version of the knowledge; also run by itself, in another version's tree.

Reads a request from standard input and writes the answers to standard output, both as JSON, so
that an old version can be judged by the software that belongs to it. It uses only what every
version of the software has.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

Json = dict[str, Any]
NOT_MET = "not-met"


def load(folder: Path | None = None) -> Any:
    """The library of a folder, or of this tree."""
    from knowledge.library import FOLDER, load_library

    return load_library(folder or FOLDER)


def judge_all(request: Json, library: Any) -> Json:
    """Each example and each chart judged; with `only`, examples by these criteria alone."""
    only = request.get("only")
    return {
        "examples": {one["id"]: _example(library, one, only) for one in request["examples"]},
        "charts": _charts(library, request["charts"]),
    }


def _example(library: Any, one: Json, only: list[str] | None) -> Json:
    """The answers of the criteria for an example; findings that nobody knows are not on record."""
    from knowledge.checks.short import facts_of
    from knowledge.language.schema import Example

    chart = [item for item in one["chart"] if _known(item, library.findings)]
    short = {key: one[key] for key in ("age", "not_supplied") if key in one}
    try:
        example = Example.model_validate({"name": "", "chart": chart, "expect": NOT_MET, **short})
        facts = facts_of(example, library.findings)
        named = [name for name in one.get("met", ()) if name in library.criteria]
        met = {name: library.criteria[name].most_urgent for name in named}
        return {"answers": _answers(_judged(library, facts, met, only))}
    except (ValueError, LookupError, TypeError) as error:
        return {"error": f"{type(error).__name__}: {error}".splitlines()[0]}


def _judged(library: Any, facts: Any, met: Any, only: list[str] | None) -> Any:
    if only is None:
        return library.judge_facts(facts, met)
    some = [one for one in library.compiled if one.criterion.id in only]
    return [library.judge_one(one, facts, met) for one in some]


def _known(item: Any, findings: Mapping[str, Any]) -> bool:
    name = item if isinstance(item, str) else next(iter(item))
    return name in findings and findings[name].when is None


def _answers(judged: Any) -> Json:
    return {one.criterion.id: _answer(one) for one in judged}


def _answer(one: Any) -> str:
    """The urgency with its clock where it is met; `unknown` is no answer that anybody sees."""
    if one.urgency is None:
        return NOT_MET if one.outcome != "unknown" else "unknown"
    state = getattr(getattr(one, "work_up", None), "state", None)
    parts = [str(one.urgency), one.clock and f"within {one.clock}", state and str(state)]
    return ", ".join(part for part in parts if part)


def _charts(library: Any, charts: list[Json]) -> Json:
    if not charts:
        return {}
    try:
        from service.judging import LibraryEngine

        engine = LibraryEngine(library, "http://127.0.0.1")
    except ImportError as error:
        return {one["id"]: {"error": str(error)} for one in charts}
    return {one["id"]: _chart(engine, one) for one in charts}


def _chart(engine: Any, one: Json) -> Json:
    """The answers and the cards of a whole chart at its moment."""
    from service.files import read_bytes, read_file

    try:
        request = read_file(read_bytes(one["path"]), None, "patient-view")
        judgement = engine.judge(request, datetime.fromisoformat(one["at"]))
    except Exception as error:  # noqa: BLE001 - an older version may refuse what this one reads
        return {"error": type(error).__name__}
    cards = [f"{card['indicator']}: {card['summary']}" for card in judgement.cards]
    return {"answers": _answers(judgement.evaluation.criteria), "cards": cards}


if __name__ == "__main__":
    json.dump(judge_all(json.load(sys.stdin), load()), sys.stdout)
