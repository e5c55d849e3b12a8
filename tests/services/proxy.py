"""A TCP proxy before a service, which can freeze and cut what goes through it."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_LINGER = struct.pack("ii", 1, 0)  # on, for no time: what is closed is reset
_PIECE = 65_536


class FaultyProxy:
    """Passes bytes on to `target`, a port of this machine; called from any thread."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._to_service = asyncio.Event()
        self._to_client = asyncio.Event()
        self._refuses = False
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def start(self) -> None:
        """Listen, at a port of its own, and pass on."""
        self._thread.start()
        self.go_on()
        made = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self._server = made.result()
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Reset what is open, and listen no more."""
        self.refuse()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def freeze(self) -> None:
        """Keep connections and take new ones, and pass nothing on until `go_on`; then all that came meanwhile."""
        self._do(self._to_service.clear, self._to_client.clear)

    def freeze_answers(self) -> None:
        """Pass on what clients send, and nothing that the service sends, until `go_on`."""
        self._do(self._to_client.clear)

    def cut(self) -> None:
        """Reset all connections; who connects anew is served."""
        self._do(self._abort_all)

    def refuse(self) -> None:
        """Reset all connections, and each new one as soon as it is made, until `go_on`."""
        self._refuses = True
        self.cut()

    def go_on(self) -> None:
        """Pass on again."""
        self._refuses = False
        self._do(self._to_service.set, self._to_client.set)

    @property
    def connections(self) -> int:
        """Number of connections of clients that are open."""
        return len(self._open) // 2

    def _abort_all(self) -> None:
        # In one turn of the loop: else one side could be told in peace that the other has ended.
        for writer in self._open:
            writer.transport.abort()

    def _do(self, *calls: Callable[[], None]) -> None:
        done = threading.Event()
        for call in (*calls, done.set):
            self._loop.call_soon_threadsafe(call)
        done.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _reset_when_aborted(writer)
        if self._refuses:
            writer.transport.abort()
            return
        try:
            answers, requests = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        _reset_when_aborted(requests)
        self._open |= {writer, requests}
        try:
            await asyncio.gather(
                _pass_on(reader, requests, self._to_service), _pass_on(answers, writer, self._to_client)
            )
        except OSError:
            """One of them was reset, and so is the other."""
        finally:
            writer.transport.abort()
            requests.transport.abort()
            self._open -= {writer, requests}

    async def _end(self) -> None:
        assert self._server is not None, "it was started"
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passes: asyncio.Event) -> None:
    while piece := await reader.read(_PIECE):
        await passes.wait()
        writer.write(piece)
        await writer.drain()
    await passes.wait()
    with suppress(OSError):
        writer.write_eof()


def _reset_when_aborted(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)


@contextmanager
def faulty_proxy(target: int) -> Iterator[FaultyProxy]:
    """A proxy before a port of this machine, started, and stopped at the end."""
    proxy = FaultyProxy(target)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
