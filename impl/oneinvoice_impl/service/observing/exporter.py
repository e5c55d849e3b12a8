"""Metrics of all processes of a service, at an address of their own, so that the public one has none."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from oneinvoice_impl.command_line import SetupError
from oneinvoice_impl.service.observing.asked import FOLDER
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseFailure
from oneinvoice_impl.store.webhooks.backlog import backlog

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_SECONDS = 2.0
"""The time that the database has to tell of deliveries; without an answer they are left out."""


@contextmanager
def metrics_served(address: tuple[str, int] | None, database_url: str) -> Iterator[None]:
    """Have this process, and those that it starts in the block, count; and serve what they counted at an address.

    The database at that URL tells which deliveries wait. Without an address nothing is counted. Raises `SetupError`.
    """
    if address is None:
        os.environ.pop(FOLDER, None)
        yield
        return
    with tempfile.TemporaryDirectory(prefix="oneinvoice-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER] = folder
        try:
            from prometheus_client import CollectorRegistry, start_http_server
            from prometheus_client.multiprocess import MultiProcessCollector
        except ImportError:
            raise SetupError(
                "Metrics need the extra: pip install 'oneinvoice-kit[observability]'; or leave out --metrics "
                "(ONEINVOICE_METRICS)."
            ) from None
        registry = CollectorRegistry()
        registry.register(_Ended(Path(folder)))
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        # Of its own, since one belongs to one event loop.
        database = Database(database_url)
        registry.register(_Deliveries(database))
        host, port = address
        try:
            server, thread = start_http_server(port, host, registry)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "no such host"
            raise SetupError(
                f"Metrics can't be served at {host}:{port} ({reason}); give another address with --metrics "
                "(ONEINVOICE_METRICS)."
            ) from error
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
            database.close()


class _Ended:
    """Collector that has no metric: it removes gauges of processes that have ended, before others are read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def describe(self) -> Iterator[Metric]:
        yield from ()

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.multiprocess import mark_process_dead

        for pid in {int(path.stem.rpartition("_")[2]) for path in self._folder.glob("gauge_live*.db")}:
            if not _lives(pid):
                mark_process_dead(pid, str(self._folder))  # type: ignore[no-untyped-call]
        yield from ()


class _Deliveries:
    """Collector of the deliveries that wait, which the database knows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterator[Metric]:
        yield from ()

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        try:
            pending, oldest = asyncio.run(asyncio.wait_for(self._database.run(backlog), _SECONDS))
        except (DatabaseFailure, TimeoutError):
            yield GaugeMetricFamily("oneinvoice_database_up", "Whether the database answers.", 0)
            return
        age = 0.0 if oldest is None else max(0.0, (datetime.now(UTC) - oldest).total_seconds())
        yield GaugeMetricFamily("oneinvoice_database_up", "Whether the database answers.", 1)
        yield GaugeMetricFamily("oneinvoice_webhook_deliveries_pending", "Deliveries not ended.", pending)
        yield GaugeMetricFamily(
            "oneinvoice_webhook_oldest_due_seconds", "Time since the oldest one was to be attempted.", age
        )


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
