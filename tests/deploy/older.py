"""`python -m tests.deploy.older REVISION`: what an older version kept is there after an upgrade.

The older version itself is run, as it was committed, with the packages that are here: it answers a
call and takes feedback. Then deploy/scripts/upgrade.py brings its data to this version, which goes
on with them. On SQLite and on PostgreSQL.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.conftest import ROOT
from tests.deploy.test_scripts import EXAMPLE
from tests.records_proofs.place import Place, place
from tests.service.test_serving import SERVICE, Server

DATABASES = ("sqlite", "postgresql")
DATABASE = "BACKFLAG_DATABASE_URL"
"""The one setting that all versions know."""

UPGRADE = ("-c", "from service.cli import main; main()", "db", "upgrade")
CALLS = 20


def main() -> int:
    """Run the older one, upgrade, run this one, and say what was there."""
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.older", description=__doc__)
    parser.add_argument("revision", help="a commit or a tag, from which the store began")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="backflag-older-") as folder:
        older = Path(folder)
        unpack(given.revision, older)
        for database in DATABASES:
            with place(database) as where:
                _tell(f"{where.name}: {tried(older, where)}")
    return 0


def unpack(revision: str, folder: Path) -> None:
    """The files of a commit."""
    packed = subprocess.run(
        ["git", "archive", revision], cwd=ROOT, capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="data")


def tried(older: Path, where: Place) -> str:
    """What was kept by both, in words."""
    known = {DATABASE: where.settings[DATABASE], "PYTHONPATH": str(older)}
    _done(UPGRADE, older, known)
    with _running(known) as server:
        told = [_answered(server) for _ in range(CALLS)]
    copy, vault = where.folder / "copy", where.folder / "vault.key"
    said = _done(("deploy/scripts/upgrade.py", str(copy), str(vault)), ROOT, where.settings)
    before = where.kept().calls.total()
    with _running(where.settings) as server:
        again = [_report(server, card) for card in told]
        told += [_answered(server) for _ in range(CALLS)]
    where.wait_until_carried()
    kept = where.kept()
    assert again == [HTTPStatus.OK] * CALLS
    assert dict(kept.feedback) == dict.fromkeys(told, 1), "feedback is lost, or there twice"
    assert kept.calls.total() == before + CALLS, "calls of this version are not recorded"
    (schemas,) = (line for line in said.splitlines() if line.startswith("database: "))
    return f"{schemas}; {len(told)} reports, each once; {kept.calls.total()} calls"


@contextmanager
def _running(settings: dict[str, str]) -> Iterator[Server]:
    server = Server(1, settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _answered(server: Server) -> str:
    """The card that a patient gets, which is overridden at once."""
    status, body = server.call(SERVICE, EXAMPLE.read_bytes())
    assert status == HTTPStatus.OK
    assert _report(server, body["cards"][0]["uuid"]) == HTTPStatus.OK
    return str(body["cards"][0]["uuid"])


def _report(server: Server, card: str) -> int:
    told: dict[str, Any] = {
        "card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-01T00:00:00Z",
    }  # fmt: skip
    return server.call(f"{SERVICE}/feedback", json.dumps({"feedback": [told]}).encode())[0]


def _done(arguments: tuple[str, ...], folder: Path, settings: dict[str, str]) -> str:
    """What a command of ours says, which has to end well."""
    bare = {key: value for key, value in os.environ.items() if not key.startswith("BACKFLAG_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=bare | settings, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main())
