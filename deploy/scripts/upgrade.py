"""Bring what an older version left to this one: `python deploy/scripts/upgrade.py FOLDER KEYFILE`.

With the Python of the new version, before it is started: a back-up as `backup.py` makes it, then
the schema. A change of the schema is one transaction: it is made as a whole, or nothing is.
"""

from __future__ import annotations

from contextlib import closing

import keeping
from backup import back_up

from service.store.store import open_store

USAGE = "python deploy/scripts/upgrade.py FOLDER KEYFILE"


def upgrade(given: list[str]) -> None:
    """Back up, and bring the database to this version's schema.

    Raises:
        OldSchema: it is a later version's; nothing is changed.
    """
    back_up(given)
    with closing(open_store(keeping.settings().database_url)) as store:
        before, now = store.upgrade()
    keeping.tell(f"database: schema {before or 'none'} -> {now}; now start this version")


if __name__ == "__main__":
    keeping.run(upgrade, USAGE, 2)
