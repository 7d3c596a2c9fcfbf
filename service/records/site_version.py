"""What names the state of a site's folder: two that differ anywhere have two names."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

DIGITS = 12
"""Hexadecimal digits of a digest."""


def site_version(folder: Path | None) -> str | None:
    """A digest of all files of the folder; None where there is none.

    Hidden ones are left out: Kubernetes keeps what it mounts in one that is named by the time.
    """
    if folder is None:
        return None
    digest = sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = path.relative_to(folder)
        if not any(part.startswith(".") for part in name.parts):
            content = sha256(path.read_bytes()).hexdigest()
            digest.update(f"{name.as_posix()}\n{content}\n".encode())
    return digest.hexdigest()[:DIGITS]
