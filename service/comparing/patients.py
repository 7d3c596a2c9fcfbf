"""The patients of two versions, judged by both: the examples of all criteria, and whole charts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from knowledge.checks.shelf import Shelf
from knowledge.language.files import KnowledgeError, read
from service.comparing import judged
from service.comparing.judged import judge_all, load
from service.comparing.revisions import Version

Json = dict[str, Any]
_CHARTS = "patients"
_EXPECTED = "expected.yaml"


@dataclass(frozen=True, slots=True)
class Case:
    """A patient: who it is, of which criterion or file, and what is sent to be judged."""

    name: str
    of: str
    body: Json


class Unjudged(Exception):
    """A version that neither this software nor its own can judge by; the text says why."""


def cases_of(old: Shelf, new: Shelf, now: datetime) -> tuple[dict[str, Case], dict[str, Case]]:
    """The examples and the charts of both versions, each once, by an id of their own."""
    examples: dict[str, Case] = {}
    for shelf in (new, old):
        for case in _examples(shelf):
            examples.setdefault(json.dumps([case.of, case.body], sort_keys=True), case)
    charts: dict[str, Case] = {}
    for shelf in (new, old):
        for case in _charts(shelf.folder / _CHARTS, now):
            charts.setdefault(f"{case.of} {case.body['at']}", case)
    return examples, charts


def _examples(shelf: Shelf) -> Iterator[Case]:
    for criterion in shelf.criteria.values():
        for one in criterion.examples:
            told = one.model_dump(mode="json", exclude_defaults=True)
            kept = ("chart", "age", "not_supplied", "met")
            body = {"chart": [], **{key: told[key] for key in kept if key in told}}
            yield Case(one.name, criterion.id, body)


def _charts(folder: Path, now: datetime) -> Iterator[Case]:
    """Whole charts with the moment at which each is judged: its own, else now."""
    try:
        entries = read(folder / _EXPECTED).content["patients"]
    except (KnowledgeError, KeyError, TypeError):
        return
    for one in entries:
        path = folder / str(one["file"])
        if path.is_file():
            at = str(one.get("at") or now.isoformat())
            body = {"path": str(path), "at": at}
            yield Case(str(one.get("title", path.name)), path.name, body)


_OWN = "judged by the software of that revision, as this one cannot read it"


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges by one version: by this software, or where that cannot read it by its own."""

    name: str
    library: Any = None
    tree: Path | None = None
    note: str | None = None

    def answer(self, request: Json) -> Json:
        """What the version answers. Raises Unjudged where its own software fails."""
        if self.library is not None:
            return judge_all(request, self.library)
        try:
            return _by_its_own(self.tree, request)
        except Unjudged as error:
            raise Unjudged(f"{self.name}: {error}") from None


def judge_of(version: Version) -> Judge:
    """Who judges by a version. Raises Unjudged where nobody can."""
    try:
        return Judge(version.name, load(version.folder))
    except (KnowledgeError, ValueError, OSError) as error:
        if version.tree is None:
            raise Unjudged(str(error).splitlines()[0]) from None
        reason = str(error).splitlines()[0]
        return Judge(version.name, tree=version.tree, note=f"{_OWN} ({reason})")


def _by_its_own(tree: Path | None, request: Json) -> Json:
    """The same request, judged in a process of its own by the software of that revision."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _RUN, str(tree), judged.__file__],
        input=json.dumps(request).encode(),
        capture_output=True,
        cwd=tree,
        check=False,
    )
    try:
        answer: Json = json.loads(done.stdout)
    except ValueError:
        why = done.stderr.decode(errors="replace").strip().splitlines() or ["no answer"]
        raise Unjudged(why[-1]) from None
    return answer


_RUN = """
import importlib, pathlib, runpy, sys
sys.path.insert(0, sys.argv[1])
for name in ("knowledge", "service"):
    file = importlib.import_module(name).__file__
    if file is None or not pathlib.Path(file).is_relative_to(sys.argv[1]):
        sys.exit(f"this revision has no {name} to judge by")
runpy.run_path(sys.argv[2], run_name="__main__")
"""
