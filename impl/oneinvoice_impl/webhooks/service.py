"""Webhooks as the rest of the application uses them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from oneinvoice_impl.clock import SYSTEM_CLOCK, Clock
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.delivery_queue import Parcel
from oneinvoice_impl.webhooks.delivery_attempts import Courier
from oneinvoice_impl.webhooks.dispatcher import Dispatcher
from oneinvoice_impl.webhooks.secret_encryption import Vault, VaultProblem
from oneinvoice_impl.webhooks.url_policy import Guard

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Webhooks:
    """The guard, the vault and the dispatcher of one application."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock = SYSTEM_CLOCK,
        courier: type[Courier] = Courier,
    ) -> None:
        self.clock = clock
        self.guard = Guard(settings.webhook_ports, settings.webhooks_to_loopback)
        self.vault = _vault(database, settings)
        self._database = database
        self._courier = courier(self.vault, self.guard, clock)
        self._dispatcher = Dispatcher(database, self._courier, clock=clock)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query`."""
        return await self._database.run(query)

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction; once it is committed, what it stored in the outbox is sent at once."""
        result = await self._database.write(work)
        self._dispatcher.wake()
        return result

    def headers(self, parcel: Parcel) -> dict[str, str]:
        """What an attempt now would carry. Raises `VaultProblem`."""
        return self._courier.headers(parcel, self.clock())

    def wake(self) -> None:
        """Look at once for what is due; the time was changed. Call it in the event loop."""
        self._dispatcher.wake()

    async def start(self) -> None:
        """Begin to deliver, in the running event loop."""
        try:
            self.vault.prepare()
        except VaultProblem as problem:
            # The API works without webhooks.
            logger.warning("webhooks: %s", problem)
        self._dispatcher.start()

    async def stop(self) -> None:
        """Stop delivering; nothing is lost."""
        await self._dispatcher.stop()


def _vault(database: Database, settings: Settings) -> Vault:
    file = None if database.file is None else Path(f"{database.file}.key")
    return Vault(settings.secret_key, file, ephemeral=database.in_memory)
