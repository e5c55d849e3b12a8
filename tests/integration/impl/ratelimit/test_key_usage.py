"""Counting the requests of keys."""

from __future__ import annotations

import asyncio
import logging

import pytest
from oneinvoice_impl.ratelimit.key_usage import KeyUsage
from oneinvoice_impl.store.accounts.keys import KeyRepository
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseFailure
from oneinvoice_impl.store.tables.dashboard import key_use

from tests.services.postgres import Postgres
from tests.unit.impl.ratelimit.test_key_usage import HOUR, counted, keyed
from tests.unit.impl.webhook_world import ORGANISATION, START, World

__all__ = ["keyed"]


def test_it_is_written_now_and_then_and_at_the_end(keyed: World) -> None:
    async def run() -> None:
        use = KeyUsage(keyed.database, keyed.clock, interval=0.01)
        use.start()
        use.count("key_1")
        async with asyncio.timeout(10):
            while not await keyed.database.run(lambda connection: connection.execute(key_use.select()).all()):
                await asyncio.sleep(0.01)
        await use.stop()
        late = KeyUsage(keyed.database, keyed.clock)
        late.start()
        late.count("key_1")
        await late.stop()

    asyncio.run(run())
    assert counted(keyed) == {("key_1", HOUR): 2}


def test_nothing_is_lost_while_the_database_is_away(
    postgres_server: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(Database(postgres_server.new_database()))
    world.do(lambda connection: KeyRepository(connection, ORGANISATION).add("key_1", "Accounting", "1iv_1", START))
    use = KeyUsage(world.database, world.clock)
    use.count("key_1")
    postgres_server.stop()
    try:
        with pytest.raises(DatabaseFailure):
            asyncio.run(use.flush())
        use.count("key_1")
        with caplog.at_level(logging.ERROR):
            asyncio.run(_started_and_stopped(use))
        assert "key use: database error" in caplog.text
    finally:
        postgres_server.start()
    asyncio.run(use.flush())
    assert counted(world) == {("key_1", HOUR): 2}
    world.database.close()


def test_what_could_not_be_written_is_written_though_no_request_follows(
    postgres_server: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(Database(postgres_server.new_database()))
    world.do(lambda connection: KeyRepository(connection, ORGANISATION).add("key_1", "Accounting", "1iv_1", START))

    async def run() -> None:
        use = KeyUsage(world.database, world.clock, interval=0.02)
        postgres_server.stop()
        try:
            use.start()
            use.count("key_1")
            async with asyncio.timeout(10):
                while "key use: database error" not in caplog.text:
                    await asyncio.sleep(0.01)
        finally:
            postgres_server.start()
        async with asyncio.timeout(10):
            while not await world.database.run(lambda connection: connection.execute(key_use.select()).all()):
                await asyncio.sleep(0.01)
        await use.stop()

    asyncio.run(run())
    assert counted(world) == {("key_1", HOUR): 1}
    world.database.close()


async def _started_and_stopped(use: KeyUsage) -> None:
    use.start()
    await use.stop()
