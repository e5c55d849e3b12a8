"""Who asks for metrics or traces without the extra is told at the start."""

from __future__ import annotations

import sys

import pytest
from oneinvoice_impl.command_line import SetupError
from oneinvoice_impl.service.observing.asked import must_have_extra
from oneinvoice_impl.service.observing.exporter import metrics_served


def test_traces_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    must_have_extra()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    with pytest.raises(SetupError, match=r"^Traces need the extra: pip install 'oneinvoice-kit\[observability\]'"):
        must_have_extra()


def test_metrics_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    with metrics_served(None, "sqlite://"):
        """Nobody asks for them."""
    with (
        pytest.raises(SetupError, match=r"^Metrics need the extra: pip install 'oneinvoice-kit\[observability\]'"),
        metrics_served(("127.0.0.1", 9464), "sqlite://"),
    ):
        raise AssertionError
