"""What the scripts beside this share: the names of files, and how PostgreSQL is asked."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import yaml
from sqlalchemy.engine import make_url

from service.settings import BadSettings, Settings, read_settings
from service.store.store import BadUrl, OldSchema, StoreDown

SQLITE, POSTGRESQL = "database.sqlite", "database.dump"
SPOOL, SITE, KNOWLEDGE, CLIENTS = "spool", "site", "knowledge", "clients"
MANIFEST = "manifest.json"
NONE = "-"
"""In the place of an argument that there is not."""


class Refused(Exception):
    """What was asked cannot be done; the text is one line that says why."""


def settings() -> Settings:
    """As the service has them, from BACKFLAG_… and `.env`.

    Raises:
        Refused: one is wrong, or the database is kept in memory.
    """
    try:
        found = read_settings()
    except BadSettings as error:
        raise Refused(str(error)) from None
    if found.database_url.startswith("sqlite") and found.database_file is None:
        raise Refused("BACKFLAG_DATABASE_URL: a database in memory is not kept anywhere")
    return found


def postgresql(url: str, *command: str) -> None:
    """Run a program of PostgreSQL; the password is in its environment and on no command line.

    Raises:
        Refused: it is not there, or failed; why, it has written itself.
    """
    whole = make_url(url)
    bare = whole._replace(drivername="postgresql", password=None).render_as_string()
    secret = {} if whole.password is None else {"PGPASSWORD": str(whole.password)}
    try:
        subprocess.run([*command, f"--dbname={bare}"], env=os.environ | secret, check=True)
    except FileNotFoundError:
        raise Refused(f"{command[0]} is not here: install PostgreSQL's client programs") from None
    except subprocess.CalledProcessError:
        raise Refused(f"{command[0]} failed") from None


def key_files(clients: Path) -> list[Path]:
    """The files of keys that a clients file names; they stand beside it."""
    document = yaml.safe_load(clients.read_text(encoding="utf-8"))
    named = (one.get("jwks_file") for one in document["clients"])
    return [clients.parent / name for name in named if name]


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a folder but the manifest, by its path in there."""
    files = sorted(one for one in folder.rglob("*") if one.is_file() and one.name != MANIFEST)
    return {str(one.relative_to(folder)): digest(one) for one in files}


def digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def tell(line: str) -> None:
    """One line for whoever reads along."""
    sys.stdout.write(f"{line}\n")


def run(script: Callable[[list[str]], None], usage: str, words: int) -> NoReturn:
    """Run a script with that many arguments; what goes wrong is one line and a status."""
    os.umask(0o077)
    given = sys.argv[1:]
    if len(given) != words or any(one.startswith("-") and one != NONE for one in given):
        sys.exit(f"usage: {usage}")
    try:
        script(given)
    except (Refused, OldSchema) as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
    except BadUrl as error:
        sys.exit(f"{Path(sys.argv[0]).name}: BACKFLAG_DATABASE_URL: {error}")
    except StoreDown:
        sys.exit(f"{Path(sys.argv[0]).name}: the database cannot be reached or refuses")
    except OSError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error.filename}: {error.strerror}")
    sys.exit(0)
