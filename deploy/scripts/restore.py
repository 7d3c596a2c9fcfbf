"""Restore a back-up on an empty machine: `python deploy/scripts/restore.py FOLDER KEYFILE`.

To where the settings say, which are to be set first; nothing that is there is overwritten. KEYFILE
is `-` for a back-up without keys. Then: `backflag db upgrade`, and start the service.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import keeping
from dotenv import dotenv_values
from keeping import Refused
from sqlalchemy import func, inspect, select

from service.settings import Settings
from service.store.store import Store, open_store
from service.store.tables import METADATA

USAGE = "python deploy/scripts/restore.py FOLDER KEYFILE"


def restore(given: list[str]) -> None:
    """Check the back-up, check that the place is empty, and fill it.

    Raises:
        Refused: the back-up is not whole, or something is there already.
    """
    folder = Path(given[0])
    key = None if given[1] == keeping.NONE else Path(given[1])
    told = _whole(folder, key)
    _named_files(folder)
    found = keeping.settings()
    database = _database(folder, found)
    _ensure_empty(found, key)
    _put_database(database, found)
    shutil.copytree(folder / keeping.SPOOL, found.spool, dirs_exist_ok=True)
    if key is not None:
        found.patient_keys.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(key, found.patient_keys)
    with closing(open_store(found.database_url)) as store:
        counts = _counts(store)
    keeping.tell(f"restored: the back-up of {told['made']}, schema {told['schema']}; {counts}")


def _whole(folder: Path, key: Path | None) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / keeping.MANIFEST).read_text(encoding="utf-8"))
    if keeping.digests(folder) != told["files"]:
        raise Refused(f"{folder} is not what its manifest says")
    if (None if key is None else keeping.digest(key)) != told["keys"]:
        raise Refused("KEYFILE is not the one of this back-up")
    return told


def _named_files(folder: Path) -> None:
    """What a setting names has to be there before the settings can be read."""
    given = {name: value for name, value in dotenv_values(".env").items() if value} | os.environ
    for variable, name in (("SITE_DIR", keeping.SITE), ("KNOWLEDGE_DIR", keeping.KNOWLEDGE)):
        place = given.get(f"BACKFLAG_{variable}")
        if place and (folder / name).is_dir():
            _copy_folder(folder / name, Path(place))
    clients = given.get("BACKFLAG_CLIENTS_FILE")
    if clients and (folder / keeping.CLIENTS).is_dir() and not Path(clients).exists():
        Path(clients).parent.mkdir(parents=True, exist_ok=True)
        for file in (folder / keeping.CLIENTS).iterdir():
            shutil.copy(file, Path(clients).parent)


def _copy_folder(source: Path, target: Path) -> None:
    if not target.exists():
        shutil.copytree(source, target)


def _database(folder: Path, found: Settings) -> Path:
    """A back-up fits the kind of database that it was made of."""
    name = keeping.POSTGRESQL if found.database_file is None else keeping.SQLITE
    if not (folder / name).is_file():
        raise Refused(f"BACKFLAG_DATABASE_URL: the back-up is of another kind, without a {name}")
    return folder / name


def _ensure_empty(found: Settings, key: Path | None) -> None:
    if key is not None and found.patient_keys.exists():
        raise Refused(f"{found.patient_keys} is there already")
    if any(found.spool.glob("*.records")):
        raise Refused(f"records wait in {found.spool}")
    if found.database_file is not None:
        if found.database_file.exists():
            raise Refused(f"{found.database_file} is there already")
        return
    with closing(open_store(found.database_url)) as store, store.begin() as connection:
        if inspect(connection).get_table_names():
            raise Refused("BACKFLAG_DATABASE_URL: the database is not empty")


def _put_database(source: Path, found: Settings) -> None:
    if found.database_file is not None:
        found.database_file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, found.database_file)
        return
    whole = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    keeping.postgresql(found.database_url, "pg_restore", *whole, str(source))


def _counts(store: Store) -> str:
    with store.begin() as connection:
        there = set(inspect(connection).get_table_names())
        counted = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
            if table.name in there
        }
    return ", ".join(f"{number} {name}" for name, number in sorted(counted.items()))


if __name__ == "__main__":
    keeping.run(restore, USAGE, 2)
