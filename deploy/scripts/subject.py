"""What is kept of one patient: `python deploy/scripts/subject.py show CLIENT TENANT < ID`.

ID is the EHR's id of the patient, on standard input, so that it stands in no history of a shell;
TENANT is `-` where tokens name none. `erase` removes what `show` shows. Records that still wait in
the spool are not seen: a running service has brought them to the database within seconds.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import Any

import keeping
from keeping import Refused
from sqlalchemy import Connection, Table, delete, select

from service.records.key_file import BadKeys, load_keys
from service.settings import Settings
from service.store.store import open_store
from service.store.tables import CALLS, CARDS, CONFIRMED, FEEDBACK, MET

USAGE = "python deploy/scripts/subject.py show|erase CLIENT TENANT < ID"
Found = dict[str, Any]


def of_subject(given: list[str]) -> None:
    """Show it as JSON, or erase it.

    Raises:
        Refused: it is said wrong, or the keys cannot be read.
    """
    action, client, tenant = given
    patient = sys.stdin.readline().strip()
    if action not in {"show", "erase"} or not patient:
        raise Refused(f"usage: {USAGE}")
    settings = keeping.settings()
    hashes = _hashes(settings, client, None if tenant == keeping.NONE else tenant, patient)
    with closing(open_store(settings.database_url)) as store:
        store.ensure_current()
        with store.begin() as connection:
            found = _found(connection, hashes)
            if action == "show":
                told = {table.name: _rows(connection, table, one) for table, one in found.items()}
                keeping.tell(json.dumps(told, indent=1, default=str, ensure_ascii=False))
                return
            gone = {
                table.name: connection.execute(delete(table).where(one)).rowcount
                for table, one in found.items()
            }
    keeping.tell(f"erased: {', '.join(f'{number} {name}' for name, number in gone.items())}")


def _hashes(settings: Settings, client: str, tenant: str | None, patient: str) -> list[str]:
    try:
        return load_keys(settings.patient_keys).hashes_of(client, tenant, patient)
    except BadKeys as error:
        raise Refused(f"BACKFLAG_PATIENT_KEY_FILE: {error}") from None


def _found(connection: Connection, hashes: list[str]) -> dict[Table, Any]:
    """Which rows of each table are of the patient; what others lead to comes last."""
    calls = (
        connection.execute(select(CALLS.c.id).where(CALLS.c.patient.in_(hashes))).scalars().all()
    )
    cards = (
        connection.execute(select(CARDS.c.id).where(CARDS.c.patient.in_(hashes))).scalars().all()
    )
    return {
        FEEDBACK: FEEDBACK.c.card.in_(cards),
        MET: MET.c.call.in_(calls),
        CONFIRMED: CONFIRMED.c.patient.in_(hashes),
        CARDS: CARDS.c.patient.in_(hashes),
        CALLS: CALLS.c.patient.in_(hashes),
    }


def _rows(connection: Connection, table: Table, which: Any) -> list[Found]:
    return [dict(row) for row in connection.execute(select(table).where(which)).mappings()]


if __name__ == "__main__":
    keeping.run(of_subject, USAGE, 3)
