"""Endpoints that are removed while others write of them, in PostgreSQL, where writers do not wait for each other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.store.webhooks.delivery_queue import Outcome
from sqlalchemy import Connection as SqlConnection

from tests.services.postgres import postgres
from tests.unit.impl.webhook_world import World

URL = "http://127.0.0.1:9/hook"
PAUSE = 0.5  # seconds, in which the other transaction comes to where it waits


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with postgres() as server:
        database = Database(server.new_database())
        yield World(database)
        database.close()


def meanwhile(
    world: World, open_work: Callable[[SqlConnection], object], work: Callable[[SqlConnection], object]
) -> None:
    """Do the work in a transaction that begins while another one is open, and ends after it. Raises what it raises."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with world.database.engine.begin() as connection:
                work(connection)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    with world.database.engine.begin() as connection:
        open_work(connection)
        thread.start()
        time.sleep(PAUSE)
    thread.join(timeout=20)
    assert not thread.is_alive()
    if failures:
        raise failures[0]


def removal(world: World, id: str) -> Callable[[Connection], None]:
    def remove(connection: Connection) -> None:
        endpoints = world.endpoints(connection)
        row = endpoints.find(id)
        assert row is not None
        endpoints.remove(row)

    return remove


def test_while_an_attempt_is_recorded(world: World) -> None:
    id = world.add(URL)
    world.happen(1)
    (claim,) = world.do(
        lambda connection: delivery_queue.claim(connection, world.now, timedelta(seconds=60), 5, [], lambda _: 5)
    )
    outcome = Outcome(claim, world.now, timedelta(seconds=1), 200, None, b"thanks")
    meanwhile(world, lambda connection: delivery_queue.record(connection, [outcome]), removal(world, id))
    assert (world.attempts, world.deliveries) == ([], [])


def test_while_an_event_is_stored(world: World) -> None:
    id, other = world.add(URL), world.add(f"{URL}/other")
    meanwhile(world, removal(world, id), lambda connection: world.happened(connection, 2))
    assert [row["endpoint_id"] for row in world.deliveries] == [other]
    meanwhile(world, lambda connection: world.happened(connection, 3), removal(world, other))
    assert world.deliveries == []
