"""Serve until told to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from oneinvoice_impl.asgi.bounded_connections import BoundedProtocol, allow_open_files


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def server(
    app: ASGIApp, on_ready: Callable[[], None], protocol: type[asyncio.Protocol] | None = None
) -> uvicorn.Server:
    """Return a server, whose `run` takes the sockets, and returns once requests that run are answered.

    `protocol` is that of a connection, by default uvicorn's own within bounds. There is no access log: URLs may carry
    what their senders should have kept to themselves.
    """
    allow_open_files()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol or BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    return _Server(config, on_ready)


def serve(
    app: ASGIApp,
    listener: socket.socket,
    on_ready: Callable[[], None],
    protocol: type[asyncio.Protocol] | None = None,
) -> None:
    """Serve on a socket that listens until SIGINT or SIGTERM."""
    # uvicorn raises the signal again after it has stopped, and it has stopped well.
    with suppress(KeyboardInterrupt):
        server(app, on_ready, protocol).run([listener])
