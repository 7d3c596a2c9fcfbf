"""Traces of calls for who collects them: off by default, an extra, and never with a patient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

from service.settings import BadSettings, Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

NAME = "backflag"
ALLOWED = ("answer", "client", "hook", "hook_instance", "status", "why", "met", "cards")
"""What a span may tell of a call, of that which is logged."""

END = 2
"""Seconds that the end of the service waits for traces that are still to be sent."""

Note = Callable[[Mapping[str, Any]], None]


class NoSpans:
    """Nothing is traced."""

    def call(self, parent: str | None) -> AbstractContextManager[Note]:
        """A whole call; `parent` is what the client says of its own span (traceparent).

        Gives what is to be told, once, of what became known of it.
        """
        return nullcontext(_untold)

    def step(self, name: str) -> AbstractContextManager[object]:
        """A step of the call that is under way."""
        return nullcontext()

    def close(self) -> None:
        """Send what is still to be sent, in bounded time."""


class Spans(NoSpans):
    """Spans that go to a collector. No error's text is kept in them, whatever breaks."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(NAME)

    @contextmanager
    def call(self, parent: str | None) -> Iterator[Note]:
        """See `NoSpans`. Nothing but the ids is taken from the client, for the rest is words."""
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        context = TraceContextTextMapPropagator().extract({"traceparent": parent or ""})
        with self._tracer.start_as_current_span(
            "call",
            context,
            SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield partial(_tell, span)

    def step(self, name: str) -> AbstractContextManager[object]:
        """See `NoSpans`."""
        return self._tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False
        )

    def close(self) -> None:
        """See `NoSpans`."""
        ending = Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(END)


def spans_of(settings: Settings) -> NoSpans:
    """What traces, as the settings want it; where it sends to, the `OTEL_…` variables say.

    Raises:
        BadSettings: the packages of the extra are not there.
    """
    if settings.traces == "off":
        return NoSpans()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        text = "BACKFLAG_TRACES: tracing is an extra: pip install 'backflag[otel]'"
        raise BadSettings(text) from None
    provider = TracerProvider(resource=Resource.create({"service.name": NAME}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Spans(provider)


def _tell(span: Span, known: Mapping[str, Any]) -> None:
    for name in ALLOWED:
        if known.get(name) is not None:
            span.set_attribute(f"{NAME}.{name}", known[name])


def _untold(_known: Mapping[str, Any]) -> None:
    """There is nobody to tell."""
