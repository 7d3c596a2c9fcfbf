"""How the service ends: whatever was sent to it is answered, and nothing is taken on after that.

uvicorn closes idle connections at once, and with its socket those that wait to be accepted. Under
load there are always some on which a call is on its way, and that call would be lost.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from signal import SIGTERM
from socket import SOL_SOCKET, socket
from struct import pack
from time import monotonic
from typing import Any, NoReturn

import structlog
import uvicorn

LINGER = 2
"""Seconds in which who holds a connection may send one more call on it, and is told to leave."""

STEP = 1 / 20
"""Seconds between looks at who is still there."""

SETTLE = 1 / 5
"""Seconds until whoever looks after several processes has turned new connections away."""

CLOSE = (b"connection", b"close")

_ATTACH_FILTER = 26
"""Linux' SO_ATTACH_FILTER, which Python does not name."""

_LOAD, _IF_SET, _RETURN = 0x30, 0x45, 0x06
_FLAGS, _SYN, _WHOLE = 13, 0x02, 2**18
_NO_SYN = b"".join(
    pack("HBBI", *step)
    for step in (
        (_LOAD, 0, 0, _FLAGS),
        (_IF_SET, 0, 1, _SYN),
        (_RETURN, 0, 0, 0),
        (_RETURN, 0, 0, _WHOLE),
    )
)
"""A program of the kernel's packet filter: what asks for a connection is dropped, all else let
through. Who is dropped asks again in a second, and is refused then, or let in by somebody else."""


def turn_away(door: socket) -> None:
    """Let nobody join those who wait at a door, so that it can be closed behind the last of them.

    Where the kernel cannot do that, who comes between a look and the closing is lost.
    """
    steps = ctypes.create_string_buffer(_NO_SYN)
    program = pack("HP", len(_NO_SYN) // 8, ctypes.addressof(steps))
    with suppress(OSError):
        door.setsockopt(SOL_SOCKET, _ATTACH_FILTER, program)


def leave(status: int = 0) -> NoReturn:
    """End this process, of which nothing is needed any more, at once.

    To take all knowledge apart, object by object, would take the interpreter a second.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class LingeringServer(uvicorn.Server):
    """Says `Connection: close` on each answer, takes in who waits at the door, and then ends.

    `delay`: seconds for which new connections are taken on, so that whoever spreads the calls
    notices that this one is going. A server that is one of several shares its door with them.
    """

    def __init__(self, config: uvicorn.Config, delay: float = 0) -> None:
        super().__init__(config)
        self._alone = config.workers == 1
        self._delay = delay if self._alone else delay + SETTLE

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End within the delay, the time to linger and the time for calls; SIGTERM is status 0."""
        structlog.get_logger().info("stopping", why="told to")
        self._ask_to_leave()
        await asyncio.sleep(self._delay)
        doors = [socket(fileno=os.dup(one.fileno())) for one in self._listening()]
        if self._alone:
            for door in doors:
                turn_away(door)
        for server in self.servers:
            server.close()
        for one in sockets or ():
            one.close()
        for door in doors:
            await self._take_in(door)
        await self._linger()
        await super().shutdown()
        self._captured_signals[:] = [one for one in self._captured_signals if one != SIGTERM]

    def _listening(self) -> Iterator[Any]:
        for server in self.servers:
            yield from server.sockets

    def _ask_to_leave(self) -> None:
        state = self.server_state
        state.default_headers = [*state.default_headers, CLOSE]
        for one in self._connections():
            if not _idle(one):
                one.cycle.keep_alive = False  # its head may be written already

    async def _take_in(self, door: socket) -> None:
        """Accept who waits, to the last, and close the door behind them."""
        door.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            for _ in range(self.config.backlog):
                line, _address = door.accept()
                await loop.connect_accepted_socket(self._protocol, line)
        except BlockingIOError:
            pass
        finally:
            door.close()

    def _protocol(self) -> Any:
        make: Any = self.config.http_protocol_class
        return make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    async def _linger(self) -> None:
        until = monotonic() + LINGER
        while monotonic() < until and any(map(_idle, self._connections())):
            await asyncio.sleep(STEP)

    def _connections(self) -> list[Any]:
        return list(self.server_state.connections)


def _idle(connection: Any) -> bool:
    """Whether no call is being worked on; one may be on its way."""
    return connection.cycle is None or connection.cycle.response_complete
