"""Queue of transactions on an SQLite file, which allows one writer at a time.

All run in one thread, so that none meets a lock. Transactions that wait at the same moment share a commit, and none
returns before it. If one of them fails, the shared transaction is rolled back and the others run again without it. A
savepoint for each would avoid that, but costs as much as a transaction, and failures are rare.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")

_MOST_TOGETHER = 50
_SPACING = 0.01
"""Seconds from the beginning of a commit that several shared to that of the next. A commit takes three times as long of
the processor as an event, and the sooner the disk is done with it, the fewer share one."""

_Work = Callable[[Connection], Any]
_Result = tuple[Any, BaseException | None]


class SqliteWriteQueue:
    """Queue of transactions that one thread runs. Used from one event loop at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._waiting: deque[tuple[_Work, asyncio.Future[Any]]] = deque()
        self._busy = False
        self._next = 0.0
        self._closing = threading.Event()

    async def write(self, work: Callable[[Connection], T], *, first: bool = False) -> T:
        """Run `work`; returns once it is committed. Raises what it raises, and `SQLAlchemyError` if commit fails.

        `first` is before all others that wait.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        (self._waiting.appendleft if first else self._waiting.append)((work, future))
        if not self._busy:
            self._begin(loop)
        return await future

    def close(self) -> None:
        """Wait for what runs."""
        self._closing.set()
        self._thread.shutdown()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._busy = True
        self._thread.submit(self._write, loop)

    def _write(self, loop: asyncio.AbstractEventLoop) -> None:
        if len(self._waiting) < _MOST_TOGETHER:
            self._closing.wait(max(0.0, self._next - time.monotonic()))
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_TOGETHER))]
        self._next = time.monotonic() + _SPACING if len(batch) > 1 else 0.0
        results = self.commit([work for work, _ in batch])
        try:
            loop.call_soon_threadsafe(self._end, [future for _, future in batch], results, loop)
        except RuntimeError:
            # The loop was closed meanwhile: nobody waits any more.
            self._busy = False

    def _end(self, futures: list[asyncio.Future[Any]], results: list[_Result], loop: asyncio.AbstractEventLoop) -> None:
        self._busy = False
        for future, (value, error) in zip(futures, results, strict=True):
            # Who no longer waits has cancelled it.
            with suppress(asyncio.InvalidStateError):
                future.set_result(value) if error is None else future.set_exception(error)
        if self._waiting and not self._busy:
            self._begin(loop)

    def commit(self, batch: list[_Work]) -> list[_Result]:
        """Run all in one transaction: the value or the error of each."""
        try:
            with self._engine.begin() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return [(_run(work, connection, position), None) for position, work in enumerate(batch)]
        except _Failed as failed:
            # It took the others with it: they run again without it.
            before, after = batch[: failed.position], batch[failed.position + 1 :]
            return [
                *(self.commit(before) if before else ()),
                (None, failed.error),
                *(self.commit(after) if after else ()),
            ]
        except Exception as error:
            return [(None, error)] * len(batch)


class _Failed(Exception):
    """Raised where one of the transactions that share a commit fails, with its position."""

    def __init__(self, position: int, error: Exception) -> None:
        super().__init__(position, error)
        self.position = position
        self.error = error


def _run(work: _Work, connection: Connection, position: int) -> Any:
    try:
        return work(connection)
    except Exception as error:
        raise _Failed(position, error) from error
