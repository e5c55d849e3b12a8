"""The innermost application: hand a request to the operation that Connexion found for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

Handler = Callable[[Mapping[str, Any]], Awaitable[Response]]


class Dispatch:
    """Calls a handler with the context that security and validation have filled.

    Connexion's own `AsyncApp` would instead, for every request, inspect the handler's signature, read the body as a
    form (so that a GET with a malformed one fails) and encode JSON in Python.
    """

    def __init__(self, handler: Callable[[str], Handler], fallback: ASGIApp) -> None:
        """`handler` returns the handler of an operation id; `fallback` answers requests that match no operation."""
        self._handler = handler
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        extensions = scope["extensions"]
        operation_id = extensions["connexion_routing"]["operation_id"]
        if operation_id is None:
            await self._fallback(scope, receive, send)
            return
        response = await self._handler(operation_id)(extensions["connexion_context"])
        await response(scope, receive, send)
