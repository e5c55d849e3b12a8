"""Serve until told to stop."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from oneinvoice_impl.asgi.bounded_connections import BoundedProtocol, allow_open_files

_GRACE = 5
"""Seconds in which requests that run may end."""
_LATEST_END = 15
"""Seconds after which a worker that was told to stop is killed."""


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


class _Supervisor(Multiprocess):
    """Starts as many workers as it is told, and others in the place of those that die; says when all answer."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, on_ready: Callable[[], None]) -> None:
        super().__init__(config, [listener])
        self._on_ready = on_ready
        self._was_ready = False

    @property
    def is_well(self) -> bool:
        """Tell whether no worker failed to start."""
        return all(process.exitcode != STARTUP_FAILURE for process in self.processes)

    def keep_subprocess_alive(self) -> None:
        super().keep_subprocess_alive()
        if self._was_ready or self.should_exit.is_set():
            return
        if all(process.is_ready(timeout=1) for process in self.processes):
            self._was_ready = True
            self._on_ready()

    def join_all(self) -> None:
        end = time.monotonic() + _LATEST_END
        for process in self.processes:
            process.process.join(max(0.0, end - time.monotonic()))
            if process.process.is_alive():
                process.process.kill()
        super().join_all()

    # Each worker knows how many there are, since that decides its share of a limit.

    def handle_ttin(self) -> None:
        """Keep the number of workers."""

    def handle_ttou(self) -> None:
        """Keep the number of workers."""


def configuration(
    app: ASGIApp | str,
    *,
    protocol: type[asyncio.Protocol] | None = None,
    workers: int = 1,
) -> uvicorn.Config:
    """Return how an application is served; one that is named, such as `package.module:make`, is made by that function.

    `protocol` is that of a connection, by default uvicorn's own within bounds. There is no access log: URLs may carry
    what their senders should have kept to themselves.
    """
    allow_open_files()
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=workers,
        loop="uvloop",
        http=protocol or BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
        # Busy machines take seconds to start a process.
        timeout_worker_healthcheck=10,
    )


def server(
    app: ASGIApp, on_ready: Callable[[], None], protocol: type[asyncio.Protocol] | None = None
) -> uvicorn.Server:
    """Return a server, whose `run` takes the sockets, and returns once requests that run are answered."""
    return _Server(configuration(app, protocol=protocol), on_ready)


def serve(config: uvicorn.Config, listener: socket.socket, on_ready: Callable[[], None]) -> bool:
    """Serve on a socket that listens until SIGINT or SIGTERM; in this process if there is one worker.

    More workers are processes, which get this one's environment; each is started again when it dies. Return False if
    one failed to start, which ends all.
    """
    if config.workers > 1:
        supervisor = _Supervisor(config, listener, on_ready)
        supervisor.run()
        return supervisor.is_well
    one = _Server(config, on_ready)
    # uvicorn raises the signal again after it has stopped, and it has stopped well.
    with suppress(KeyboardInterrupt):
        try:
            one.run([listener])
        except SystemExit as ended:
            return ended.code != STARTUP_FAILURE
    return True
