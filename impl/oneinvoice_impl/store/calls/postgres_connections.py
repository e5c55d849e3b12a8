"""Connections to PostgreSQL that end: by timeouts of the server, of TCP, and by being shut down at a deadline."""

from __future__ import annotations

import os
import socket
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InvalidatePoolError

from oneinvoice_impl.store.calls.bounded_threads import require_time, watch

DEADLINE = 4.0
"""Seconds until whoever asks PostgreSQL is told that it did not answer."""
_LOCK_SECONDS, _STATEMENT_SECONDS = 3.0, 3.5  # before the deadline, so that the server says what was the matter
CONNECT_OPTIONS = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 4000,
}
"""Options of libpq, in seconds, but for the last one, in milliseconds: for a machine that is away."""


class PostgresConnections:
    """Connections of an engine, which are shut down at the deadline of the call that waits for them."""

    def __init__(self, engine: Engine) -> None:
        self._dialect = engine.dialect
        # Descriptors of its own: the library closes its ones when it pleases, and their numbers are others' then.
        self._sockets: WeakKeyDictionary[Any, socket.socket] = WeakKeyDictionary()
        # Before SQLAlchemy's own, which ask the server for its version.
        event.listen(engine, "connect", self._opened, insert=True)
        event.listen(engine, "do_connect", lambda *_: require_time())
        event.listen(engine, "checkout", self._taken)
        event.listen(engine, "checkin", lambda *_: watch(None))
        event.listen(engine, "close", lambda opened, _: self._closed(opened))
        event.listen(engine, "close_detached", self._closed)

    def watch(self, connection: Connection) -> None:
        """Have a connection that was taken before end at the deadline too. Raises `Overdue` if that is past."""
        watch(self._sockets[connection.connection.driver_connection])

    def _opened(self, opened: Any, record: Any) -> None:
        twin = self._sockets[opened] = socket.socket(fileno=os.dup(opened.fileno()))
        try:
            watch(twin)
            opened.autocommit = True
            # Not as options of the start, which poolers between refuse.
            opened.execute(f"SET statement_timeout = {_STATEMENT_SECONDS * 1000:.0f}")
            opened.execute(f"SET lock_timeout = {_LOCK_SECONDS * 1000:.0f}")
            opened.autocommit = False
        except BaseException:
            self._closed(opened)
            opened.close()
            raise
        record.info["fresh"] = True

    def _taken(self, opened: Any, record: Any, _: Any) -> None:
        """Find out whether the server still answers, so that the pool recovers by itself after that was restarted."""
        watch(self._sockets[opened])
        if record.info.pop("fresh", False):
            return
        try:
            self._dialect.do_ping(opened)
        except self._dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    def _closed(self, opened: Any) -> None:
        watch(None)
        twin = self._sockets.pop(opened, None)
        if twin is not None:
            twin.close()


def allow(connection: Connection, seconds: float | None) -> None:
    """Allow each statement of the transaction of a connection so many seconds; None also waits for locks, for ever."""
    connection.exec_driver_sql(_allowing(seconds))
    if seconds is None:
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")


def allow_from_beginning(connection: Connection, seconds: float) -> None:
    """Allow each statement so many seconds once a transaction begins, whose isolation may still be chosen."""
    event.listen(connection, "begin", lambda begun: begun.connection.driver_connection.execute(_allowing(seconds)))


def _allowing(seconds: float | None) -> str:
    return f"SET LOCAL statement_timeout = {0 if seconds is None else int(seconds * 1000)}"
