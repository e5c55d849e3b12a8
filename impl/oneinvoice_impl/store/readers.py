"""Readers of a database: where the queries of the API run, so that they wait for nobody who writes or delivers.

SQLite answers a short query in less time than it takes to ask a thread, and no writer holds it up: it is asked in the
event loop itself. PostgreSQL is asked in threads, each of which keeps its connection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from oneinvoice_impl.store.calls.bounded_threads import BoundedThreads
from oneinvoice_impl.store.calls.postgres_connections import PostgresConnections

T = TypeVar("T")

THREADS = 4
_CANCELLED = "57014"  # SQLSTATE of a statement that took too long


class Busy(Exception):
    """The query can't be run in place now."""


class Reader(Protocol):
    """Runs queries that change nothing, each of which may run twice."""

    in_place: bool
    """Whether short queries run in the event loop."""

    def read_at_once(self, query: Callable[[Connection], T]) -> T:
        """Run a short query. Raises `Busy` if it would have to wait, whatever for."""

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query in a thread. Raises `SQLAlchemyError`, `Overdue` and `AllBusy`."""

    def close(self) -> None:
        """Wait for queries that run, and close connections."""


class SqliteFileReader:
    """Runs short queries on a connection that the event loop keeps; others in the `threads`."""

    in_place = True

    def __init__(self, engine: Engine, threads: BoundedThreads) -> None:
        self._engine = engine
        self._threads = threads
        self._kept: Connection | None = None

    def read_at_once(self, query: Callable[[Connection], T]) -> T:
        """Run a short query. Raises `Busy` for what a thread may mend."""
        try:
            if self._kept is None:
                self._kept = self._engine.connect()
                # The event loop waits for no lock.
                self._kept.exec_driver_sql("PRAGMA busy_timeout = 0")
            return query(self._kept)
        except DBAPIError as error:
            self.close()
            raise Busy from error

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query in a thread. Raises `SQLAlchemyError`, `Overdue` and `AllBusy`."""
        return await self._threads.run(self._read, query)

    def close(self) -> None:
        """Close the connection that is kept."""
        if self._kept is not None:
            connection, self._kept = self._kept, None
            _close(connection)

    def _read(self, query: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return query(connection)


class SqliteMemoryReader:
    """Runs short queries in the event loop on the one connection of data in memory, unless somebody else has it.

    To take it from the pool for each takes as long as to look a key up.
    """

    in_place = True

    def __init__(self, engine: Engine, threads: BoundedThreads, taken: threading.Lock) -> None:
        """`taken` is held by whoever has the connection from the pool."""
        self._engine = engine
        self._threads = threads
        self._taken = taken
        self._kept: Connection | None = None

    def read_at_once(self, query: Callable[[Connection], T]) -> T:
        """Run a short query. Raises `Busy` if somebody else has the connection, and for what a thread may mend."""
        if not self._taken.acquire(blocking=False):
            raise Busy
        try:
            if self._kept is None:
                self._kept = _beside_the_pool(self._engine).connect()
            return query(self._kept)
        except DBAPIError as error:
            raise Busy from error
        finally:
            self._taken.release()

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query in a thread. Raises `SQLAlchemyError`, `Overdue` and `AllBusy`."""
        return await self._threads.run(self._read, query)

    def close(self) -> None:
        """Do nothing: the connection is the pool's, which closes it."""

    def _read(self, query: Callable[[Connection], T]) -> T:
        with self._taken, self._engine.connect() as connection:
            return query(connection)


def _beside_the_pool(engine: Engine) -> Engine:
    """Return another engine on the same connection of the driver, which neither begins nor ends anything on it."""
    pooled = engine.raw_connection()
    opened: Any = pooled.driver_connection
    pooled.close()
    return create_engine(engine.url, creator=lambda: opened, poolclass=StaticPool, pool_reset_on_return=None)


class PostgresReader:
    """Runs all queries in threads of its own; none begins or ends a transaction, so that it is one round trip each."""

    in_place = False

    def __init__(self, engine: Engine, connections: PostgresConnections, threads: BoundedThreads) -> None:
        """`threads` are nobody else's, and `connections` those of `engine`."""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connections = connections
        self._threads = threads
        self._kept: dict[int, Connection] = {}

    def read_at_once(self, query: Callable[[Connection], T]) -> T:
        """Raise `Busy`: the event loop doesn't wait for a network."""
        raise Busy

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query in a thread. Raises `SQLAlchemyError`, `Overdue` and `AllBusy`."""
        return await self._threads.run(self._read, query)

    def close(self) -> None:
        """Wait for queries that run, and close their connections."""
        self._threads.close()
        while self._kept:
            _close(self._kept.popitem()[1])

    def _read(self, query: Callable[[Connection], T]) -> T:
        thread = threading.get_ident()
        kept = self._kept.get(thread)
        if kept is not None:
            try:
                self._connections.watch(kept)
                return query(kept)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) == _CANCELLED:
                    raise
                # The server may have been restarted since. Whatever it was, it is asked once more.
                del self._kept[thread]
                _close(kept)
        self._kept[thread] = self._engine.connect()
        return query(self._kept[thread])


def _close(connection: Connection) -> None:
    """Close a connection and its place in the pool, whatever it waits for."""
    connection.invalidate()
    connection.close()
