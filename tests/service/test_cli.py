from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = "from service.cli import main; main()"
ROOT = Path(__file__).parents[2]


def backflag(
    *args: str, stdin: bytes = b"", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    bare = {key: value for key, value in os.environ.items() if not key.startswith("BACKFLAG_")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", MAIN, *args],
        input=stdin,
        capture_output=True,
        env=bare | variables,
        cwd=ROOT,
        timeout=60,
        check=False,
    )


def test_without_arguments_it_shows_its_help() -> None:
    done = backflag()
    assert done.returncode == 0
    for command in (b"serve", b"check", b"explain", b"knowledge"):
        assert command in done.stdout


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["check"], b"Missing argument"),
        (["unknown"], b"No such command"),
        (["check", "--format", "xml", "x"], b"--format"),
        (["check", "--at", "yesterday", "x"], b"--at"),
        (["check", "--hook", "order-dispatch", "x"], b"--hook"),
        (["serve", "--host", "0.0.0.0"], b"BACKFLAG_CLIENTS_FILE"),
        (["serve", "--port", "many"], b"--port"),
        (["serve", "--workers", "0"], b"--workers"),
        (["knowledge"], b"Missing command"),
    ],
)
def test_bad_usage_is_one_line_and_status_2(args: list[str], says: bytes) -> None:
    done = backflag(*args)
    assert done.returncode == 2
    assert done.stdout == b""
    assert says in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_wrong_setting_is_one_line_and_status_2() -> None:
    done = backflag("serve", BACKFLAG_TIMEZONE="Mars/Olympus")
    assert done.returncode == 2
    assert done.stderr.startswith(b"backflag: BACKFLAG_TIMEZONE: ")


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['backflag', '--help']\n"
        "from service.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'fastapi', 'msgspec', 'pydantic', 'uvicorn', 'yaml'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, cwd=ROOT)
