"""Traces of calls at a collector of this machine: what they tell, and what they never do."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from service.settings import BadSettings, Settings
from service.tracing import END, spans_of
from tests.service.fakes import hook_request
from tests.service.test_serving import (
    MARKER,
    PATIENCE,
    ROOT,
    SERVICE,
    Server,
    marked,
    telling_request,
)

EXAMPLE = ROOT / "knowledge" / "patients" / "us-saddle-numbness.request.json"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@dataclass
class Collector:
    """Takes what is sent to it; `silent`: it takes it and never answers."""

    silent: bool = False
    bodies: list[bytes] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        collector = self

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                if collector.silent:
                    collector.released.wait(PATIENCE)
                self.send_response(HTTPStatus.OK)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def settings(self) -> dict[str, str]:
        address = f"http://127.0.0.1:{self.server.server_address[1]}"
        return {"BACKFLAG_TRACES": "on", "OTEL_EXPORTER_OTLP_ENDPOINT": address}

    def spans(self) -> list[Any]:
        found = []
        for body in self.bodies:
            sent = ExportTraceServiceRequest.FromString(body)
            for of_resource in sent.resource_spans:
                for of_scope in of_resource.scope_spans:
                    found += of_scope.spans
        return found

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    one = Collector()
    yield one
    one.close()


def told(span: Any) -> dict[str, Any]:
    return {
        one.key.removeprefix("backflag."): one.value.string_value or one.value.int_value
        for one in span.attributes
    }


def test_a_call_is_a_span_with_its_steps_in_the_trace_of_the_client(collector: Collector) -> None:
    server = Server(1, collector.settings)
    server.start()
    server.call(SERVICE, EXAMPLE.read_bytes(), traceparent=PARENT)
    server.stop()
    (call,) = [one for one in collector.spans() if one.name == "call"]
    assert call.trace_id.hex() == TRACE
    facts = told(call)
    assert (facts["answer"], facts["hook"], facts["status"]) == ("hook", "patient-view", 200)
    assert facts["cards"] >= 1
    steps = {one.name for one in collector.spans() if one.parent_span_id == call.span_id}
    assert steps == {"read", "judge"}


def test_look_ups_are_a_step(collector: Collector) -> None:
    server = Server(1, collector.settings)
    server.start()
    nowhere = hook_request({}, fhirServer="http://127.0.0.1:1/fhir")
    server.call(SERVICE, json.dumps(nowhere).encode())
    server.stop()
    names = [one.name for one in collector.spans()]
    assert names.count("look up") == 1
    (call,) = [one for one in collector.spans() if one.name == "call"]
    assert told(call)["status"] == HTTPStatus.PRECONDITION_FAILED


def test_no_span_has_a_word_of_a_patient_or_a_client(collector: Collector) -> None:
    server = Server(1, collector.settings)
    server.start()
    request = telling_request()
    strange = {"traceparent": f"00-{MARKER}", "tracestate": f"a={MARKER}", "baggage": f"a={MARKER}"}
    headers = [strange, strange | {"traceparent": PARENT}]
    bodies = [
        json.dumps(request).encode(),
        json.dumps(marked(request)).encode(),
        json.dumps(request | {"context": {"patientId": [MARKER]}}).encode(),
        f'{{"hook": "{MARKER}"'.encode(),
    ]
    for body in bodies:
        for more in headers:
            server.call(SERVICE, body, Authorization=f"Bearer {MARKER}", **more)
    server.stop()
    assert len([one for one in collector.spans() if one.name == "call"]) == len(bodies) * 2
    assert all(MARKER.lower() not in body.decode("latin-1").lower() for body in collector.bodies)


def test_a_collector_that_hangs_keeps_neither_calls_nor_the_end() -> None:
    collector = Collector(silent=True)
    server = Server(1, collector.settings | {"OTEL_BSP_SCHEDULE_DELAY": "100"})
    server.start()
    try:
        for _ in range(5):
            assert server.call(SERVICE, EXAMPLE.read_bytes())[0] == HTTPStatus.OK
        until = time.monotonic() + PATIENCE
        while not collector.bodies:
            assert time.monotonic() < until
            time.sleep(0.05)
        started = time.monotonic()
        server.stop()
        assert server.process.returncode == 0
        assert time.monotonic() - started < END + 15, "it waits for nobody who does not answer"
    finally:
        collector.close()


def test_without_the_extra_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(BadSettings, match=r"^BACKFLAG_TRACES: .*backflag\[otel\]"):
        spans_of(Settings(traces="on"))


def test_nothing_is_traced_unless_it_is_asked_for(collector: Collector) -> None:
    server = Server(1, collector.settings | {"BACKFLAG_TRACES": "off"})
    server.start()
    server.call(SERVICE, EXAMPLE.read_bytes())
    server.stop()
    assert not collector.bodies
