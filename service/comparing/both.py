"""The answers of two versions to the same patients, and who gets another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from knowledge.checks.diff.model import Answer, PatientChange, Patients
from knowledge.checks.release.meaning import meaning_of
from knowledge.checks.shelf import Shelf
from service.comparing.judged import NOT_MET
from service.comparing.patients import Case, Judge

Json = dict[str, Any]
Cases = Mapping[str, Case]
_SILENT = {None, NOT_MET, "unknown"}
_FOR_ALL = ("shared/chart", "shared/work-up")


def touched(old: Shelf, new: Shelf) -> list[str] | None:
    """The criteria that can answer otherwise for the same findings; None where all can."""
    was, now = meaning_of(old), meaning_of(new)
    if any(was.parts.get(name) != now.parts.get(name) for name in _FOR_ALL):
        return None
    names = {*was.own, *now.own}
    both = {name for name in names if name in was.own and name in now.own}
    return sorted(name for name in names if name not in both or was.whole(name) != now.whole(name))


def judge_both(
    judges: tuple[Judge, Judge], cases: tuple[Cases, Cases], only: list[str] | None
) -> Patients:
    """Both versions' answers compared; with `only`, first by the criteria that can differ.

    Where one of these answers otherwise, all criteria are asked: some ask about each other.
    """
    examples, charts = cases
    suspects = examples
    if only is not None:
        was, now = _ask(judges, examples, {}, only)
        suspects = {
            key: case
            for key, case in examples.items()
            if was["examples"][key] != now["examples"][key]
        }
    was, now = _ask(judges, suspects, charts, None)
    told = [("examples", suspects), ("charts", charts)]
    pairs = [
        (case, was[kind][key], now[kind][key]) for kind, some in told for key, case in some.items()
    ]
    changed = [one for pair in pairs if (one := _changed(*pair))]
    failed = [why for pair in pairs if (why := _failed(*pair))]
    return Patients(
        examples=len(examples),
        charts=len(charts),
        changed=tuple(changed),
        not_judged=tuple(failed),
    )


def _ask(
    judges: tuple[Judge, Judge], examples: Cases, charts: Cases, only: list[str] | None
) -> tuple[Json, Json]:
    request = {
        "examples": [{"id": key, **case.body} for key, case in examples.items()],
        "charts": [{"id": key, **case.body} for key, case in charts.items()],
        "only": only,
    }
    with ThreadPoolExecutor() as pool:
        was, now = pool.map(lambda judge: judge.answer(request), judges)
    return was, now


def _failed(case: Case, before: Json, after: Json) -> str | None:
    """Why a patient could not be judged by both versions."""
    why = before.get("error") or after.get("error")
    return f"{case.of}: {case.name} ({why})" if why else None


def _changed(case: Case, before: Json, after: Json) -> PatientChange | None:
    if "error" in before or "error" in after:
        return None
    answers = tuple(_answers(before["answers"], after["answers"]))
    were, are = before.get("cards"), after.get("cards")
    if not answers and were == are:
        return None
    differ = were != are
    return PatientChange(
        name=case.name,
        of=case.of,
        answers=answers,
        cards_were=tuple(were) if differ and were is not None else None,
        cards_now=tuple(are) if differ and are is not None else None,
    )


def _answers(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Answer]:
    """Criteria that answer otherwise; a new one that is silent, or a gone one that was, is none."""
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name), after.get(name)
        if was != now and not (None in (was, now) and {was, now} <= _SILENT):
            yield Answer(criterion=name, was=was, now=now)
