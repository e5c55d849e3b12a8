"""A forwarding proxy in a thread of its own, and clients that send and read raw bytes."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.forwarding.conversation import Watcher
from oneinvoice_conformance.http.forwarding.observed import Observed
from oneinvoice_conformance.http.forwarding.server import serve
from oneinvoice_conformance.http.forwarding.upstream import Upstream

PATIENCE = 5.0  # seconds


@dataclass
class Passing:
    """The port of a proxy, what passed through it, and the sentences on what didn't."""

    port: int
    exchanges: list[Observed] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def ask(self, request: bytes) -> bytes:
        """What comes back until the proxy ends the connection."""
        with self.connect() as client:
            client.sendall(request)
            return rest_of(client)

    def kept(self, count: int = 1) -> list[Observed]:
        """The exchanges, once there are as many."""
        eventually(lambda: len(self.exchanges) >= count)
        return self.exchanges


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def rest_of(client: socket.socket) -> bytes:
    received = b""
    while data := client.recv(65_536):
        received += data
    return received


def exactly(client: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        data = client.recv(length - len(received))
        assert data, received
        received += data
    return received


@contextmanager
def forwarding(base: str, timeout: float = PATIENCE, **options: Any) -> Iterator[Passing]:
    """A proxy to that deployment until the end of the context, which raises what it failed by."""
    listener = socket.create_server(("127.0.0.1", 0))
    passing, numbers, loops = Passing(listener.getsockname()[1]), count(1), []
    ready, failures = threading.Event(), []
    upstream = Upstream(Deployment(base, {}, **options), timeout)

    async def keep(item: Observed | str) -> None:
        if isinstance(item, str):
            passing.sentences.append(item)
        else:
            passing.exchanges.append(item)

    async def run() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        ready.set()
        watcher = Watcher(lambda method, target: Observed(next(numbers), method, target), keep)
        try:
            await serve(listener, upstream, watcher, stop)
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    ready.wait(PATIENCE)
    try:
        yield passing
    finally:
        [(loop, stop)] = loops
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        listener.close()
    assert not failures, failures
