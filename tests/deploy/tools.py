"""What `deploy/helm/tools` brings: in CI always there, elsewhere only for who asked for it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACE = ROOT / ".cache" / "chart"
HELM = PLACE / "helm"
PROMTOOL = PLACE / "promtool"
PYTHON = PLACE / "venv" / "bin" / "python"


def need(tool: Path) -> None:
    """Skip the test where a tool is not there, which in CI is a failure."""
    if tool.exists():
        return
    reason = f"no {tool.name} here: deploy/helm/tools gets it"
    assert "CI" not in os.environ, reason
    pytest.skip(reason)


def run(
    *command: str | Path, at: Path = ROOT, told: str | None = None
) -> subprocess.CompletedProcess[str]:
    """What a tool makes of it, and of what it is told on its standard input."""
    return subprocess.run(
        command, capture_output=True, text=True, cwd=at, input=told, timeout=120, check=False
    )
