from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select

from service.store import schema
from service.store.records import keep
from service.store.store import Store, open_store
from service.store.tables import CARDS, FEEDBACK, METADATA, NONCES
from tests.service.records.making import card, record
from tests.service.store.processes import ROOT

HEAVY = """
import sys
from service.store.store import ready_store
ready_store(sys.argv[1]).close()
print(sorted({"alembic", "mako"} & set(sys.modules)))
"""


def shape(store: Store) -> dict[str, Any]:
    with store.begin() as connection:
        found = inspect(connection)
        return {
            name: (
                [{**one, "type": repr(one["type"])} for one in found.get_columns(name)],
                found.get_pk_constraint(name),
                sorted(found.get_indexes(name), key=lambda one: str(one["name"])),
                found.get_unique_constraints(name),
                found.get_check_constraints(name),
                found.get_foreign_keys(name),
            )
            for name in sorted(found.get_table_names())
        }


def test_the_newest_version_is_that_of_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_an_empty_database_gets_exactly_what_the_migrations_make(empty_url: str) -> None:
    store = open_store(empty_url)
    with store.begin() as connection:
        schema.migrate(connection)
        version = schema.version(connection)
    migrated = shape(store)
    with store.begin() as connection:
        METADATA.drop_all(connection)
        schema.VERSIONS.drop(connection)
    assert shape(store) == {}
    assert store.upgrade() == (None, version)
    assert shape(store) == migrated
    store.close()


def test_migrations_go_on_from_the_first_schema(empty_url: str) -> None:
    store = open_store(empty_url)
    with store.begin() as connection:
        schema.migrate(connection, "0001")
    assert store.upgrade() == ("0001", schema.HEAD)
    assert store.version() == schema.HEAD
    store.close()


def test_what_was_stored_under_the_first_schema_is_there_and_in_use_under_this_one(
    empty_url: str,
) -> None:
    store = open_store(empty_url)
    told = {
        "digest": "d", "received": datetime(2026, 11, 1, tzinfo=UTC), "service": "s",
        "client": "main", "tenant": None, "card": "c1", "outcome": "overridden",
        "suggestions": "[]", "reason_code": "known", "comment": "schon bekannt – ok",
        "outcome_timestamp": "2026-11-01T00:00:00.000+00:00",
    }  # fmt: skip
    with store.begin() as connection:
        schema.migrate(connection, "0001")
        connection.execute(insert(NONCES).values(token="used", until=2e10))
        connection.execute(insert(FEEDBACK).values(told))
    store.upgrade()
    keep(store, [record(cards=(card("c1"),))])
    same = (FEEDBACK.c.card == CARDS.c.id) & (FEEDBACK.c.client == CARDS.c.client)
    with store.begin() as connection:
        found = connection.execute(select(FEEDBACK.c.comment, CARDS.c.says).join(CARDS, same)).one()
        assert connection.execute(select(NONCES.c.token)).scalars().all() == ["used"]
    assert found.comment == "schon bekannt – ok"
    store.close()


def test_a_start_on_an_empty_or_a_ready_file_does_not_load_the_migrations(tmp_path: Path) -> None:
    for _ in ("empty", "ready"):
        done = subprocess.run(
            [sys.executable, "-c", HEAVY, f"sqlite:///{tmp_path / 'new.db'}"],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert done.stdout == "[]\n"
