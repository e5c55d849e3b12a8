"""A worker: takes jobs from the queue, and delivers with the dispatcher that a process which serves has.

A job only says that something is due; which deliveries it is about is claimed as everywhere else. So a job that is lost
costs time alone: a sweep looks every other second for what nobody was told of, which is retries that have become due
and what a worker had claimed that died.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.app import WorkerOptions
from procrastinate.exceptions import ConnectorException, ProcrastinateException
from procrastinate.jobs import Status

from oneinvoice_impl.clock import SYSTEM_CLOCK, Clock
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseFailure
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts
from oneinvoice_impl.webhooks.dispatcher import Dispatcher, DispatchLimits
from oneinvoice_impl.webhooks.workers.job_queue import DELIVER, QUEUE, JobQueue

logger = logging.getLogger(__name__)

BATCH = 500
"""Deliveries that one job begins at most; the next one may be another worker's."""
PAUSE = 1.0
"""Seconds until a database that can't be used is tried again."""
STALLED = 25.0
"""Seconds without a sign of life after which a worker's job is taken for dead, as its deliveries are by their lease."""

_SWEEP = "sweep"
_EVERY_OTHER_SECOND = "* * * * * */2"
_CONNECTING = 5.0
_CONNECTION = {
    "connect_timeout": 5,
    # A server that is gone without a word is noticed.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
_OPTIONS = WorkerOptions(
    queues=[QUEUE],
    # A job ends when its deliveries have begun, and begins when there is room for more.
    concurrency=1,
    delete_jobs="always",
    fetch_job_polling_interval=1.0,
    update_heartbeat_interval=5.0,
    stalled_worker_timeout=STALLED,
    shutdown_graceful_timeout=1.0,
    install_signal_handlers=False,
)


class DeliveryWorker:
    """Delivers what is due until it is told to stop; a database that goes away is waited for."""

    def __init__(
        self, database: Database, delivery_attempts: DeliveryAttempts, concurrency: int, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        """`concurrency` is the number of deliveries in flight at most. Connect to nothing yet."""
        self._database = database
        self._queue = JobQueue(clock)
        self._dispatcher = Dispatcher(
            database, delivery_attempts, limits=DispatchLimits(total=concurrency), clock=clock
        )
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Have `run` end within seconds. Call it in the event loop."""
        self._stopping.set()

    async def run(self) -> None:
        """Deliver until `stop` is called; what is claimed then and can't end soon is given back."""
        asyncio.get_running_loop().set_exception_handler(_report_unexpected)
        self._dispatcher.start(at_once=False, polls=False)
        working = asyncio.create_task(self._work(), name="jobs")
        stopping = asyncio.create_task(self._stopping.wait())
        # One that fails for a reason that nobody has foreseen ends the process, and is started again.
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        # First, since a job ends when nothing more is claimed.
        await self._dispatcher.stop()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working

    async def _work(self) -> None:
        """Take jobs; begin anew whenever the connections to the database have failed."""
        is_away = False
        while True:
            reason = "a connection was lost"
            app = self._app()
            try:
                async with asyncio.timeout(_CONNECTING):
                    await app.open_async()
                if is_away:
                    logger.warning("worker: the database can be used again.")
                is_away = False
                await app.run_worker_async(**_OPTIONS)
            except (ProcrastinateException, OSError) as error:
                # Without its text, which may name the server and its user.
                reason = type(error if isinstance(error, TimeoutError) else error.__cause__ or error).__name__
            finally:
                # Also what was not opened in time: it would go on trying.
                await app.close_async()
            if not is_away:
                logger.warning("worker: the database can't be used (%s); it is tried again until it can.", reason)
            is_away = True
            await asyncio.sleep(PAUSE)

    def _app(self) -> App:
        connector = PsycopgConnector(
            conninfo=self._database.connection_string, kwargs=_CONNECTION, min_size=1, max_size=2, timeout=_CONNECTING
        )
        app = App(connector=connector)
        app.task(name=DELIVER, queue=QUEUE)(self._deliver)
        sweep = app.task(name=_SWEEP, queue=QUEUE, queueing_lock=_SWEEP, pass_context=True)(self._sweep)
        app.periodic(cron=_EVERY_OTHER_SECOND)(sweep)
        return app

    async def _deliver(self) -> None:
        """Begin a batch of what is due; if that is more than fits in flight, another worker is told too."""
        if await self._dispatcher.drain(1):
            # Where it fails, the sweep finds what is due.
            with suppress(DatabaseFailure):
                await self._database.write(self._queue.defer_if_due)
            await self._dispatcher.drain(BATCH)

    async def _sweep(self, context: JobContext, timestamp: int) -> None:
        """Remove jobs of workers that died, and deliver what is due and nobody was told of."""
        jobs = context.app.job_manager
        for job in await jobs.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED):
            with suppress(ConnectorException):  # another worker was faster
                await jobs.finish_job(job, Status.FAILED, delete_job=True)
        await jobs.prune_stalled_workers(STALLED)
        await self._deliver()


def _report_unexpected(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report what a task failed of that nobody waits for, other than jobs whose end could not be recorded."""
    if not isinstance(context.get("exception"), ProcrastinateException):
        loop.default_exception_handler(context)
