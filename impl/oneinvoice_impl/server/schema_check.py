"""Refusal to serve a database that has not this version's tables, whatever server starts the application."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Receive, Scope, Send

from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import UnreachableDatabase, UnusableDatabase
from oneinvoice_impl.store.schema import require_current


class CheckedSchema:
    """ASGI middleware. At the start an unusable database is told to the server, which ends then.

    One that is away is not: it is used as soon as it is back.
    """

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app = app
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            try:
                with suppress(UnreachableDatabase):
                    await asyncio.to_thread(require_current, self._database)
            except UnusableDatabase as problem:
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(problem)})
                return
        await self._app(scope, receive, send)
