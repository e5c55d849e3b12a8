"""The application of a service, observed: its log, its probes, and the metrics and traces that are asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.ratelimit.limiter import Limiter, make_limiter
from oneinvoice_impl.server.app import create_app
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.service.observing.probes import Probes
from oneinvoice_impl.service.observing.requests import NotingBearer, ObservedRequests
from oneinvoice_impl.service.observing.watcher import ObservedDatabase, Watcher, observed_attempts, watchers
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database


class Redis:
    """The Redis of an application, as its limiter finds it."""

    def __init__(self, settings: Settings) -> None:
        self._is_used = settings.redis_url is not None
        self._limiter: Any = None

    def limiter(self, settings: Settings, clock: Clock) -> Limiter:
        """Return the limiter of the application."""
        limiter = self._limiter = make_limiter(settings, clock)
        return limiter

    def is_suspended(self) -> bool:
        """Tell whether requests are counted without the Redis that there is."""
        return self._is_used and bool(self._limiter.is_suspended)

    def word(self) -> str:
        """Return what is to be said of it."""
        if not self._is_used:
            return "not used"
        return "away, so each worker counts for itself" if self._limiter.is_suspended else "ok"


def observed_application(settings: Settings) -> ASGIApp:
    """Return the application of a service. Raises as `create_app` does."""
    redis = Redis(settings)
    watching = watchers(redis.is_suspended)
    components = Components(
        bearer=NotingBearer,
        limiter=redis.limiter,
        database=partial(ObservedDatabase, watchers=watching) if watching else Database,
        delivery_attempts=observed_attempts(watching),
    )
    application = create_app(settings, components=components)
    paths = [*components.document()["paths"], "/openapi.json"]
    if settings.preview is not None:
        paths += [path.replace("/api/v1", f"/api/{settings.preview}") for path in paths]
    observed = ObservedRequests(application, paths, watching)
    return _Process(Probes(observed, application.database, redis.word), watching)


class _Process:
    """ASGI middleware that logs the begin and the end of a process, and closes watchers in the end."""

    def __init__(self, app: ASGIApp, watching: Sequence[Watcher]) -> None:
        self._app = app
        self._watching = watching

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        log = structlog.get_logger()
        log.info("process begins", pid=os.getpid())
        await self._app(scope, receive, send)
        for watcher in self._watching:
            watcher.close()
        log.info("process ends", pid=os.getpid())
