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

from service.ending import LINGER, leave, turn_away
from service.failures import FAILED, NAME, USAGE, told

MakeServer = Callable[[uvicorn.Config], uvicorn.Server]

PATIENCE = 60
"""Seconds that a process may be silent, as while it loads on a busy machine, and still live."""

PAUSE = 2
"""Seconds until another try to start, where the one before could not."""

SPARE = 2
"""Seconds beyond those that an orderly end may take, until who hangs is killed."""

PING = b"ping"
"""Any word does: a worker answers each."""


class Worker(Process):
    """One of the processes, with a server of ours.

    `ready`: it answers calls. `owed`: it has not had a SIGHUP yet. `gone`: it has died, and another
    one may start at `again`, of `time.monotonic`.
    """

    def __init__(
        self, config: uvicorn.Config, sockets: list[socket], make: MakeServer = uvicorn.Server
    ) -> None:
        self._make_server = make
        self._asked: float | None = None
        self.ready = self.owed = self.gone = False
        self.again = 0.0
        super().__init__(config, sockets)

    def target(self, sockets: list[socket] | None = None) -> None:
        """Serve, and be gone; what is wrong is said in a line."""
        try:
            _ = self.server  # before the thread that answers whether it lives asks for it
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

    def join_all(self) -> None:
        """Wait for all, and for those that hang no longer than an orderly end may take."""
        until = time.monotonic() + self._delay + LINGER + self._grace + SPARE
        for worker in self._workers:
            worker.process.join(max(0, until - time.monotonic()))
            if worker.process.is_alive():
                structlog.get_logger().error("worker killed", why="it hangs, and was told to end")
                worker.process.kill()
                worker.process.join()

    def keep_subprocess_alive(self) -> None:
        """Start another one in the place of each that died or hangs."""
        for number, worker in enumerate(self._workers):
            if self.should_exit.is_set() or worker.is_alive(self._patience):
                self._pass_on(worker)
                continue
            if not worker.gone:
                self._mourn(worker)
            if not self._begun:
                self.status = USAGE if worker.exitcode == USAGE else FAILED
                self.should_exit.set()
                return
            if time.monotonic() >= worker.again:
                self._start(number, self._other)
        if not self._begun and any(one.ready for one in self._workers):
            self._begun = True
            for number in range(1, self.processes_num):
                self._start(number, self._other)

    def _mourn(self, worker: Worker) -> None:
        """Say that it died, but where it has said so itself; who could not start has to wait."""
        worker.kill()
        worker.join()
        worker.gone = True
        worker.again = time.monotonic() + (0 if worker.ready else PAUSE)
        if self._begun:
            structlog.get_logger().error("worker died", why="another one takes its place")
        elif worker.exitcode not in (USAGE, FAILED):
            structlog.get_logger().error("worker died", why="before it was ready")

    def _pass_on(self, worker: Worker) -> None:
        """The SIGHUP that it has not had, once it can take it."""
        if worker.owed and worker.ready and worker.pid:
            worker.owed = False
            os.kill(worker.pid, signal.SIGHUP)

    def handle_hup(self) -> None:
        """Pass it on; who is still starting may have read the files already, and gets it then."""
        structlog.get_logger().info("reload", why="SIGHUP")
        for worker in self._workers:
            worker.owed = True
            self._pass_on(worker)

    def handle_ttin(self) -> None:
        """How many there are is a setting."""

    handle_ttou = handle_ttin

    @property
    def _workers(self) -> list[Worker]:
        return [one for one in self.processes if isinstance(one, Worker)]

    @property
    def _grace(self) -> int:
        return self.config.timeout_graceful_shutdown or 0

    @property
    def _patience(self) -> int:
        return self.config.timeout_worker_healthcheck

    def _start(self, number: int, make: Callable[[], Worker]) -> None:
        worker = make()
        worker.start()
        self.processes[number : number + 1] = [worker]
