"""A steady load as an EHR makes it, hook calls and feedback on their cards; each is counted."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.client import HTTPException
from uuid import uuid4

from tests.callers.ehr import Keys
from tests.containers.caller import ISS, SERVICE, Answer, Ehr, Json, call, example

HOOK, FEEDBACK = "hook", "feedback"
CALLERS = 4
REPORTERS = 5
PACE = 1 / 5
"""Seconds between the starts of two calls of one caller."""

Span = tuple[float, float]
"""Seconds of the wall clock, from and to."""

LOST = 0
"""The status of a call without an answer."""

PATIENT = "us-saddle"
OVERRIDDEN = {
    "outcome": "overridden",
    "overrideReason": {"reason": {"code": "known-already"}, "userComment": "as agreed"},
}


@dataclass(frozen=True)
class Call:
    """What came of a call: when (seconds of the wall clock), and the status of its answer."""

    kind: str
    name: str
    began: float
    ended: float
    status: int
    right: bool = False
    """A hook's answer begins with a critical card."""

    said: str = ""
    """The body of an answer that is an error."""

    @property
    def again(self) -> bool:
        """Feedback that the service asks to be sent once more: it is not lost."""
        return self.kind == FEEDBACK and self.status == HTTPStatus.SERVICE_UNAVAILABLE

    def met(self, spans: Sequence[Span]) -> bool:
        """Whether it was in flight at some time of any of these spans."""
        return any(self.began <= end and self.ended >= begin for begin, end in spans)


@dataclass
class Load:
    """Callers that go on at a pace whatever the answers are, and what they have seen."""

    ehr: Ehr
    keys: Keys = field(init=False)
    calls: list[Call] = field(default_factory=list)
    _untold: queue.Queue[Json] = field(default_factory=queue.Queue)
    _ends: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.keys = self.ehr.keys

    @contextmanager
    def running(self) -> Iterator[None]:
        """Call all the time; at the end what was begun is finished, and all feedback taken."""
        self._ends.clear()
        jobs = [self._ask] * CALLERS + [self._tell] * REPORTERS
        threads = [threading.Thread(target=partial(self._go_on, job)) for job in jobs]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ends.set()
            for thread in threads:
                thread.join()

    def finish(self, seconds: float = 60) -> bool:
        """Tell what has not been acknowledged yet; whether all of it is now."""
        until = time.monotonic() + seconds
        while not self._untold.empty() and time.monotonic() < until:
            self._tell()
        return self._untold.empty()

    def _go_on(self, job: Callable[[], None]) -> None:
        while not self._ends.is_set():
            began = time.monotonic()
            job()
            self._ends.wait(max(0, began + PACE - time.monotonic()))

    def _ask(self) -> None:
        name = str(uuid4())
        body = json.loads(json.dumps(example()).replace(PATIENT, f"p{name}"))
        answer = self._call(HOOK, name, "", body | {"hookInstance": name})
        if answer and answer.status == HTTPStatus.OK and answer.indicators:
            card = answer.body["cards"][0]["uuid"]
            self._untold.put(OVERRIDDEN | {"card": card, "outcomeTimestamp": _now()})

    def _tell(self) -> None:
        """What is not acknowledged waits for another time, as it was."""
        try:
            told = self._untold.get(timeout=PACE)
        except queue.Empty:
            return
        answer = self._call(FEEDBACK, told["card"], "/feedback", {"feedback": [told]})
        if answer is None or answer.status != HTTPStatus.OK:
            self._untold.put(told)

    def _call(self, kind: str, name: str, path: str, body: Json) -> Answer | None:
        url = self.ehr.url + SERVICE
        token = self.keys.token({"iss": ISS, "aud": url + path})
        began = time.time()
        try:
            answer = call(url + path, body, self.ehr.tls, Authorization=token)
        except (OSError, HTTPException) as error:
            self.calls.append(Call(kind, name, began, time.time(), LOST, said=repr(error)))
            return None
        right = answer.status == HTTPStatus.OK and (
            kind == FEEDBACK or answer.indicators[:1] == ["critical"]
        )
        said = "" if answer.status == HTTPStatus.OK else repr(answer.body)[:200]
        self.calls.append(Call(kind, name, began, time.time(), answer.status, right, said))
        return answer


def _now() -> str:
    return datetime.now(UTC).isoformat()
