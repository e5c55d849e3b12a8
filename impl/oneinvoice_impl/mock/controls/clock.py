"""Controls of a mock's clock."""

from __future__ import annotations

import time
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from oneinvoice_impl.api.problem import Problem
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock.controls import replies, request_bodies
from oneinvoice_impl.mock.controls.request_bodies import ClockChange
from oneinvoice_impl.mock.controls.routing import Routing
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.webhooks.service import WebhookService

FIXED_CLOCK = (
    "The mock's clock can't be moved while ONEINVOICE_REDIS_URL is set or ONEINVOICE_WORKERS is above 1: "
    "it would not move what other processes count; start one mock without them."
)

MOST_SECONDS = 18.0
"""Seconds that a change waits for deliveries at most: longer than a receiver may take."""


async def change_in_steps(webhooks: WebhookService, clock: ManualClock, change: ClockChange) -> str:
    """Change a clock, which stops on its way at each time at which a delivery is due, until that was answered.

    What is due already is sent before, at its own time: whoever moves the clock right after an event finds the first
    attempt made. If MOST_SECONDS are not enough, and with them some 1,000 stops, it goes on without a stop. Return a
    sentence that says from when on it did, or nothing.
    """
    until = time.monotonic() + MOST_SECONDS
    note = ""
    while await webhooks.deliver_due(until - time.monotonic()):
        due = await webhooks.read(delivery_queue.next_due)
        now = clock()
        if due is None or due > change.target(now):
            break
        step = max(due - now, timedelta())
        clock.advance(step)
        change = change.after(step)
    else:
        note = f"The receivers were slow: webhooks that were due from {timestamp(clock())} on are sent late."
    change.apply(clock)
    await webhooks.deliver_due(until - time.monotonic())
    return note


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
        """Advance, set, freeze or resume the time for all that asks for it; what is due on the way is sent first."""
        clock = self._movable()
        change = request_bodies.clock_change(await request_bodies.read(request, request_bodies.CLOCK))
        change.target(clock())
        return replies.clock(clock, await change_in_steps(self._webhooks, clock, change))

    async def reset_clock(self, request: Request) -> Any:
        """Go back to the system's time; what is due by then waits."""
        clock = self._movable()
        clock.reset()
        return replies.clock(clock)

    def _movable(self) -> ManualClock:
        if self._clock is None:
            raise Problem(HTTPStatus.CONFLICT, FIXED_CLOCK)
        return self._clock
