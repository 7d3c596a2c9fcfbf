"""Code that the tests run in processes of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def start(script: str, *args: str) -> subprocess.Popen[str]:
    """A process that says `ready`, and works once a line is sent to it."""
    begin = "import sys\nprint('ready', flush=True)\nsys.stdin.readline()\n"
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script.replace("GO\n", begin), *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def at_once(script: str, *args: str, number: int) -> list[str]:
    """What each of several processes prints that start their work together."""
    processes = [start(script, *args) for _ in range(number)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ends = [process.communicate(timeout=60) for process in processes]
    assert all(process.returncode == 0 for process in processes), ends
    return [said for said, _ in ends]
