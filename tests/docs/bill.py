"""What a list of packages (CycloneDX) tells, and what the lock brings into the image."""

from __future__ import annotations

import subprocess
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

EXPORT = (
    "export", "--locked", "--no-default-groups", "--no-emit-project", "--no-hashes",
    "--no-annotate", "--no-header", "--quiet",
)  # fmt: skip


def licences(component: dict[str, Any]) -> set[str]:
    """Those that stand in the list by their names in SPDX, and as packages tell them otherwise."""
    found = set()
    for one in component.get("licenses", ()):
        licence = one.get("license", {})
        found.add(one.get("expression") or licence.get("id") or licence.get("name"))
    return found


def locked() -> dict[str, str]:
    """Each package that the lock brings into the image here, with its version."""
    told = subprocess.run(
        [ROOT / ".venv" / "bin" / "uv", *EXPORT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found: dict[str, str] = {}
    for line in told.splitlines():
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate():
            found[canonicalize_name(one.name)] = str(one.specifier).removeprefix("==")
    return found


def packages(bill: dict[str, Any]) -> dict[str, str]:
    """Each package of a list, with its version."""
    return {canonicalize_name(one["name"]): one["version"] for one in bill["components"]}
