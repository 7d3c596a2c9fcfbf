"""`check` and `explain`: each file judged, one after the other; one bad file stops no other."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from functools import partial
from http import HTTPStatus

import msgspec
import typer

from service.engine import Engine, Judgement
from service.errors import Problem
from service.files import read_bytes, read_file
from service.hooks import HOOKS
from service.terminal import CHECK, show_text


class BadUsage(Exception):
    """An option that makes no sense; the text says which, in one line."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of every file: as of when, about whom, in answer to which hook."""

    engine: Engine
    now: datetime
    patient: str | None = None
    hook: str | None = None


def answer_files(files: list[str], ask: Ask, kind: str, as_json: bool) -> bool:
    """Print the answer to each file, and a line on standard error for one that has none.

    `kind` is the command: `check` for the cards, `explain` for what they rest on.

    Returns:
        Whether every file could be judged.
    """
    show = partial(_show_json, kind) if as_json else partial(show_text, kind, len(files) > 1)
    readable = [_answer_one(name, ask, show, as_json) for name in files]
    return all(readable)


def ensure_known(hook: str | None) -> None:
    """Refuse a hook that this version does not answer; None is the file's own.

    Raises:
        BadUsage: it is another one.
    """
    if hook is not None and hook not in HOOKS:
        raise BadUsage(f"--hook: this version answers {', '.join(HOOKS)}")


def moment(at: str | None, zone: tzinfo) -> datetime:
    """The moment of judgement: now, or what `--at` says; a mere date means its last moment.

    Raises:
        BadUsage: it is no date.
    """
    if at is None:
        return datetime.now(zone)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", at):
            return datetime.combine(date.fromisoformat(at), time.max, zone)
        found = datetime.fromisoformat(at)
        found.timestamp()
        return found.astimezone(zone) if found.tzinfo else found.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise BadUsage("--at: not a date or time such as 2026-10-31T09:00:00Z") from None


def _answer_one(name: str, ask: Ask, show: Callable[[str, Judgement], None], as_json: bool) -> bool:
    try:
        request = read_file(read_bytes(name), ask.patient, ask.hook)
        judgement = ask.engine.judge(request, ask.now)
    except Problem as problem:
        if as_json:
            _line(msgspec.json.encode(problem.outcome))
        short = problem.status == HTTPStatus.PRECONDITION_FAILED
        what = f"not enough to judge by: {problem}" if short else str(problem)
        typer.echo(f"{name}: {what}", err=True)
        return False
    show(name, judgement)
    return True


def _show_json(kind: str, _name: str, judgement: Judgement) -> None:
    _line(judgement.body if kind == CHECK else judgement.explanation)


def _line(document: bytes) -> None:
    sys.stdout.buffer.write(document + b"\n")
    sys.stdout.buffer.flush()
