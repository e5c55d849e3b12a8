"""Process that forwards, beside the one that judges what passed, so that no request waits for a judgement."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Connection
from queue import SimpleQueue

from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.forwarding.conversation import Watcher
from oneinvoice_conformance.http.forwarding.observed import Observed
from oneinvoice_conformance.http.forwarding.server import serve
from oneinvoice_conformance.http.forwarding.upstream import Upstream

_WAITING = 128 * 2**20  # bytes that may wait to be judged; then clients wait with their next requests
_OF_HEADS = 4096  # bytes of an exchange besides its bodies, about
_SOON = 0.01  # seconds
_PATIENCE = 5.0  # seconds for the process to end

Item = Observed | str | Exception


class Forwarder:
    """Process that forwards what comes to a listening socket, from its start until it is stopped.

    A fork has all modules at once; where there is none, as on Windows, it takes a second longer.
    """

    def __init__(self, listener: socket.socket, deployment: Deployment, timeout: float) -> None:
        can_fork = "fork" in multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("fork" if can_fork else "spawn")
        self._channel, theirs = context.Pipe()
        arguments = (listener, deployment, timeout, theirs, self._channel)
        self._process = context.Process(target=_run, args=arguments, daemon=True)  # type: ignore[attr-defined]
        self._process.start()
        theirs.close()

    def items(self) -> Iterator[Observed | str]:
        """Yield exchanges, and sentences on what was not forwarded, until it has ended. Raises what it failed by."""
        while True:
            try:
                item: Item = self._channel.recv()
            except (EOFError, OSError):
                return
            if isinstance(item, Exception):
                raise item
            yield item

    def stop(self) -> None:
        """Have it stop. What passed until then still comes."""
        with suppress(OSError):
            self._channel.send(None)

    def close(self) -> None:
        """End it, if it has not ended by itself."""
        self._channel.close()
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()


def _run(
    listener: socket.socket, deployment: Deployment, timeout: float, channel: Connection, other_end: Connection
) -> None:
    gc.freeze()  # the modules that a fork has of the other process: to look through them takes 30 ms each time
    other_end.close()  # so that it is seen when the other process ends
    # A terminal sends it to both processes, and the other one tells; others end this one at once.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    backlog = Backlog()
    sender = threading.Thread(target=_send, args=(channel, backlog), daemon=True)
    sender.start()
    try:
        asyncio.run(_forward(listener, Upstream(deployment, timeout), channel, backlog))
    except Exception as error:
        backlog.put(error)
    backlog.put(None)
    sender.join()


class Backlog:
    """Exchanges that wait to be judged, taken by another thread in their order."""

    def __init__(self, room: int = _WAITING) -> None:
        self._items: SimpleQueue[tuple[Item | None, int]] = SimpleQueue()
        self._lock, self._room = threading.Lock(), room

    def put(self, item: Item | None) -> None:
        size = item.in_memory + _OF_HEADS if isinstance(item, Observed) else 0
        with self._lock:
            self._room -= size
        self._items.put((item, size))

    def take(self) -> Item | None:
        """Return the next item, None at the end, once there is one."""
        item, size = self._items.get()
        with self._lock:
            self._room += size
        return item

    async def has_room(self) -> None:
        """Wait until not too much waits."""
        while self._room < 0:
            await asyncio.sleep(_SOON)


def _send(channel: Connection, backlog: Backlog) -> None:
    while (item := backlog.take()) is not None:
        with suppress(OSError):  # nobody is there any more
            channel.send(item)
        if isinstance(item, Observed):
            item.close()


async def _forward(listener: socket.socket, upstream: Upstream, channel: Connection, backlog: Backlog) -> None:
    loop, stop, numbers = asyncio.get_running_loop(), asyncio.Event(), count(1)

    async def keep(item: Observed | str) -> None:
        backlog.put(item)
        await backlog.has_room()

    def await_stop() -> None:
        with suppress(EOFError, OSError):
            channel.recv()
        with suppress(RuntimeError):  # it has ended meanwhile
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=await_stop, daemon=True).start()
    await serve(listener, upstream, Watcher(lambda method, target: Observed(next(numbers), method, target), keep), stop)
