"""`released.yaml`: the fingerprints of the knowledge as it was last released."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import yaml

from knowledge.checks.release.meaning import Meaning, fingerprint
from knowledge.checks.shelf import Shelf
from knowledge.language.files import Fault, KnowledgeError, parse, read
from knowledge.language.schema import Name, Shape

FILE = "released.yaml"
_HEAD = """\
# The knowledge as it was last released. `backflag knowledge release` writes this file once
# CHANGELOG.md says who sees what differently; `backflag knowledge lint` compares it with the files.
# Do not edit it: the seal would break.
"""


class Criterion(Shape):
    """A criterion's version, and the fingerprints of its own file and of all that it rests on."""

    version: int
    own: str
    whole: str


class Released(Shape):
    """A release: which criteria it changed (by id), and what everything was then."""

    version: str
    date: date
    changed: tuple[Name, ...]
    everybody: bool
    criteria: Mapping[Name, Criterion]
    parts: Mapping[str, str]
    seal: str


def load_released(folder: Path) -> Released:
    """The last release. Raises KnowledgeError where there is none or it was edited by hand."""
    path = folder / FILE
    if not path.is_file():
        raise KnowledgeError([Fault(FILE, 1, "", "there is no release yet")])
    released = parse(read(path), Released)
    if released.seal != sealed(released):
        what = "was edited by hand: only `backflag knowledge release` writes it"
        raise KnowledgeError([Fault(FILE, 1, "seal", what)])
    return released


def sealed(released: Released) -> str:
    """The fingerprint of everything but the seal."""
    return fingerprint(released.model_dump(mode="json", exclude={"seal"}))


def released_now(
    shelf: Shelf,
    meaning: Meaning,
    version: str,
    day: date,
    changed: tuple[str, ...],
    everybody: bool,
) -> Released:
    """The release that the folder would be."""
    criteria = {
        name: Criterion(version=one.version, own=meaning.own[name], whole=meaning.whole(name))
        for name, one in sorted(shelf.criteria.items())
    }
    open_ = Released(
        version=version,
        date=day,
        changed=changed,
        everybody=everybody,
        criteria=criteria,
        parts=dict(sorted(meaning.parts.items())),
        seal="",
    )
    return open_.model_copy(update={"seal": sealed(open_)})


def write_released(folder: Path, released: Released) -> None:
    """Write the release, one line for each thing."""
    content = released.model_dump(mode="json")
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=False)
    (folder / FILE).write_text(_HEAD + text, encoding="utf-8", newline="\n")
