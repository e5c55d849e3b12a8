"""One database: its connections, and the threads that wait for it."""

from __future__ import annotations

import os
import sqlite3
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    OperationalError,
    ProgrammingError,
    SAWarning,
    SQLAlchemyError,
)
from sqlalchemy.pool import QueuePool

from oneinvoice_impl.domain.ids import Ids
from oneinvoice_impl.store.calls.bounded_threads import AllBusy, BoundedThreads, Overdue
from oneinvoice_impl.store.calls.postgres_connections import (
    CONNECT_OPTIONS,
    DEADLINE,
    PostgresConnections,
    allow,
    allow_from_beginning,
)
from oneinvoice_impl.store.errors import (
    DatabaseBusy,
    DatabaseFailure,
    DatabaseInUse,
    DatabaseProblem,
    UnreachableDatabase,
    UnusableDatabase,
)
from oneinvoice_impl.store.ids import use_ids
from oneinvoice_impl.store.readers import THREADS, Busy, PostgresReader, Reader, SqliteFileReader, SqliteMemoryReader
from oneinvoice_impl.store.sole_use import UNLOCKED, InUse, lock_file, lock_server
from oneinvoice_impl.store.sqlite_write_queue import SqliteWriteQueue

T = TypeVar("T")

_OPTIONS = "The options of the database URL are not understood; leave out what follows its question mark."
EXAMPLES = "sqlite:///mock.db or postgresql+psycopg://user:password@host/database"
_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
LONG_SECONDS = 600.0
"""The deadline of what works on all data, or on a whole file."""
_FAILURES = (SQLAlchemyError, Overdue, AllBusy)
_BUSY_SECONDS = 3.0  # for which SQLite waits for a lock
# Any number will do that nothing else in the database takes.
_WRITER_LOCK = 1_146_240_317


