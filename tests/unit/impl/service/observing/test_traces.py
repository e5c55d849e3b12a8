"""A span for each request, below its client's, and one for each call of the database in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from oneinvoice_impl.service.observing.requests import ObservedRequests
from oneinvoice_impl.service.observing.traces import Traces
from oneinvoice_impl.service.observing.watcher import ObservedDatabase
from oneinvoice_impl.store.errors import DatabaseFailure
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.unit.impl.asgi_client import ask

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traces(exporter: InMemorySpanExporter) -> Traces:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Traces(provider)


def attributes(span: ReadableSpan) -> Mapping[str, Any]:
    return span.attributes or {}


def test_a_request_and_what_it_asks_of_the_database(exporter: InMemorySpanExporter, traces: Traces) -> None:
    database = ObservedDatabase("sqlite://", [traces])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await database.run(lambda connection: None)
        with pytest.raises(DatabaseFailure):
            await database.run(lambda connection: connection.exec_driver_sql("SELECT nothing"))
        scope.update({"endpoint": app, "path_params": {"token": "dGhpcyBpcyBubyB0b2tlbiE"}})
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    observed = ObservedRequests(app, [], [traces])
    ask(observed, "/q/dGhpcyBpcyBubyB0b2tlbiE?secret=1", [("traceparent", PARENT)])
    database.close()
    call, failed, request = exporter.get_finished_spans()
    assert request.name == "GET /q/{token}"
    assert request.parent is not None
    assert f"{request.parent.trace_id:032x}-{request.parent.span_id:016x}" in PARENT
    assert attributes(request)["http.route"] == "/q/{token}"
    assert attributes(request)["http.response.status_code"] == 500
    assert str(attributes(request)["oneinvoice.request_id"]).startswith("req_")
    assert not request.status.is_ok
    assert [span.parent.span_id for span in (call, failed) if span.parent] == [request.context.span_id] * 2
    assert [span.status.description for span in (call, failed)] == [None, "OperationalError"]
    everything = "".join(span.to_json() for span in (call, failed, request))
    assert "secret" not in everything
    assert "dGhpcyBpcyBubyB0b2tlbiE" not in everything


def test_calls_outside_of_requests_are_no_spans(exporter: InMemorySpanExporter, traces: Traces) -> None:
    database = ObservedDatabase("sqlite://", [traces])
    asyncio.run(database.run(lambda connection: None))
    database.close()
    assert exporter.get_finished_spans() == ()


def test_attempts(exporter: InMemorySpanExporter, traces: Traces) -> None:
    class Of:
        event, delivery_id, status, delivered = "invoice.paid", "dlv_1", 200, True

    traces.end_attempt(traces.begin_attempt(Of()), Of(), 0.1)  # type: ignore[arg-type]
    traces.end_attempt(traces.begin_attempt(Of()), None, 0.1)  # type: ignore[arg-type]
    done, broken_off = exporter.get_finished_spans()
    assert attributes(done) == {
        "oneinvoice.event": "invoice.paid",
        "oneinvoice.delivery": "dlv_1",
        "http.response.status_code": 200,
    }
    assert not broken_off.status.is_ok
