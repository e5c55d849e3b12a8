"""Count the requests of each key, without making any of them wait for it.

They are counted in memory, and written every few seconds, when the application stops, and before a page shows them.
What was refused with 429 is not counted: it costs the key nothing, and what is shown is compared with its limit.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.store.accounts.key_usage import Usage, add_usage
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseFailure

logger = logging.getLogger(__name__)

_HOUR = timedelta(hours=1)
INTERVAL = 5.0
"""Seconds between two writes. A process that is killed loses what it counted since the last."""


class KeyUsage:
    """Counter of the requests of keys. Used from one event loop at a time."""

    def __init__(self, database: Database, clock: Clock, interval: float = INTERVAL) -> None:
        self._database = database
        self._clock = clock
        self._interval = interval
        self._requests: Counter[tuple[str, datetime]] = Counter()
        self._last: dict[str, datetime] = {}
        self._hour = datetime.fromtimestamp(0, UTC)
        self._writing = asyncio.Lock()
        self._counted = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def count(self, key_id: str) -> None:
        """Count a request of a key that is served."""
        at = self._clock()
        if not self._hour <= at < self._hour + _HOUR:
            self._hour = at.replace(minute=0, second=0, microsecond=0)
        self._requests[key_id, self._hour] += 1
        self._last[key_id] = at
        self._counted.set()

    def start(self) -> None:
        """Begin to write now and then, in the running event loop."""
        self._task = asyncio.create_task(self._write_now_and_then(), name="key use")

    async def stop(self) -> None:
        """Write what is left, and no more."""
        self._stopping.set()
        self._counted.set()
        if self._task is not None:
            await self._task
        # It may never have run.
        await self._write_or_log()

    async def flush(self) -> None:
        """Write all that was counted so far. Raises `DatabaseFailure`; nothing is lost then."""
        async with self._writing:
            if not self._requests:
                return
            usage = Usage(self._requests, self._last)
            self._requests, self._last = Counter(), {}
            try:
                await self._database.write(partial(add_usage, usage=usage))
            except Exception:
                self._requests.update(usage.requests)
                self._last = {**usage.last, **self._last}
                raise

    @asynccontextmanager
    async def forgetting(self) -> AsyncIterator[None]:
        """Write nothing during the block, and forget what was counted if it ends without error: its keys are others."""
        async with self._writing:
            yield
            self._requests, self._last = Counter(), {}

    async def _write_now_and_then(self) -> None:
        while not self._stopping.is_set():
            # A thousand sandboxes that nobody uses cost nothing.
            await self._counted.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._interval)
            self._counted.clear()
            await self._write_or_log()
            if self._requests:  # also those that could not be written
                self._counted.set()

    async def _write_or_log(self) -> None:
        try:
            await self.flush()
        except DatabaseFailure as error:
            logger.error("key use: database error: %s", error)
        except Exception:
            logger.exception("key use: unexpected error")
