"""Deliveries of data that is replaced, and of a clock that is moved, against real receivers."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.store.tables.webhooks import attempts, deliveries, endpoints
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.webhooks.dispatcher import Dispatcher, DispatchLimits
from sqlalchemy import delete, select, update

from tests.integration.impl.receivers import receiver, status
from tests.unit.impl.webhook_world import START, World

OK = status("200 OK", body=b"thanks")


def test_what_is_being_sent_is_recorded_for_nothing_that_takes_its_place(world: World) -> None:
    with receiver(lambda connection: time.sleep(1)) as slow, receiver(OK) as quick:
        world.add(slow.url)
        world.happen()

        def again(connection: Connection) -> None:
            """Have the same delivery anew, as a snapshot that is restored has it."""
            connection.execute(update(deliveries).values(fence=0, lease_until=None))
            connection.execute(update(endpoints).values(url=quick.url))

        async def run(dispatcher: Dispatcher) -> None:
            dispatcher.start()
            await asyncio.to_thread(slow.wait_for, 1)
            await dispatcher.replace_all(again)
            await asyncio.to_thread(quick.wait_for, 1)
            await dispatcher.deliver_due(5)
            await asyncio.sleep(1.2)  # the slow one has ended, too

        world.with_dispatcher(run)
    assert [(row["number"], row["status"], row["answer"]) for row in world.attempts] == [(1, 200, b"thanks")]
    assert world.deliveries[0]["status"] == "delivered"


def test_what_can_not_take_its_place_leaves_it_to_be_sent(world: World) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(delete(attempts))
        raise LookupError

    with receiver(lambda connection: time.sleep(0.5)) as target:
        world.add(target.url)
        world.happen()

        async def run(dispatcher: Dispatcher) -> None:
            dispatcher.start()
            await asyncio.to_thread(target.wait_for, 1)
            with pytest.raises(LookupError):
                await dispatcher.replace_all(fail)
            await asyncio.to_thread(target.wait_for, 2)

        world.with_dispatcher(run)


@pytest.mark.parametrize(("seconds", "attempted"), [(5, 1), (0.1, 0)])
def test_delivering_what_is_due_waits_for_it_but_not_for_ever(world: World, seconds: float, attempted: int) -> None:
    world.limits = DispatchLimits(grace=0.1)
    with receiver(lambda connection: time.sleep(0.6)) as target:
        world.add(target.url)
        found = []

        async def run(dispatcher: Dispatcher) -> None:
            dispatcher.start()
            await world.database.write(world.happened)
            await dispatcher.deliver_due(seconds)
            found.extend(await world.database.run(lambda connection: connection.execute(select(attempts)).all()))

        world.with_dispatcher(run)
        assert len(target.requests) == 1
    assert len(found) == attempted


def test_delivering_what_is_due_returns_at_once_where_nothing_is(world: World) -> None:
    async def run(dispatcher: Dispatcher) -> None:
        dispatcher.start()
        started = time.monotonic()
        for _ in range(3):
            await dispatcher.deliver_due(10)
        assert time.monotonic() - started < 5

    world.with_dispatcher(run)


class SetOnceAsked(ManualClock):
    """Clock that is moved on right after it was asked for the first time."""

    was_asked = False

    def __call__(self) -> datetime:
        now = super().__call__()
        if not self.was_asked:
            self.was_asked = True
            self.advance(timedelta(seconds=2))
        return now


def test_what_becomes_due_just_after_it_was_looked_for_waits_for_nothing_else(world: World) -> None:
    with receiver(OK) as target:
        world.add(target.url)
        world.go_on(seconds=1)
        world.happen()
        world.clock = SetOnceAsked(START)

        async def run(dispatcher: Dispatcher) -> None:
            dispatcher.start()
            await asyncio.to_thread(target.wait_for, 1)

        world.with_dispatcher(run)
    assert world.deliveries[0]["status"] == "delivered"
