"""Single statements that read, by the driver alone: the least that a database can be asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from service.store.store import Store

Values = Mapping[str, Any] | Sequence[Any]
"""Of a statement, as its driver takes them."""


class Glances:
    """Connections for that, as many as there are threads that ask; any thread may use any.

    `store` says how to connect. What it cuts off is opened anew.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._free: deque[Any] = deque()

    def ask(self, sql: str, values: Values) -> list[Any]:
        """The rows.

        No connection is tried before it is used: one that has died meanwhile is told by its error,
        and another one is opened.

        Raises:
            Exception: the driver's or SQLAlchemy's; the database does not answer, or refuses.
        """
        try:
            line = self._free.pop()
        except IndexError:
            return self._asked(self._open(), sql, values)
        try:
            return self._asked(line, sql, values)
        except Exception:
            if self._store.is_sqlite or not line.broken:
                raise
        return self._asked(self._open(), sql, values)

    def close(self) -> None:
        """Let go of those that nobody uses."""
        while self._free:
            self._free.pop().close()

    def _asked(self, line: Any, sql: str, values: Values) -> list[Any]:
        try:
            cursor = line.cursor()
            rows: list[Any] = cursor.execute(sql, values).fetchall()
            cursor.close()
        except BaseException:
            line.close()
            raise
        self._free.append(line)
        return rows

    def _open(self) -> Any:
        """Each statement is a transaction by itself, which SQLite's connections do anyway."""
        pooled = self._store.engine.raw_connection()
        line: Any = pooled.driver_connection
        pooled.detach()
        if not self._store.is_sqlite:
            line.autocommit = True
        return line
