"""A version of the knowledge as a folder: a folder that is there, or a git revision taken out."""

from __future__ import annotations

import subprocess
import tarfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from knowledge.library import FOLDER

_MARKS = ("criteria", "chart.yaml", "VERSION")
_KNOWLEDGE = "knowledge"


class NoVersion(Exception):
    """A name that is neither a folder with knowledge nor a git revision; the text says which."""


@dataclass(frozen=True, slots=True)
class Version:
    """Where a version lies. `tree`: the whole source tree, where it was taken out of git."""

    name: str
    folder: Path
    tree: Path | None = None


def find_version(name: str, into: Path) -> Version:
    """The version of a name; a git revision is taken out into a folder of its own.

    Raises:
        NoVersion: there is none of this name.
    """
    path = Path(name)
    for folder in (path, path / _KNOWLEDGE):
        if path.is_dir() and all((folder / mark).exists() for mark in _MARKS):
            return Version(name, folder)
    if path.is_dir():
        raise NoVersion(f"{name}: this folder holds no knowledge")
    return _taken_out(name, into)


def working_tree() -> Version:
    """The knowledge of this software as it lies there."""
    return Version("working tree", FOLDER)


def _taken_out(name: str, into: Path) -> Version:
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if commit is None:
        raise NoVersion(f"{name}: neither a folder with knowledge nor a git revision here")
    archive = _git("archive", "--format=tar", commit.decode().strip())
    if archive is None:
        raise NoVersion(f"{name}: git could not take this revision out")
    into.mkdir(parents=True)
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(into, filter="data")
    if not (into / _KNOWLEDGE / "VERSION").is_file():
        raise NoVersion(f"{name}: this revision holds no knowledge")
    return Version(name, into / _KNOWLEDGE, into)


def _git(*args: str) -> bytes | None:
    """What git answers in the folder of the knowledge; None where it refuses or is not there."""
    try:
        done = subprocess.run(
            ["git", "-C", str(FOLDER.parent), *args], capture_output=True, check=False
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
