"""Controls of a mock's clock."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from oneinvoice_impl.api.problem import Problem
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.controls import replies, request_bodies
from oneinvoice_impl.mock.controls.routing import Routing
from oneinvoice_impl.webhooks.service import WebhookService

FIXED_CLOCK = (
    "The mock's clock can't be moved while ONEINVOICE_REDIS_URL is set or ONEINVOICE_WORKERS is above 1: "
    "it would not move what other processes count; start one mock without them."
)

MOST_SECONDS = 18.0
"""Seconds that a change waits for deliveries at most: longer than a receiver may take."""


class ClockControls:
    """Handlers of the requests about the time."""

    def __init__(self, webhooks: WebhookService, clock: ManualClock | None) -> None:
        """`clock` is what the application asks for the time, or None if that can't be moved."""
        self._webhooks = webhooks
        self._clock = clock

    def routes(self, route: Routing) -> list[Route]:
        """Return all of them."""
        return [
            route("GET", "/clock", self.show_clock),
            route("POST", "/clock", self.change_clock),
            route("POST", "/clock/reset", self.reset_clock),
        ]

    async def show_clock(self, request: Request) -> Any:
        """Return the mock's time."""
        return replies.clock(self._movable())

    async def change_clock(self, request: Request) -> Any:
        """Advance, set, freeze or resume the time for all that asks for it; what is due by then is sent first.

        What is due already is sent before, at its own time: whoever moves the clock right after an event finds the
        first attempt made, and its retry due.
        """
        clock = self._movable()
        change = request_bodies.clock_change(await request_bodies.read(request, request_bodies.CLOCK))
        change.target(clock())
        until = time.monotonic() + MOST_SECONDS
        await self._webhooks.deliver_due(MOST_SECONDS)
        change.apply(clock)
        await self._webhooks.deliver_due(until - time.monotonic())
        return replies.clock(clock)

    async def reset_clock(self, request: Request) -> Any:
        """Go back to the system's time; what is due by then waits."""
        clock = self._movable()
        clock.reset()
        return replies.clock(clock)

    def _movable(self) -> ManualClock:
        if self._clock is None:
            raise Problem(HTTPStatus.CONFLICT, FIXED_CLOCK)
        return self._clock
