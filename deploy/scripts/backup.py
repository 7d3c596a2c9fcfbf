"""Back up what a service keeps, while it runs: `python deploy/scripts/backup.py FOLDER KEYFILE`.

FOLDER is made: the database, the records that wait, the site's folder, a knowledge folder of your
own, and the clients file, with a manifest of their digests. KEYFILE is made apart from it, for
whoever has both can find a patient. It runs with the service's Python and settings.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import keeping
from keeping import Refused

from service.records.owners import OWNER_ONLY
from service.records.spool import FOLDER_MODE, REFUSED
from service.settings import Settings
from service.store.store import open_store

USAGE = "python deploy/scripts/backup.py FOLDER KEYFILE"


def back_up(given: list[str]) -> None:
    """Make the folder and the file of the keys.

    Raises:
        Refused: they are there already, or something is missing.
    """
    folder, key = (Path(one).absolute() for one in given)
    if folder.exists() or key.exists():
        raise Refused(f"{folder if folder.exists() else key} is there already")
    if key.is_relative_to(folder):
        raise Refused("KEYFILE belongs somewhere else than FOLDER")
    found = keeping.settings()
    partial = folder.with_name(f"{folder.name}.partial")
    partial.mkdir()
    try:
        _fill(partial, found)
        keys = _keys(found, key)
        _note(partial, found, key if keys else None)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    keeping.tell(f"backup: {folder}{f', keys: {key}' if keys else ', and there are no keys'}")


def _fill(folder: Path, found: Settings) -> None:
    """What waits comes first: what is brought to the database meanwhile is in it afterwards."""
    _spool(found.spool, folder / keeping.SPOOL)
    if found.database_file is None:
        target = f"--file={folder / keeping.POSTGRESQL}"
        keeping.postgresql(found.database_url, "pg_dump", "--format=custom", "--no-owner", target)
    else:
        _sqlite(found.database_file, folder / keeping.SQLITE)
    for source, name in ((found.site_dir, keeping.SITE), (found.knowledge_dir, keeping.KNOWLEDGE)):
        if source is not None:
            shutil.copytree(source, folder / name)
    if found.clients_file is not None:
        (folder / keeping.CLIENTS).mkdir()
        for file in (found.clients_file, *keeping.key_files(found.clients_file)):
            shutil.copy(file, folder / keeping.CLIENTS)
    for one in folder.rglob("*"):
        one.chmod(FOLDER_MODE if one.is_dir() else OWNER_ONLY)


def _spool(source: Path, target: Path) -> None:
    target.mkdir()
    for file in (*source.glob("*.records"), source / REFUSED):
        try:
            shutil.copy(file, target)
        except FileNotFoundError:  # the database has it by now, or there was none
            continue


def _sqlite(source: Path, target: Path) -> None:
    """SQLite's own way to copy a file that is being written."""
    if not source.is_file():
        raise Refused(f"BACKFLAG_DATABASE_URL: there is no {source}")
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        (fine,) = copy.execute("PRAGMA quick_check").fetchone()
    if fine != "ok":
        raise Refused(f"{source} is damaged: {fine}")


def _keys(found: Settings, key: Path) -> bool:
    if not found.patient_keys.is_file():
        return False
    shutil.copyfile(found.patient_keys, key)
    return True


def _note(folder: Path, found: Settings, key: Path | None) -> None:
    with closing(open_store(found.database_url)) as store:
        schema = store.version()
    told = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "backflag": version("backflag"),
        "schema": schema,
        "keys": None if key is None else keeping.digest(key),
        "files": keeping.digests(folder),
    }
    (folder / keeping.MANIFEST).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    keeping.run(back_up, USAGE, 2)
