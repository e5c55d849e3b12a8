"""Metrics and traces that the environment asks for, before anything of them is loaded."""

from __future__ import annotations

import importlib
import os

from oneinvoice_impl.command_line import SetupError

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client, when it is imported, knows the folder of the values."""
_TRACES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def metrics_are_asked_for() -> bool:
    """Tell whether a process that started this one serves metrics."""
    return bool(os.environ.get(FOLDER))


def traces_are_asked_for() -> bool:
    """Tell whether spans have somewhere to go."""
    return any(os.environ.get(name) for name in _TRACES)


def must_have_extra() -> None:
    """Raise `SetupError` if traces are asked for, and can't be made."""
    if not traces_are_asked_for():
        return
    try:
        # Others bring parts of OpenTelemetry, but not this one.
        importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError:
        raise SetupError(
            "Traces need the extra: pip install 'oneinvoice-kit[observability]'; or unset OTEL_EXPORTER_OTLP_ENDPOINT."
        ) from None
