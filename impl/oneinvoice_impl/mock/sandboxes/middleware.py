"""ASGI application of a mock and its sandboxes at one address."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.mock.sandboxes.registry import Sandbox, Sandboxes, path_of

_OF_SANDBOX = re.compile("(/_mock)?/sandboxes/([^/]+)(/.*)")
_REPLACING = ("/_mock/reset", "/_mock/restore", "/_mock/scenario")
"""Controls that have other keys in the place of those that there are."""


class WithSandboxes:
    """Hands each request to the sandbox whose key it carries or below whose path it is, or else to the mock itself."""

    def __init__(self, app: ASGIApp, sandboxes: Sandboxes) -> None:
        self._app = app
        self._sandboxes = sandboxes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._stopping(send))
            return
        app, scope = await self._of(scope)
        await app(scope, receive, self._replacing(send) if scope["path"].endswith(_REPLACING) else send)

    async def _of(self, scope: Scope) -> tuple[ASGIApp, Scope]:
        """Return the application that a request is for, and the request as that is asked."""
        prefix = self._sandboxes.prefix
        path = scope["path"].removeprefix(prefix)
        if path.startswith("/api/"):
            sandbox = await self._of_key(scope) if self._sandboxes.all else None
            rest = path
        elif match := _OF_SANDBOX.fullmatch(path):
            controls, id, below = match.groups()
            sandbox, rest = self._sandboxes.find(id), f"{controls or ''}{below}"
            if sandbox is None:
                # The mock's own controls say so.
                return self._app, {**scope, "path": f"{prefix}/_mock/sandboxes/{id}{below}"}
        else:
            sandbox = None
        if sandbox is None:
            return self._app, scope
        return sandbox.app, {**scope, "path": f"{prefix}{path_of(sandbox.id)}{rest}"}

    async def _of_key(self, scope: Scope) -> Sandbox | None:
        for name, value in scope["headers"]:
            if name == b"authorization":
                return await self._sandboxes.of_key(value.decode("latin-1").partition(" ")[2].strip(" "))
        return None

    def _replacing(self, send: Send) -> Send:
        async def send_once_replaced(message: Message) -> None:
            self._sandboxes.look_anew()
            await send(message)

        return send_once_replaced

    def _stopping(self, send: Send) -> Send:
        async def send_once_stopped(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await self._sandboxes.stop()
            await send(message)

        return send_once_stopped
