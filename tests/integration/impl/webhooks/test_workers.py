"""Workers that take their jobs from PostgreSQL, beside whoever stores deliveries there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import pytest
from oneinvoice_impl.clock import SYSTEM_CLOCK
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.migrations.upgrade import upgrade
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts
from oneinvoice_impl.webhooks.dispatcher import DispatchLimits
from oneinvoice_impl.webhooks.secret_encryption import new_key
from oneinvoice_impl.webhooks.service import WebhookService
from oneinvoice_impl.webhooks.url_policy import UrlPolicy
from oneinvoice_impl.webhooks.workers.delivery_worker import DeliveryWorker
from sqlalchemy import text

from tests.integration.impl.receivers import receiver, status
from tests.services.postgres import Postgres
from tests.unit.impl.webhook_world import World

OK = status("200 OK")
BOUNDARY = 0.5  # of what is told by a job and not found by the sweep, which comes every other second


@pytest.fixture
def world(postgres_server: Postgres) -> Iterator[World]:
    database = Database(postgres_server.emptied_database())
    made = World(database, clock=SYSTEM_CLOCK)  # type: ignore[arg-type]
    upgrade(database, lambda _: None)
    yield made
    database.close()


@pytest.fixture
def service(world: World) -> WebhookService:
    """What stores deliveries in a process that serves, and leaves them to workers."""
    return WebhookService(world.database, Settings(deliveries="workers", secret_key=new_key().decode()))


def with_workers(world: World, count: int, use: Callable[[], Awaitable[None]], concurrency: int = 50) -> None:
    """Run so many workers until `use` returns."""

    async def run() -> None:
        workers = [
            DeliveryWorker(world.database, DeliveryAttempts(world.encryption, UrlPolicy(loopback=True)), concurrency)
            for _ in range(count)
        ]
        running = [asyncio.create_task(each.run()) for each in workers]
        try:
            await use()
        finally:
            for each in workers:
                each.stop()
            await asyncio.gather(*running)

    asyncio.run(run())


def jobs(world: World) -> list[tuple[str, str]]:
    query = text("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id")
    return [tuple(row) for row in world.do(lambda connection: connection.execute(query).all())]


def until_delivered(world: World, count: int) -> Callable[[], Awaitable[None]]:
    async def wait() -> None:
        until = time.monotonic() + 20
        query = text("SELECT count(*) FROM webhook_deliveries WHERE status = 'delivered'")
        while await world.database.run(lambda connection: connection.execute(query).scalar_one()) < count:
            assert time.monotonic() < until, "not all are delivered"
            await asyncio.sleep(0.02)

    return wait


def test_a_job_is_stored_with_what_is_due_once_and_rolled_back_with_it(world: World, service: WebhookService) -> None:
    world.add("http://127.0.0.1:9/")

    def fail(connection: Connection) -> None:
        world.happened(connection)
        raise LookupError

    asyncio.run(service.transact(lambda connection: None))
    with pytest.raises(LookupError):
        asyncio.run(service.transact(fail))
    assert jobs(world) == []
    for number in range(3):
        asyncio.run(service.transact(partial(world.happened, number=number)))
    assert jobs(world) == [("deliver", "todo")]
    assert len(world.deliveries) == 3


def test_who_is_second_waits_for_nothing_but_the_first(world: World, service: WebhookService) -> None:
    world.add("http://127.0.0.1:9/")

    async def together() -> None:
        await asyncio.gather(*(service.transact(partial(world.happened, number=number)) for number in range(20)))

    asyncio.run(together())
    assert jobs(world) == [("deliver", "todo")]
    assert len(world.deliveries) == 20


def test_what_is_committed_is_delivered_at_once_and_leaves_no_job(world: World, service: WebhookService) -> None:
    with receiver(OK) as target:
        world.add(target.url)

        async def use() -> None:
            await service.start()
            await asyncio.sleep(1)  # until they listen
            started = time.monotonic()
            await service.transact(world.happened)
            await asyncio.to_thread(target.wait_for, 1)
            assert time.monotonic() - started < BOUNDARY
            await until_delivered(world, 1)()
            await service.stop()

        with_workers(world, 1, use)
        assert len(target.requests) == 1
    assert [row["status"] for row in world.attempts] == [200]
    assert ("deliver", "doing") not in jobs(world)


def test_a_backlog_is_shared_and_each_is_sent_once(world: World, service: WebhookService) -> None:
    world.limits = DispatchLimits()
    with receiver(lambda connection: (time.sleep(0.02), OK(connection))[1]) as target:
        for number in range(10):
            world.add(f"{target.url}/{number}")

        def many(connection: Connection) -> None:
            for number in range(30):
                world.happened(connection, number)

        asyncio.run(service.transact(many))
        with_workers(world, 2, until_delivered(world, 300), concurrency=10)
        assert len(target.requests) == 300
    assert len(world.attempts) == 300


def test_a_retry_and_the_claims_of_who_died_are_found_without_a_job(world: World) -> None:
    with receiver(OK) as target:
        world.add(target.url)
        world.happen(1)
        world.happen(2)
        lease = DispatchLimits().lease
        claimed_at = world.now - lease
        (claim,) = world.do(
            lambda connection: delivery_queue.claim(connection, world.now, lease, 1, (), lambda failing: 1)
        )
        world.do(
            lambda connection: connection.execute(
                text("UPDATE webhook_deliveries SET lease_until = :at WHERE id = :id"),
                {"at": claimed_at + lease, "id": claim.delivery_id},
            )
        )
        assert jobs(world) == []
        with_workers(world, 1, until_delivered(world, 2))
        assert len(target.requests) == 2


def test_one_that_hangs_holds_nobody_up(world: World, service: WebhookService) -> None:
    with receiver(lambda connection: time.sleep(3)) as hanging, receiver(OK) as target:
        world.add(hanging.url)

        def backlog(connection: Connection) -> None:
            for number in range(100):
                world.happened(connection, number)

        asyncio.run(service.transact(backlog))
        world.add(target.url)

        async def use() -> None:
            await asyncio.to_thread(hanging.wait_for, 4)
            started = time.monotonic()
            await service.transact(partial(world.happened, number=1000))
            await asyncio.to_thread(target.wait_for, 1)
            assert time.monotonic() - started < BOUNDARY

        with_workers(world, 1, use)
        assert hanging.connections <= 8


def test_a_worker_gives_back_what_it_can_not_end_and_removes_jobs_of_the_dead(world: World) -> None:
    world.do(
        lambda connection: connection.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('webhooks', 'deliver', 'doing')"
            )
        )
    )
    with receiver(lambda connection: time.sleep(5)) as hanging:
        world.add(hanging.url)
        world.happen()

        async def use() -> None:
            await asyncio.to_thread(hanging.wait_for, 1)

        with_workers(world, 1, use)
    assert [(row["status"], row["lease_until"], row["attempts"]) for row in world.deliveries] == [("pending", None, 0)]
    assert jobs(world) == []


def test_a_database_that_was_away_is_used_again(
    world: World, service: WebhookService, postgres_server: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    def said() -> list[str]:
        messages = [record.getMessage() for record in caplog.records]
        return [message for message in messages if message.startswith("worker:")]

    with receiver(OK) as target:
        world.add(target.url)

        async def use() -> None:
            await service.transact(world.happened)
            await asyncio.to_thread(target.wait_for, 1)
            postgres_server.stop()
            await asyncio.sleep(0.5)
            postgres_server.start()
            await service.transact(partial(world.happened, number=2))
            await asyncio.to_thread(target.wait_for, 2)
            await until_delivered(world, 2)()
            until = time.monotonic() + 20
            while len(said()) < 2:
                assert time.monotonic() < until, "it takes no jobs"
                await asyncio.sleep(0.02)

        with_workers(world, 1, use)
    away, back = said()
    assert away.startswith("worker: the database can't be used (")
    assert back == "worker: the database can be used again."
