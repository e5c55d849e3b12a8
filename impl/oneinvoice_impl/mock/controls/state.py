"""Controls of a mock's state."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from oneinvoice_impl.mock.controls import request_bodies
from oneinvoice_impl.mock.controls.routing import Routing
from oneinvoice_impl.mock.state import MockState

LONGEST_SNAPSHOT = 256 * 2**20
"""Bytes."""


class StateControls:
    """Handlers of the requests that reset, keep and restore a state."""

    def __init__(self, state: MockState) -> None:
        self._state = state

    def routes(self, route: Routing) -> list[Route]:
        """Return all of them."""
        return [
            route("POST", "/reset", self.reset),
            route("POST", "/snapshot", self.snapshot),
            route("POST", "/restore", self.restore),
        ]

    async def reset(self, request: Request) -> Any:
        """Go back to what was seeded."""
        await request_bodies.read(request, ())
        await self._state.reset()
        return {}

    async def snapshot(self, request: Request) -> Any:
        """Return the state, with the secrets of webhooks in it."""
        return await self._state.snapshot()

    async def restore(self, request: Request) -> Any:
        """Go back to a snapshot."""
        await self._state.restore(await request_bodies.read_object(request, LONGEST_SNAPSHOT))
        return {}
