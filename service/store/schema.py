"""The version of the database's schema: which one it has, and how it gets to this one.

Alembic is imported only where a schema has to change: it costs a start half a second.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)

from service.store.tables import METADATA

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0002"
"""The newest version: the tables as the code reads and writes them."""

MIGRATIONS = Path(__file__).with_name("migrations")

VERSIONS = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Where Alembic notes the version."""


def version(connection: Connection) -> str | None:
    """The schema's version; None where nothing has been made yet."""
    if not inspect(connection).has_table(VERSIONS.name):
        return None
    return connection.execute(select(VERSIONS.c.version_num)).scalar()


def knows(found: str | None) -> bool:
    """Whether this version of the service knows a version of the schema."""
    if found in {None, HEAD}:
        return True
    from alembic.script import ScriptDirectory

    released = ScriptDirectory.from_config(_config()).walk_revisions()
    return found in {one.revision for one in released}


def upgrade(connection: Connection, found: str | None) -> None:
    """Bring a schema of version `found` to this one; an empty database gets it at once."""
    if found is None:
        METADATA.create_all(connection, checkfirst=False)
        VERSIONS.create(connection, checkfirst=True)
        connection.execute(insert(VERSIONS).values(version_num=HEAD))
    elif found != HEAD:
        migrate(connection)


def migrate(connection: Connection, to: str = "head") -> None:
    """Go through the migrations, one after the other."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