class Database:
    """An engine and as many threads as it has connections, so that a query never waits for a connection.

    The drivers are synchronous: SQLite's has no other form, and one kind of code then serves both databases.
    """

    def __init__(self, url: str) -> None:
        """Open nothing yet. Raises `UnusableDatabase` for a URL of another kind than `EXAMPLES`."""
        self.url = _parse(url)
        connections = 1 if self.in_memory else 4
        # And one for who writes or reads beside them.
        beside = 0 if self.in_memory else 2 if self.file is not None else THREADS
        self.engine = _engine(self.url, connections + beside)
        if self.file is not None:
            event.listen(self.engine, "do_connect", lambda *_: _make_private(self.file))
            # Readers go on while one writes, and a commit waits for the disk once.
            event.listen(self.engine, "connect", lambda opened, _: opened.execute("PRAGMA journal_mode = WAL"))
        # Data in memory has one connection, which the event loop uses too, beside the pool.
        self._taken = threading.Lock() if self.in_memory else nullcontext()
        self._deadline = DEADLINE if self._is_postgresql else None
        self._threads = BoundedThreads(connections, "database", self._deadline)
        self._writer = SqliteWriteQueue(self.engine) if self.file is not None else None
        self._reader = self._make_reader()
        self._sole_use = UNLOCKED

    def use_ids(self, source: Ids) -> None:
        """Take the ids of what is added from `source`, by transactions to come."""
        use_ids(self.engine, source)

    def copy(self, other: Database) -> None:
        """Take over all that another database of SQLite holds; this one is of SQLite too, and empty."""
        with other._taken, self._taken, other.engine.connect() as filled, self.engine.connect() as empty:
            source, target = filled.connection.driver_connection, empty.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            assert isinstance(target, sqlite3.Connection)
            source.backup(target)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Return a connection that waits for nobody who writes. Raises `DatabaseProblem` if there is none.

        An SQLite file that is not there is none: to look at it would make it.
        """
        if self.file is not None and not self.file.startswith("file:") and not os.path.exists(self.file):
            raise UnusableDatabase(
                f"There is no SQLite file {self.file}; correct ONEINVOICE_DATABASE_URL, or run oneinvoice-service init."
            )
        try:
            with self._taken, self.engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise self._problem(error) from error

    @property
    def in_memory(self) -> bool:
        """Tell whether the data ends with the process."""
        return _is_in_memory(self.url)

    @property
    def file(self) -> str | None:
        """The SQLite file that the data is in, if it is in one."""
        return self.url.database if self.url.get_backend_name() == "sqlite" and not self.in_memory else None

    @property
    def _is_postgresql(self) -> bool:
        return self.url.get_backend_name() == "postgresql"

    @property
    def _shown_url(self) -> URL:
        """Return the URL as people may see it: its query may have a password too."""
        return self.url.set(query={})

    @property
    def connection_string(self) -> str:
        """Return how libpq finds the server, with the password: never show it. Its URLs have rules of their own."""
        from psycopg.conninfo import make_conninfo

        _, options = self.engine.dialect.create_connect_args(self.url)
        # Beside what libpq takes is how SQLAlchemy has values be adapted.
        known: dict[str, Any] = {name: value for name, value in options.items() if isinstance(value, str | int)}
        return make_conninfo("", **known)

    async def run(self, query: Callable[[Connection], T], *, seconds: float | None = None) -> T:
        """Run `query` with a connection in a thread. Raises `DatabaseFailure`, and `DatabaseBusy` at once.

        `seconds` is for what rightly takes long: the deadline, which else is that of requests.
        """
        try:
            return await self._threads.run(self._with_connection, query, seconds, seconds=seconds)
        except _FAILURES as error:
            raise _failure(error) from error

    def _with_connection(self, query: Callable[[Connection], T], seconds: float | None) -> T:
        with self._taken, self.engine.connect() as connection:
            if seconds is not None and self._is_postgresql:
                allow_from_beginning(connection, seconds)
            return query(connection)

    async def read(self, query: Callable[[Connection], T], *, short: bool) -> T:
        """Run `query`, which reads and may run twice; if it is `short`, at once where that can be.

        Raises as `run` does.
        """
        try:
            if short and self._reader.in_place:
                with suppress(Busy):
                    return self._reader.read_at_once(query)
            return await self._reader.read(query)
        except _FAILURES as error:
            raise _failure(error) from error

    @property
    def reads_in_place(self) -> bool:
        """Tell whether short queries run in the event loop."""
        return self._reader.in_place

    def _make_reader(self) -> Reader:
        if not self._is_postgresql:
            if isinstance(self._taken, nullcontext):
                return SqliteFileReader(self.engine, self._threads)
            return SqliteMemoryReader(self.engine, self._threads, self._taken)
        threads = BoundedThreads(THREADS, "reader", self._deadline)
        return PostgresReader(self.engine, PostgresConnections(self.engine), threads)

    async def write(self, work: Callable[[Connection], T], *, first: bool = False, seconds: float | None = None) -> T:
        """Run `work` in a transaction that commits if it ends without error. Raises as `run` does.

        Where transactions wait for each other, `first` is before all others. `work` may be rolled back and run again:
        it changes nothing but the database. Where PostgreSQL did not answer in time, it may have committed or not.
        """
        try:
            if self._writer is not None:
                return await self._writer.write(work, first=first)
            # What comes first, deliveries, is one call for many, and has nobody who could ask again.
            return await self._threads.run(self._in_transaction, work, seconds, seconds=seconds, waits=first)
        except _FAILURES as error:
            raise _failure(error) from error

    def _in_transaction(self, work: Callable[[Connection], T], seconds: float | None) -> T:
        with self._taken, self.engine.begin() as connection:
            if self.url.get_backend_name() == "sqlite":
                # The driver begins only before the first change; what was read until then could be out of date.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            elif seconds is not None:
                allow(connection, seconds)
            return work(connection)

    @contextmanager
    def exclusive(self) -> Iterator[Connection]:
        """Return a transaction that keeps other writers out from its start; it commits if the block ends without error.

        It has no deadline: it is for what a process does before it serves. Raises `DatabaseProblem` if the database
        can't be used.
        """
        try:
            with self._taken, self.engine.begin() as connection:
                if self.url.get_backend_name() == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                else:
                    allow(connection, None)
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
                yield connection
        except DBAPIError as error:
            raise self._problem(error) from error

    def require_postgresql(self, purpose: str) -> None:
        """Raise `UnusableDatabase` unless it is PostgreSQL, which `purpose`, the beginning of a sentence, needs."""
        if self.url.get_backend_name() != "postgresql":
            raise UnusableDatabase(
                f"{purpose} need PostgreSQL; set ONEINVOICE_DATABASE_URL to one such as "
                "postgresql+psycopg://user:password@host/database."
            )

    def use_alone(self) -> None:
        """Keep out all others who ask for the same, until it is closed or the process ends.

        Raises `DatabaseInUse` if another process has it, and `DatabaseProblem` if it can't be used.
        """
        if self.in_memory or (self.file is not None and self.file.startswith("file:")):  # no path, but a URI of SQLite
            return
        try:
            self._sole_use = lock_server(self.engine) if self.file is None else lock_file(self.file)
        except InUse as error:
            name = self._shown_url if self.file is None else self.file
            raise DatabaseInUse(
                f"Another oneinvoice-service or oneinvoice-mock runs on {name}; "
                "use that one, stop it, or name another database."
            ) from error
        except DBAPIError as error:
            raise self._problem(error) from error

    def stay_alone(self) -> None:
        """Keep out all others again if the database's server forgot, as by a restart. Raises as `use_alone` does."""
        if not self._sole_use.is_held():
            self._sole_use = UNLOCKED
            self.use_alone()

    def _problem(self, error: DBAPIError) -> DatabaseProblem:
        reason = str(error.orig).strip().split("\n")[0]
        if isinstance(error, ProgrammingError) and error.statement is None:
            # The driver refuses the options before it connects.
            return UnusableDatabase(_OPTIONS)
        if self.url.get_backend_name() == "postgresql":
            return _problem_of_server(self._shown_url, str(getattr(error.orig, "sqlstate", None) or ""), reason)
        if str(getattr(error.orig, "sqlite_errorname", "")).startswith(("SQLITE_FULL", "SQLITE_IOERR")):
            return UnusableDatabase(
                f"The SQLite file {self.url.database} can't be written ({reason}) and is as it was; "
                "make room on its disk, and try again."
            )
        if isinstance(error, OperationalError):
            return UnusableDatabase(
                f"The SQLite file {self.url.database} can't be opened or written ({reason}); "
                "name a file in a folder that exists and is writable."
            )
        return UnusableDatabase(f"{self.url.database} is not an SQLite database ({reason}); name another file.")

    def close(self) -> None:
        """Wait for queries that run, then close all connections."""
        if self._writer is not None:
            self._writer.close()
        self._threads.close()
        self._reader.close()
        self.engine.dispose()
        self._sole_use.release()


