"""`oneinvoice-service worker`: deliver webhooks in a process of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from typing import TYPE_CHECKING

import click

from oneinvoice_impl.command_line import SetupError
from oneinvoice_impl.service.cli.metrics_option import metrics_option

if TYPE_CHECKING:
    from oneinvoice_impl.store.database import Database
    from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption
    from oneinvoice_impl.webhooks.url_policy import UrlPolicy
    from oneinvoice_impl.webhooks.workers.delivery_worker import DeliveryWorker

CONCURRENCY = 50
MOST = 500
GRACE = 8.0
"""Seconds after which a worker that was told to stop ends, whatever the database does."""


@click.command("worker")
@click.option(
    "--concurrency",
    type=click.IntRange(1, MOST),
    default=CONCURRENCY,
    show_default=True,
    help="The number of deliveries in flight at most.",
)
@metrics_option
def worker(concurrency: int, metrics: tuple[str, int] | None) -> None:
    """Deliver webhooks, beside other workers.

    Those that serve are told by ONEINVOICE_DELIVERIES=workers to leave it to them. Needs the same database and
    ONEINVOICE_SECRET_KEY as they do.
    """
    database, encryption, policy = _prepared()
    import uvloop

    from oneinvoice_impl.service.observing.asked import must_have_extra
    from oneinvoice_impl.service.observing.exporter import metrics_served
    from oneinvoice_impl.service.observing.watcher import observed_attempts, watchers
    from oneinvoice_impl.webhooks.workers.delivery_worker import DeliveryWorker

    must_have_extra()
    # What they have to say is said by the worker, in one line.
    for name in ("procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with metrics_served(metrics, database.url.render_as_string(hide_password=False)):
        watching = watchers()
        attempts = observed_attempts(watching)(encryption, policy)
        click.echo("The worker delivers; Ctrl-C stops it.")
        uvloop.run(_run(DeliveryWorker(database, attempts, concurrency)))
        for watcher in watching:
            watcher.close()
    database.close()


def _prepared() -> tuple[Database, SecretEncryption, UrlPolicy]:
    """Return the database, what signs, and where it may send. Raises `ClickException` for what is not set up."""
    from oneinvoice_impl.service.environment import problems_told
    from oneinvoice_impl.service.observing.logs import begin_log
    from oneinvoice_impl.service.start import must_read_secrets
    from oneinvoice_impl.settings import Settings
    from oneinvoice_impl.store.database import Database
    from oneinvoice_impl.store.schema import require_current
    from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption
    from oneinvoice_impl.webhooks.url_policy import UrlPolicy

    with problems_told():
        settings = Settings.from_environment(os.environ)
        begin_log(settings.log)
        database = Database(settings.database_url)
        database.require_postgresql("Workers")
        if settings.secret_key is None:
            raise SetupError("A worker can't sign without ONEINVOICE_SECRET_KEY; set it to that of those that serve.")
        encryption = SecretEncryption(settings.secret_key)
        encryption.prepare()
        require_current(database)
        must_read_secrets(database, settings)
    policy = UrlPolicy(settings.webhook_ports, settings.webhooks_to_loopback, settings.webhook_networks)
    return database, encryption, policy


async def _run(worker: DeliveryWorker) -> None:
    """Run a worker until SIGINT or SIGTERM."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    running = asyncio.create_task(worker.run())
    await asyncio.wait({running, asyncio.create_task(stopping.wait())}, return_when=asyncio.FIRST_COMPLETED)
    # Whatever waits for a database that answers nothing ends too: what was being sent is sent again after its lease.
    last = threading.Timer(GRACE, os._exit, (0,))
    last.daemon = True
    last.start()
    worker.stop()
    await running
