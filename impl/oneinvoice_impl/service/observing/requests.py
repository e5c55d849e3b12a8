"""Notes of each request: a line of the log, and what metrics and traces want."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Collection, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.asgi.request_ids import give_id, new_request_id
from oneinvoice_impl.service.observing.paths import route, shown_path
from oneinvoice_impl.service.observing.watcher import Watcher
from oneinvoice_impl.store.accounts.keys import ValidKey

_KEY = "oneinvoice.noted"
_UNANSWERED = 499
"""The status noted for a request whose client went away before an answer began, as nginx has it."""


class Noted:
    """Notes of a request, by parts of the service."""

    __slots__ = ("key_id", "status")

    def __init__(self) -> None:
        self.key_id: str | None = None
        self.status = _UNANSWERED


class NotingBearer(BearerHandler):
    """Finds keys, and notes the id of each."""

    async def count(self, scope: Any, key: ValidKey) -> None:
        scope[_KEY].key_id = key.id
        await super().count(scope, key)


class ObservedRequests:
    """ASGI middleware around the whole service, which gives each request its id."""

    def __init__(self, app: ASGIApp, fixed: Collection[str], watchers: Collection[Watcher]) -> None:
        """`fixed` are the paths of the API."""
        self._app = app
        self._fixed = frozenset(fixed)
        self._watchers = tuple(watchers)
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun_at = time.perf_counter()
        noted = scope[_KEY] = Noted()
        request_id = new_request_id()
        give_id(scope, request_id)
        # For what is logged meanwhile; each request has a context of its own.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        begun = [watcher.begin_request(scope) for watcher in self._watchers]

        def send_noted(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                noted.status = int(message["status"])
            return send(message)

        # As it was sent: parts of the service change the scope.
        path, method = scope["path"], scope["method"]
        try:
            await self._app(scope, receive, send_noted)
        finally:
            seconds = time.perf_counter() - begun_at
            self._log.info(
                "request",
                request_id=request_id,
                method=method,
                path=path if path in self._fixed else shown_path(path),
                status=noted.status,
                ms=round(seconds * 1000, 1),
                key=noted.key_id,
            )
            if self._watchers:
                template = route(path, _found(scope, noted.status), self._fixed)
                for watcher, each in zip(self._watchers, begun, strict=True):
                    watcher.end_request(
                        each,
                        request_id=request_id,
                        method=method,
                        route=template,
                        status=noted.status,
                        seconds=seconds,
                    )


def _found(scope: Scope, status: int) -> Mapping[str, Any] | None:
    """Return the parameters that a router found in the path of a request; None if none knew it."""
    parameters: Mapping[str, Any] | None = scope.get("path_params") if "endpoint" in scope else None
    # Connexion notes its own fallback too.
    return parameters if parameters or status != HTTPStatus.NOT_FOUND else None
