"""Callers that never pause, each on a connection that it keeps, and what became of their calls."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from tests.service.fakes import hook_request
from tests.service.test_serving import SERVICE

CALL = json.dumps(hook_request()).encode()
HEADERS = {"Content-Type": "application/json"}


@dataclass
class Callers:
    """Threads that call one port until it refuses them or they are told to stop.

    A call is lost where it was sent and got no answer. `keep`: whether a connection is used again.
    """

    port: int
    number: int = 8
    keep: bool = True
    pause: float = 0
    answered: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    refused: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> Callers:
        self._threads = [threading.Thread(target=self._call_on) for _ in range(self.number)]
        for one in self._threads:
            one.start()
        return self

    def wait_for(self, answers: int, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        wanted = len(self.answered) + answers
        while len(self.answered) < wanted:
            assert time.monotonic() < until, f"{len(self.answered)} answers, {self.lost[:3]}"
            time.sleep(0.01)

    def stop(self) -> None:
        self._stop.set()
        self.join()

    def join(self) -> None:
        for one in self._threads:
            one.join(timeout=60)
            assert not one.is_alive()

    def _call_on(self) -> None:
        while not self._stop.is_set():
            line = HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                line.connect()
            except ConnectionRefusedError:
                self.refused += 1
                return
            try:
                self._call(line)
            except (OSError, HTTPException) as error:
                self.lost.append(repr(error))
            finally:
                line.close()

    def _call(self, line: HTTPConnection) -> None:
        """Calls on one connection, until the service says that it closes it."""
        closes: Any = False
        while not closes and not self._stop.is_set():
            line.request("POST", SERVICE, CALL, HEADERS)
            response = line.getresponse()
            body = json.loads(response.read())
            assert "cards" in body or response.status >= 400
            self.answered.append(response.status)
            closes = not self.keep or response.will_close
            time.sleep(self.pause)
