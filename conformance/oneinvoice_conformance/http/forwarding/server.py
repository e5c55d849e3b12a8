"""Server of a forwarding proxy."""

from __future__ import annotations

import asyncio
import socket

from oneinvoice_conformance.http.forwarding.conversation import Conversation, Watcher
from oneinvoice_conformance.http.forwarding.upstream import Upstream, at_once


async def serve(listener: socket.socket, upstream: Upstream, watcher: Watcher, stop: asyncio.Event) -> None:
    """Forward what comes to the listening socket until told to stop; exchanges that are not through then are cut.

    Raises what a conversation could not cope with, such as a full disk.
    """
    tasks: set[asyncio.Task[None]] = set()
    failures: list[BaseException] = []

    def ended(task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()):
            failures.append(failure)
            stop.set()

    def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at_once(writer)
        task = asyncio.create_task(Conversation(reader, writer, upstream, watcher).run())
        tasks.add(task)
        task.add_done_callback(ended)

    server = await asyncio.start_server(converse, sock=listener, backlog=128)
    try:
        await stop.wait()
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failures:
        raise failures[0]