def _problem_of_server(url: URL, state: str, reason: str) -> DatabaseProblem:
    """Return the problem that a server told, or that it told nothing; `state` is its SQLSTATE."""
    if state.startswith("42"):
        return UnusableDatabase(f"The database {url} does not allow it ({reason}); give its user the right to.")
    if state in ("55P03", "57014"):
        return UnreachableDatabase(f"The database {url} is locked by others ({reason}); try again when they are done.")
    return UnreachableDatabase(f"The database {url} can't be used ({reason}); start PostgreSQL, or correct the URL.")


def _failure(error: Exception) -> DatabaseFailure:
    return DatabaseBusy(error) if isinstance(error, AllBusy) else DatabaseFailure(error)


def ends_with_process(url: str) -> bool:
    """Tell whether the data at a database URL is in memory. Raises `UnusableDatabase`."""
    return _is_in_memory(_parse(url))


def _is_in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _make_private(file: str | None) -> None:
    """Create an SQLite file that is not there, for its owner alone. Of a URI, SQLite knows what it leads to."""
    if file is None or file.startswith("file:"):
        return
    # Where no file can be made, SQLite says why.
    with suppress(OSError):
        descriptor = os.open(os.path.realpath(file), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.fchmod(descriptor, 0o600)  # whatever the umask is
        finally:
            os.close(descriptor)


def _parse(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise UnusableDatabase(f"The database URL can't be read; give one such as {EXAMPLES}.") from error
    if url.drivername not in _DRIVERS:
        raise UnusableDatabase(f"A database URL can't begin with {url.drivername}:; give one such as {EXAMPLES}.")
    return url.set(drivername=_DRIVERS[url.drivername])


def _engine(url: URL, connections: int) -> Engine:
    options: dict[str, Any] = {"hide_parameters": True, "pool_size": connections, "max_overflow": 0}
    if url.get_backend_name() == "sqlite":
        # For data in memory too: its one connection is the data, and a pool of one hands it out to one at a time.
        arguments = {"check_same_thread": False} | ({} if "timeout" in url.query else {"timeout": _BUSY_SECONDS})
        options |= {"poolclass": QueuePool, "connect_args": arguments}
    else:
        options["connect_args"] = {name: value for name, value in CONNECT_OPTIONS.items() if name not in url.query}
    try:
        # SQLAlchemy only warns of an option that it ignores.
        with warnings.catch_warnings(action="error", category=SAWarning):
            return create_engine(url, **options)
    except (SAWarning, ArgumentError, ValueError) as error:
        raise UnusableDatabase(_OPTIONS) from error
