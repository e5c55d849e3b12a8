"""The queue of jobs that tell workers of deliveries which are due; it is Procrastinate's, in the same database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.store.errors import DatabaseFailure
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.delivery_queue import needs_job

T = TypeVar("T")

QUEUE = "webhooks"
DELIVER = "deliver"
"""The job's name, and its queueing lock: one waits at a time, whatever the number of deliveries."""


class JobQueue:
    """Defers jobs in transactions of others, with which they are committed or rolled back."""

    def __init__(self, clock: Clock) -> None:
        """Connect to nothing: each transaction brings its connection."""
        self._app = App(connector=SyncPsycopgConnector())
        self._clock = clock

    def after(self, work: Callable[[Connection], T], connection: Connection) -> T:
        """Run `work` in a transaction, and defer a job if a delivery is due then. Raises `DatabaseFailure`.

        The job comes last: who else is about to defer one waits from then until the transaction has ended.
        """
        result = work(connection)
        self.defer_if_due(connection)
        return result

    def defer_if_due(self, connection: Connection) -> None:
        """Defer a job if a delivery is due, unless one waits already. Raises `DatabaseFailure`."""
        if not needs_job(connection, self._clock(), DELIVER):
            return
        driver = connection.connection.driver_connection
        job = self._app.configure_task(DELIVER, queue=QUEUE, queueing_lock=DELIVER, connection=driver)
        try:
            # What the lock refuses would else end the transaction.
            with connection.begin_nested():
                job.defer()
        except AlreadyEnqueued:
            """Another transaction was faster."""
        except ConnectorException as error:
            cause = error.__cause__
            raise DatabaseFailure(cause if isinstance(cause, Exception) else error) from error
