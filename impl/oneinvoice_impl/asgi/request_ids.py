"""Give every request an id, which its answer carries as `X-Request-Id`."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEY = "oneinvoice.request_id"


def new_request_id() -> str:
    """Return an id that no other request has."""
    return f"req_{secrets.token_hex(8)}"


def request_id(scope: Any) -> str:
    """Return the id of the request with that ASGI scope."""
    return str(scope[_KEY])


def give_id(scope: Any, id: str) -> None:
    """Give the request with that ASGI scope an id, before `RequestIds` does."""
    scope[_KEY] = id


class RequestIds:
    """ASGI middleware; the outermost, so that no answer goes without."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Not the client's own header: what it says could be made up, repeated, or a page long.
        id = scope[_KEY] = scope.get(_KEY) or new_request_id()

        def send_with_id(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", id.encode())]
            return send(message)

        await self._app(scope, receive, send_with_id)
