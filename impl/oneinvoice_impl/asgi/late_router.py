"""Router whose routes are made with the first request, so that no start waits for what they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send


class LateRouter:
    """ASGI application of routes, of which `routes` returns all. Paths that end in a slash are not redirected."""

    def __init__(self, routes: Callable[[], Sequence[BaseRoute]]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)

    @cached_property
    def _router(self) -> ASGIApp:
        return Router(self._routes(), redirect_slashes=False)
