"""Traces of a process, by OpenTelemetry; import it where they are asked for.

A span for each request, and below it one for each of its calls of the database; and one for each attempt at a delivery.
Where spans go, and how many, is for the variables `OTEL_…` of the standard to say.
"""

from __future__ import annotations

import os
from threading import Thread
from typing import Any, NamedTuple

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from oneinvoice_impl.store.webhooks.delivery_queue import Claim, Outcome

_PROPAGATED = (b"traceparent", b"tracestate")
_CLOSING_SECONDS = 3.0


class _Begun(NamedTuple):
    span: Span
    token: Any


class Traces:
    """Watcher that sends spans."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        """`provider` is by default one that sends to OTEL_EXPORTER_OTLP_ENDPOINT."""
        self._provider = provider or _provider()
        self._tracer = self._provider.get_tracer("oneinvoice")
        self._propagator = TraceContextTextMapPropagator()

    def begin_request(self, scope: Scope) -> _Begun:
        """Begin a span, below that of a client that sends `traceparent` (W3C Trace Context)."""
        carried = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _PROPAGATED}
        parent = self._propagator.extract(carried) if carried else context.Context()
        span = self._tracer.start_span(scope["method"], parent, SpanKind.SERVER)
        return _Begun(span, context.attach(trace.set_span_in_context(span, parent)))

    def end_request(
        self, begun: _Begun, *, request_id: str, method: str, route: str, status: int, seconds: float
    ) -> None:
        """End it, with the route's template alone."""
        span = begun.span
        span.update_name(f"{method} {route}")
        span.set_attributes(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
                "oneinvoice.request_id": request_id,
            }
        )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        context.detach(begun.token)
        span.end()

    def begin_call(self, kind: str) -> Span | None:
        """Begin a span, if the call is of a request: who looks for deliveries asks every second."""
        if not trace.get_current_span().is_recording():
            return None
        return self._tracer.start_span(f"database {kind}", kind=SpanKind.CLIENT)

    def end_call(self, begun: Span | None, failure: str | None) -> None:
        """End it."""
        if begun is not None:
            if failure is not None:
                begun.set_status(Status(StatusCode.ERROR, failure))
            begun.end()

    def begin_attempt(self, claim: Claim) -> Span:
        """Begin a span; where it goes to is the organisation's, and not told."""
        attributes = {"oneinvoice.event": claim.event, "oneinvoice.delivery": claim.delivery_id}
        return self._tracer.start_span("webhook", context.Context(), SpanKind.CLIENT, attributes)

    def end_attempt(self, begun: Span, outcome: Outcome | None, seconds: float) -> None:
        """End it."""
        if outcome is not None and outcome.status is not None:
            begun.set_attribute("http.response.status_code", outcome.status)
        if outcome is None or not outcome.delivered:
            begun.set_status(Status(StatusCode.ERROR))
        begun.end()

    def close(self) -> None:
        """Send what is left, unless nobody takes it in time."""
        sending = Thread(target=self._provider.shutdown, name="traces", daemon=True)
        sending.start()
        sending.join(_CLOSING_SECONDS)


def _provider() -> TracerProvider:
    name = os.environ.get("OTEL_SERVICE_NAME", "oneinvoice-service")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
