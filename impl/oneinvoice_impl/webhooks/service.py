"""The webhooks of an application, as the rest of it uses them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from oneinvoice_impl.clock import SYSTEM_CLOCK, Clock
from oneinvoice_impl.domain.event import EVENTS
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.delivery_queue import DeliveryContent
from oneinvoice_impl.webhooks import outbox
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts
from oneinvoice_impl.webhooks.dispatcher import Dispatcher
from oneinvoice_impl.webhooks.secret_encryption import EncryptionProblem, SecretEncryption
from oneinvoice_impl.webhooks.url_policy import UrlPolicy

if TYPE_CHECKING:
    from oneinvoice_impl.webhooks.workers.job_queue import JobQueue

T = TypeVar("T")
MakeAttempts = Callable[[SecretEncryption, UrlPolicy, Clock], DeliveryAttempts]

logger = logging.getLogger(__name__)


class WebhookService:
    """The URL policy, the encryption of secrets and the dispatcher of one application.

    `events` are those that an endpoint can subscribe to.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock = SYSTEM_CLOCK,
        delivery_attempts: MakeAttempts = DeliveryAttempts,
    ) -> None:
        self.clock = clock
        self.recorder: outbox.Recorder = outbox.record
        self.events: tuple[str, ...] = EVENTS
        self.url_policy = UrlPolicy(settings.webhook_ports, settings.webhooks_to_loopback, settings.webhook_networks)
        self.encryption = encryption_of(database, settings)
        self._database = database
        self._delivery_attempts = delivery_attempts(self.encryption, self.url_policy, clock)
        self._dispatcher = Dispatcher(database, self._delivery_attempts, clock=clock)
        self._queue = _queue(clock) if settings.has_workers else None

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query`."""
        return await self._database.run(query)

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction; once it is committed, what it stored in the outbox is sent at once."""
        recording = partial(outbox.recording, self.recorder, work)
        if self._queue is not None:
            return await self._database.write(partial(self._queue.after, recording))
        result = await self._database.write(recording)
        self._dispatcher.wake()
        return result

    async def replace_all(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction, which has other data in the place of all that there is; nothing is sent then."""
        return await self._dispatcher.replace_all(work)

    def headers(self, content: DeliveryContent) -> dict[str, str]:
        """Return the headers of an attempt at this moment. Raises `EncryptionProblem`."""
        return self._delivery_attempts.headers(content, self.clock())

    async def deliver_due(self, seconds: float) -> bool:
        """Deliver at once what is due, as the time was changed; return once that is done, or False after a time."""
        return await self._dispatcher.deliver_due(seconds)

    async def start(self) -> None:
        """Begin to deliver, in the running event loop, unless workers do."""
        try:
            self.encryption.prepare()
        except EncryptionProblem as problem:
            # The API works without webhooks.
            logger.warning("webhooks: %s", problem)
        if self._queue is not None:
            return
        # Whoever stores an event in memory wakes it, and none is there from before: the start waits for no query.
        self._dispatcher.start(at_once=not self._database.in_memory)

    async def stop(self) -> None:
        """Stop delivering; nothing is lost."""
        await self._dispatcher.stop()


def _queue(clock: Clock) -> JobQueue:
    # Imported here: where there are no workers, nothing needs it.
    from oneinvoice_impl.webhooks.workers.job_queue import JobQueue

    return JobQueue(clock)


def encryption_of(database: Database, settings: Settings) -> SecretEncryption:
    """Return what encrypts the secrets of a database; an SQLite file has its key in a file beside it."""
    file = None if database.file is None else Path(f"{database.file}.key")
    return SecretEncryption(settings.secret_key, file, ephemeral=database.in_memory)
