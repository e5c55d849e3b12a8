"""Locks by which one process uses a database alone; the system releases them when it ends, however it does."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

# Any number will do that nothing else in the database takes.
_LOCK = 1_146_240_318


class SoleUse(NamedTuple):
    """A lock that is held: what releases it, and what tells whether it still is."""

    release: Callable[[], None]
    is_held: Callable[[], bool]


UNLOCKED = SoleUse(lambda: None, lambda: True)
"""The lock of a database that needs none, or can have none."""


class InUse(Exception):
    """Another process uses the database alone."""


def lock_file(file: str) -> SoleUse:
    """Lock an SQLite file by another one beside it, which is removed in the end. Raises `InUse`.

    Where no file can be written or locked, nothing is locked: whoever opens the database says what is wrong.
    """
    path = f"{os.path.realpath(file)}.lock"
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return UNLOCKED
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise InUse from error
        except OSError:
            """The file system has no locks."""
        if _is_still_there(path, descriptor):
            return SoleUse(partial(_remove, path, descriptor), lambda: True)
        os.close(descriptor)


def _is_still_there(path: str, descriptor: int) -> bool:
    """Tell whether an open file has its name, which who had it locked before may have removed meanwhile."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _remove(path: str, descriptor: int) -> None:
    with suppress(OSError):
        os.unlink(path)
    os.close(descriptor)


def lock_server(engine: Engine) -> SoleUse:
    """Lock a database of PostgreSQL. Raises `InUse` or `SQLAlchemyError`.

    The lock is that of a connection beside the pool, which the server ends soon after its process ended.
    """
    connection = engine.connect()
    driver = connection.connection.driver_connection
    assert driver is not None
    descriptor = driver.fileno()
    connection.detach()
    try:
        for pause in (*[0.1] * 20, None):
            is_free = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_LOCK})").scalar()
            connection.commit()
            if is_free:
                twin = socket.socket(fileno=os.dup(descriptor))
                return SoleUse(partial(_end, connection, twin), partial(_is_open, connection))
            if pause is not None:
                time.sleep(pause)
        raise InUse
    except (SQLAlchemyError, InUse):
        connection.close()
        raise


def _end(connection: Connection, twin: socket.socket) -> None:
    """Close the connection, of whose socket `twin` is another descriptor, also while another thread waits for it.

    A server that is frozen answers neither that thread nor a farewell.
    """
    with twin, suppress(OSError):
        twin.shutdown(socket.SHUT_RDWR)
    with suppress(SQLAlchemyError):
        connection.close()


def _is_open(connection: Connection) -> bool:
    """Tell whether the connection is still there, and with it the lock; if not, it is closed."""
    try:
        connection.exec_driver_sql("SELECT 1")
        connection.commit()
    except SQLAlchemyError:
        with suppress(SQLAlchemyError):
            connection.close()
        return False
    return True
