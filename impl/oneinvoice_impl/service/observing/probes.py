"""Probes `/healthz` and `/readyz`: whether a process answers, and whether it can serve."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseFailure, UnusableDatabase
from oneinvoice_impl.store.schema import must_be_current

HEALTH, READINESS = "/healthz", "/readyz"
SECONDS = 4.0
"""The time in which the database has to answer."""
_KEPT_SECONDS = 1.0
"""The time for which a verdict is kept, so that nobody keeps the database busy by asking."""


class Probes:
    """ASGI middleware that answers both, beside the API and its limits."""

    def __init__(self, app: ASGIApp, database: Database, redis: Callable[[], str]) -> None:
        """`redis` tells of Redis in a word; requests are served on without it."""
        self._app = app
        self._database = database
        self._redis = redis
        self._asking: asyncio.Task[str] | None = None
        self._asked_at = -_KEPT_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in (HEALTH, READINESS):
            await self._app(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(HTTPStatus.METHOD_NOT_ALLOWED, {"status": "use GET"}, {"Allow": "GET, HEAD"})(
                scope, receive, send
            )
        elif scope["path"] == HEALTH:
            await _answer(HTTPStatus.OK, {"status": "ok"})(scope, receive, send)
        else:
            database = await self._verdict()
            ready = database == "ok"
            content = {"status": "ok" if ready else "not ready", "database": database, "redis": self._redis()}
            await _answer(HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, content)(scope, receive, send)

    async def _verdict(self) -> str:
        """Return what is to be said of the database; all who ask at the same time wait for the same."""
        is_old = self._asking is not None and self._asking.done() and time.monotonic() > self._asked_at + _KEPT_SECONDS
        if self._asking is None or is_old:
            self._asking = asyncio.create_task(self._ask(), name="readiness")
        return await asyncio.shield(self._asking)

    async def _ask(self) -> str:
        try:
            async with asyncio.timeout(SECONDS):
                await self._database.run(must_be_current)
        except (DatabaseFailure, TimeoutError):
            return "it does not answer"
        except UnusableDatabase:
            return "it has not the tables of this version"
        finally:
            self._asked_at = time.monotonic()
        return "ok"


def _answer(status: HTTPStatus, content: dict[str, str], headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(content, status, {"Cache-Control": "no-store", **(headers or {})})
