"""HTTP as uvicorn speaks it, with bounds on all of a connection that no body and no call has.

The parser keeps a head of any size, for as long as it takes, before anybody is asked for a token.
It keeps what follows a body (trailers), and as many requests as are sent ahead; and an answer
waits for its reader for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

LARGEST_HEAD = 64 * 1000
"""Bytes of a request's line and headers, several times what a token and a proxy's headers need."""

SECONDS = 10
"""For a head to arrive, from the connection or from its first byte."""

PATIENCE = 60
"""Seconds for the rest of a body whose request has been answered, and for an answer that is not
read."""

AHEAD = 100
"""Requests that may wait on one connection for the answer to an earlier one."""

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n"
NOT_HTTP = b"HTTP/1.1 400 Bad Request\r\n"
REST = b"content-length: 0\r\nconnection: close\r\n\r\n"


class InTurn(FlowControl):
    """Reads on only when nothing waits that was read before."""

    def __init__(self, transport: asyncio.Transport, waiting: Any) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Read on, unless requests wait: their bodies are here already."""
        if not self._waiting:
            super().resume_reading()


class BoundedHead(HttpToolsProtocol):
    """Closes the connection of who sends too much or too slowly beside the body, or reads not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._size = 0
        self._mixed = False
        self._upgrades = False
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first head."""
        super().connection_made(transport)
        self.flow = InTurn(transport, self.pipeline)
        self._await(SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_timer()
        self._stop_unread()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and count what neither belongs to a body nor ended a head."""
        if self._in_head and self._timer is None:
            self._await(SECONDS)
        self._unset_keepalive_if_required()
        self._feed(data)
        self._size = 0 if self._mixed else self._size + len(data)
        self._mixed = False
        if self._size > LARGEST_HEAD:
            self._refuse(TOO_LARGE)

    def _feed(self, data: bytes) -> None:
        """Parse. The parser takes what follows an offer to speak another protocol for that.

        The offer is declined, as HTTP allows; else a body would be read as the next request.
        """
        while data and not self.transport.is_closing():
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as offer:
                data = self._without_offer() + data[offer.args[0] :]
            except HttpParserError:
                self.logger.warning("Invalid HTTP request received.")
                self._refuse(NOT_HTTP)
            else:
                return

    def _without_offer(self) -> bytes:
        """The head that was just parsed, once more, and a parser that has not seen it."""
        self._upgrades = False
        method = self.parser.get_method()
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        version = self.scope["http_version"].encode()
        lines = [b"%s %s HTTP/%s" % (method, self.url, version)]
        lines += [b"%s: %s" % one for one in self.headers if one[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._size = True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; what stands behind a body is none, for nobody has checked it."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is here."""
        if any(name == b"upgrade" for name, _ in self.headers) and self.parser.should_upgrade():
            self._upgrades = True
            return
        if len(self.pipeline) < AHEAD:
            super().on_headers_complete()
        else:
            self.transport.abort()
        self._in_head = False
        self._stop_timer()

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        self._mixed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """What follows is the next head; the piece that holds both counts for neither."""
        if self._upgrades:
            return
        self._stop_timer()
        self._in_head = self._mixed = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Let a body run out that nobody reads any more, but not for ever."""
        super().on_response_complete()
        self._linger()
        if not self._in_head and self.cycle.response_complete:
            self._await(PATIENCE)

    def timeout_keep_alive_handler(self) -> None:
        """Nothing more came."""
        super().timeout_keep_alive_handler()
        self._linger()

    def pause_writing(self) -> None:
        """More is to be read than the way to the reader holds."""
        super().pause_writing()
        self._await_reader()

    def resume_writing(self) -> None:
        """It is being read."""
        super().resume_writing()
        self._stop_unread()

    def _await(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._refuse, TOO_SLOW)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _await_reader(self) -> None:
        self._stop_unread()
        self._unread = self.loop.call_later(PATIENCE, self.transport.abort)

    def _stop_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _linger(self) -> None:
        """A connection that is to be closed stays as long as something waits to be read."""
        if self.transport.is_closing() and self.transport.get_write_buffer_size():
            self._await_reader()

    def _refuse(self, status: bytes) -> None:
        self._stop_timer()
        if self.transport.is_closing():
            return
        if self._is_next():
            self.transport.write(status + REST)
        self.transport.close()
        self._linger()

    def _is_next(self) -> bool:
        """Whether an answer would be taken for one to the request that is refused."""
        last: RequestResponseCycle | None = self.cycle
        if self.pipeline or last is None:
            return last is None
        return last.response_complete if self._in_head else not last.response_started
