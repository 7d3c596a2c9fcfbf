"""The service as a process of its own, called as an EHR would call it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from tests.service.fakes import bundle, condition, hook_request
from tests.service.processes import soon, taking_calls

ROOT = Path(__file__).parents[2]
SERVE = (sys.executable, "-c", "from service.cli import main; main()", "serve")
SERVICE = "/cds-services/back-numbness-patient-view"
MARKER = "Xqzmarker"
PATIENCE = 90


@dataclass
class Server:
    """A running `backflag serve`; `stop` ends it and gives all that it wrote.

    `settings` are the variables that it is started with. `apart`: it and all its processes are a
    group of their own, so that they can be killed together. It works in a folder of its own, so
    that it finds nothing that another one left, as records that wait. `whole`: it has started when
    all its workers take calls, not only the first.
    """

    workers: int
    settings: dict[str, str] = field(default_factory=dict)
    apart: bool = False
    whole: bool = True
    port: int = field(init=False)
    process: subprocess.Popen[bytes] = field(init=False)
    written: IO[bytes] = field(default_factory=TemporaryFile)
    folder: TemporaryDirectory[str] = field(default_factory=TemporaryDirectory)

    def start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        bare = {key: value for key, value in os.environ.items() if not key.startswith("BACKFLAG_")}
        self.process = subprocess.Popen(
            [*SERVE, "--port", str(self.port), "--workers", str(self.workers)],
            stdout=self.written,  # a pipe that nobody reads would stop the service
            stderr=subprocess.STDOUT,
            env=bare | {"PYTHONPATH": str(ROOT)} | self.settings,
            cwd=self.folder.name,
            start_new_session=self.apart,
        )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if self.call("/readyz")[0] == HTTPStatus.OK and self._all_there():
                    return
            except (URLError, ConnectionError):
                time.sleep(0.05)
        raise AssertionError(f"the service did not start: {self.stop().decode()}")

    def _all_there(self) -> bool:
        if self.workers == 1 or not self.whole:
            return True
        return soon(lambda: len(taking_calls(self.process.pid, self.port)) == self.workers)

    def call(
        self, path: str, body: bytes | None = None, /, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        given = {"Content-Type": "application/json"} | headers
        request = Request(f"http://127.0.0.1:{self.port}{path}", data=body, headers=given)
        try:
            with urlopen(request, timeout=PATIENCE) as response:
                return response.status, json.loads(response.read())
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def kill(self) -> bytes:
        """End all processes of one that is `apart` at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return self._read()

    def stop(self) -> bytes:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return self._read()

    def _read(self) -> bytes:
        self.written.seek(0)
        with self.written, self.folder:
            return self.written.read()


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server(workers=1)
    one.start()
    yield one
    if one.process.returncode is None:
        one.stop()


def marked(value: Any) -> Any:
    """The same with the marker in every text and every key."""
    if isinstance(value, dict):
        return {key: marked(one) for key, one in value.items()} | {MARKER: MARKER}
    if isinstance(value, list):
        return [marked(one) for one in value]
    return f"{value} {MARKER}" if isinstance(value, str) else value


def patient() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"family": MARKER, "given": [MARKER]}],
        "birthDate": "1961-02-03",
        "address": [{"text": MARKER}],
    }


def telling_request() -> dict[str, Any]:
    """A patient who is marked wherever a patient's data may stand."""
    said = condition(
        id=MARKER,
        code={"text": f"saddle numbness {MARKER}"},
        note=[{"text": MARKER}],
        clinicalStatus={"coding": [{"code": "active"}]},
    )
    prefetch = {
        "patient": patient(),
        "conditions": bundle(said, condition(id="c2", recordedDate=MARKER)),
        "observations": bundle({"resourceType": "Observation", "id": MARKER, "code": MARKER}),
        MARKER: marked(condition()),
    }
    body = hook_request(prefetch, hookInstance=MARKER, fhirServer=f"http://localhost/{MARKER}")
    context = {"userId": MARKER, "patientId": "p1", "encounterId": MARKER}
    return body | {"context": context, "fhirAuthorization": {"access_token": MARKER}}


def test_nothing_of_a_patient_is_written(server: Server) -> None:
    told = telling_request()
    bodies = [
        json.dumps(told).encode(),
        json.dumps(marked(told)).encode(),
        json.dumps(told | {"context": {"patientId": [MARKER]}}).encode(),
        json.dumps(told | {"prefetch": {MARKER: MARKER}}).encode(),
        f'{{"hook": "{MARKER}"'.encode(),
        MARKER.encode(),
    ]
    for body in bodies:
        for path in (SERVICE, "/explain/back-numbness-patient-view"):
            status, _ = server.call(path, body, Authorization=f"Bearer {MARKER}")
            assert status < HTTPStatus.INTERNAL_SERVER_ERROR
    server.call(f"/cds-services/{MARKER}?patient={MARKER}", b"{}")
    written = server.stop().decode()
    assert MARKER.lower() not in written.lower()
    assert written.count('"event": "call"') == 2 * len(bodies)


def test_a_call_is_logged_with_counts_and_no_more(server: Server) -> None:
    server.call(SERVICE, json.dumps(hook_request()).encode())
    lines = [json.loads(line) for line in server.stop().splitlines()]
    (call,) = [line for line in lines if line["event"] == "call"]
    assert set(call) == {
        "event", "level", "timestamp", "answer", "hook", "hook_instance", "status",
        "duration_ms", "resources", "met", "cards", "gaps",
    }  # fmt: skip
    assert call["resources"] == {"Condition": 1}
    assert call["hook_instance"] == "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"


def test_the_example_that_make_run_prints_gets_a_critical_card(server: Server) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    example = re.search(r"^EXAMPLE \?= (\S+)$", makefile, re.MULTILINE)
    assert example is not None
    status, body = server.call(SERVICE, (ROOT / example[1]).read_bytes())
    assert status == HTTPStatus.OK
    assert body["cards"][0]["indicator"] == "critical"


def test_several_workers_answer_too() -> None:
    several = Server(workers=2)
    several.start()
    status, body = several.call("/cds-services")
    call = json.dumps(hook_request()).encode()
    answers = [several.call(SERVICE, call)[0] for _ in range(20)]
    with urlopen(f"http://127.0.0.1:{several.port}/metrics", timeout=PATIENCE) as response:
        figures = response.read().decode()
    several.stop()
    assert status == HTTPStatus.OK
    assert body["services"]
    assert answers == [HTTPStatus.OK] * 20
    # whichever worker is asked tells of all
    assert 'backflag_calls_total{answer="hook",status="200"} 20.0' in figures
    assert several.process.returncode == 0


def test_a_port_that_is_taken_is_said_and_ends_with_status_1(server: Server) -> None:
    done = subprocess.run(
        [*SERVE, "--port", str(server.port)],
        capture_output=True,
        cwd=ROOT,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert b"address already in use" in done.stderr
    assert b"Traceback" not in done.stderr
