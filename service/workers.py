"""Several processes that share one address, and the one that looks after them."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from socket import socket

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

from service.ending import leave, turn_away
from service.failures import FAILED, NAME, USAGE, told

MakeServer = Callable[[uvicorn.Config], uvicorn.Server]

PATIENCE = 60
"""Seconds that a process may be silent, as while it loads on a busy machine, and still live."""

PAUSE = 2
"""Seconds until another try to start, where the one before could not."""

PING = b"ping"
"""Any word does: a worker answers each."""


class Worker(Process):
    """One of the processes, with a server of ours."""

    def __init__(
        self, config: uvicorn.Config, sockets: list[socket], make: MakeServer = uvicorn.Server
    ) -> None:
        self._make_server = make
        self._asked: float | None = None
        self.ready = False
        super().__init__(config, sockets)

    def target(self, sockets: list[socket] | None = None) -> None:
        """Serve, and be gone; what is wrong is said in a line."""
        try:
            super().target(sockets)
        except Exception as error:  # noqa: BLE001 - a trace could quote a chart
            line, status = told(error)
            sys.stderr.write(f"{NAME}: {line}\n")
            leave(status)
        leave()

    def is_alive(self, timeout: float = PATIENCE) -> bool:
        """Whether it runs, and has been silent for no longer than so many seconds.

        Never waits for an answer: whoever looks after several must see another one die meanwhile,
        and one that dies when it has just been asked will never answer.
        """
        if not self.process.is_alive():
            return False
        try:
            while self.parent_conn.poll():
                self.ready = bool(self.parent_conn.recv()) or self.ready
                self._asked = None
            if self._asked is None:
                self.parent_conn.send(PING)
                self._asked = time.monotonic()
        except (OSError, EOFError):
            return False
        return time.monotonic() - self._asked <= timeout

    @property
    def server(self) -> uvicorn.Server:
        """The server, made in the process that it is for."""
        if self._server is None:
            self._server = self._make_server(self.config)
        return self._server


class Workers(Multiprocess):
    """Keeps as many processes running as were asked for.

    The first one starts alone: it tells what is wrong with the settings or the knowledge, once, and
    what the site has set; when it is ready, all others start. One that cannot start later on, as
    with a folder that was spoilt meanwhile, is tried again, and the others go on.
    SIGHUP is passed on to them: each loads anew what the files say while it goes on answering.
    `delay`: seconds for which new connections are taken on at the end.
    `status`: that of the whole at its end.
    """

    def __init__(
        self,
        first: uvicorn.Config,
        others: uvicorn.Config,
        sockets: list[socket],
        make: MakeServer,
        delay: float = 0,
    ) -> None:
        super().__init__(others, sockets)
        self._first = partial(Worker, first, sockets, make)
        self._other = partial(Worker, others, sockets, make)
        self._delay = delay
        self._begun = False
        self.status = 0

    def init_processes(self) -> None:
        """Start the first one."""
        self._start(0, self._first)

    def terminate_all(self) -> None:
        """Tell all to end, and after the delay close the door: who came in would meet nobody."""
        super().terminate_all()
        time.sleep(self._delay)
        for one in self.sockets:
            turn_away(one)
            one.close()

    def keep_subprocess_alive(self) -> None:
        """Start another one in the place of each that died or hangs."""
        for number, worker in enumerate(self._workers):
            if self.should_exit.is_set() or worker.is_alive(self._patience):
                continue
            worker.kill()
            worker.join()
            if not self._begun:
                self.status = FAILED if worker.exitcode != USAGE else USAGE
                self.should_exit.set()
                return
            structlog.get_logger().error("worker died", why="another one takes its place")
            if not worker.ready:
                self.should_exit.wait(PAUSE)
            self._start(number, self._other)
        if not self._begun and any(one.ready for one in self._workers):
            self._begun = True
            for number in range(1, self.processes_num):
                self._start(number, self._other)

    def handle_hup(self) -> None:
        """Pass it on; who is still starting reads the files anyway, and could not take it."""
        structlog.get_logger().info("reload", why="SIGHUP")
        for worker in self.processes:
            if worker.wait_until_ready(self._patience, self.should_exit) and worker.pid:
                os.kill(worker.pid, signal.SIGHUP)

    def handle_ttin(self) -> None:
        """How many there are is a setting."""

    handle_ttou = handle_ttin

    @property
    def _workers(self) -> list[Worker]:
        return [one for one in self.processes if isinstance(one, Worker)]

    @property
    def _patience(self) -> int:
        return self.config.timeout_worker_healthcheck

    def _start(self, number: int, make: Callable[[], Worker]) -> None:
        worker = make()
        worker.start()
        self.processes[number : number + 1] = [worker]
