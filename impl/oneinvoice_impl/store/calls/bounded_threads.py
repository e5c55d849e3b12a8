"""Threads that call a database, each call until a deadline, and so many calls at most.

A server that is frozen still has its system acknowledge what is sent, so that no timeout of TCP ends the wait for its
answer, and a thread can't be ended from outside. But its connection can: once that is shut down, the driver sees its
end, raises, and the thread is free. Who asked is told at the deadline in any case.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

MOST_WAITING = 256
"""Calls that wait for a thread at most: a quarter of a second's work for four threads, if each takes 4 ms."""

_running = threading.local()


class Overdue(Exception):
    """The database did not answer in time; what was asked for may be done, or not."""


class AllBusy(Exception):
    """So many calls wait already that another one would be in vain."""


class _Call:
    """A call that a thread runs, and the connection that it waits for."""

    __slots__ = ("_lock", "_socket", "is_over", "is_running")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.is_over = False
        self.is_running = False

    def watch(self, connection: socket.socket | None) -> None:
        """Have `connection`, or none, be shut down at the deadline. Raises `Overdue` if that is past."""
        with self._lock:
            if self.is_over and connection is not None:
                raise Overdue
            self._socket = connection

    def end(self) -> None:
        """Free its thread, which may be in the midst of it."""
        with self._lock:
            self.is_over = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)


class BoundedThreads:
    """Threads, and the calls that they run or that wait for them. Used from one event loop at a time."""

    def __init__(self, threads: int, name: str, seconds: float | None, most_waiting: int = MOST_WAITING) -> None:
        """`seconds` is the deadline of a call that asks for no other, the wait for a thread included; or none."""
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._seconds = seconds
        self._most = threads + most_waiting
        self._calls: set[_Call] = set()

    async def run(self, function: Callable[..., T], *args: Any, seconds: float | None = None, waits: bool = False) -> T:
        """Run a function in a thread, for `seconds` at most. Raises what it raises, `Overdue`, and `AllBusy`.

        One that `waits` does so however many there are.
        """
        if len(self._calls) >= self._most and not waits:
            raise AllBusy(f"{len(self._calls)} calls wait for it already")
        loop, call, limit = asyncio.get_running_loop(), _Call(), seconds or self._seconds
        self._calls.add(call)
        future = loop.run_in_executor(self._executor, self._run, call, function, *args)
        timer = None if limit is None else loop.call_later(limit, _expire, call, future)
        try:
            return await future
        except asyncio.CancelledError:
            if not call.is_over:
                # Nobody waits any more, but the thread is to be free in time.
                timer = None
                raise
            raise Overdue(f"it did not answer within {limit:g} seconds") from None
        finally:
            if timer is not None:
                timer.cancel()
            if future.cancelled() and not call.is_running:
                self._calls.discard(call)

    def close(self) -> None:
        """Wait for calls that run; where there is a deadline, no longer than that."""
        timer = None
        if self._calls and self._seconds is not None:
            # Not of the event loop, which may be at its end.
            timer = threading.Timer(self._seconds, self._end_all)
            timer.start()
        self._executor.shutdown()
        if timer is not None:
            timer.cancel()

    def _end_all(self) -> None:
        for call in [*self._calls]:
            call.end()

    def _run(self, call: _Call, function: Callable[..., T], *args: Any) -> T:
        _running.call = call
        call.is_running = True
        try:
            return function(*args)
        finally:
            _running.call = None
            call.watch(None)
            call.is_running = False
            self._calls.discard(call)


def _expire(call: _Call, future: asyncio.Future[Any]) -> None:
    call.end()
    future.cancel()


def watch(connection: socket.socket | None) -> None:
    """Have a connection, or none, be shut down at the deadline of the call that this thread runs, if it runs one.

    Raises `Overdue` if that is past.
    """
    call: _Call | None = getattr(_running, "call", None)
    if call is not None:
        call.watch(connection)


def require_time() -> None:
    """Raise `Overdue` if the deadline of the call that this thread runs is past."""
    call: _Call | None = getattr(_running, "call", None)
    if call is not None and call.is_over:
        raise Overdue
