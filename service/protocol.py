"""HTTP as uvicorn speaks it, with bounds on what comes before a body: the head of a request.

The parser keeps a head of any size, for as long as it takes, before anybody is asked for a token.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64 * 1000
"""Bytes of a request's line and headers, several times what a token and a proxy's headers need."""

SECONDS = 10
"""For a head to arrive, from the connection or from its first byte."""

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n"
REST = b"content-length: 0\r\nconnection: close\r\n\r\n"


class BoundedHead(HttpToolsProtocol):
    """Closes the connection of who sends too much, or too slowly, before the body."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._size = 0
        self._mixed = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and count what is still head afterwards."""
        if self._in_head and self._timer is None:
            self._await_head()
        super().data_received(data)
        self._size = 0 if self._mixed else self._size + len(data)
        self._mixed = False
        if self._in_head and self._size > LARGEST_HEAD:
            self._refuse(TOO_LARGE)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._size = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is here."""
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What follows is the next head; the piece that holds both counts for neither."""
        self._in_head = self._mixed = True
        super().on_message_complete()

    def _await_head(self) -> None:
        self._timer = self.loop.call_later(SECONDS, self._refuse, TOO_SLOW)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: bytes) -> None:
        self._stop_timer()
        if not self.transport.is_closing():
            self.transport.write(status + REST)
            self.transport.close()
