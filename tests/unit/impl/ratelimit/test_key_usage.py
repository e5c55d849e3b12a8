"""Counting the requests of keys."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.ratelimit.key_usage import KeyUsage
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.accounts.key_usage import RETENTION
from oneinvoice_impl.store.accounts.keys import KeyRepository
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.tables.dashboard import key_use
from oneinvoice_impl.store.tables.records import api_keys

from tests.unit.impl.asgi_client import asked, bearer
from tests.unit.impl.webhook_world import ORGANISATION, START, World

HOUR = START.replace(minute=0)


@pytest.fixture
def keyed(world: World) -> World:
    """With two keys of the first organisation, and one of the second."""
    for organisation, id in ((ORGANISATION, "key_1"), (ORGANISATION, "key_2"), ("org_2", "key_3")):
        world.do(
            lambda connection, own=organisation, id=id: KeyRepository(connection, own).add(id, id, f"1iv_{id}", START)
        )
    return world


def counted(world: World) -> dict[tuple[str, datetime], int]:
    return {(row["key_id"], row["hour"]): row["requests"] for row in world.rows(key_use)}


def last_used(world: World) -> dict[str, datetime | None]:
    return {row["id"]: row["last_used_at"] for row in world.rows(api_keys)}


def test_several_processes_add_up(keyed: World) -> None:
    processes = [KeyUsage(keyed.database, keyed.clock) for _ in range(3)]
    for process in processes * 2:
        for key, times in (("key_1", 3), ("key_2", 1)):
            for _ in range(times):
                process.count(key)
        asyncio.run(process.flush())
        keyed.go_on(minutes=1)
    assert counted(keyed) == {("key_1", HOUR): 18, ("key_2", HOUR): 6}
    assert last_used(keyed) == {
        "key_1": START + timedelta(minutes=5),
        "key_2": START + timedelta(minutes=5),
        "key_3": None,
    }


def test_each_hour_is_counted_for_itself(keyed: World) -> None:
    use = KeyUsage(keyed.database, keyed.clock)
    for _ in range(3):
        use.count("key_1")
        keyed.go_on(minutes=30)
    asyncio.run(use.flush())
    assert counted(keyed) == {("key_1", HOUR): 2, ("key_1", HOUR + timedelta(hours=1)): 1}
    shown = keyed.do(
        lambda connection: KeyRepository(connection, ORGANISATION).usage(["key_1", "key_2"], HOUR + timedelta(hours=1))
    )
    assert shown == {"key_1": {HOUR + timedelta(hours=1): 1}}
    assert keyed.do(lambda connection: KeyRepository(connection, "org_2").usage(["key_1"], HOUR)) == {}


def test_what_is_long_past_is_forgotten(keyed: World) -> None:
    use = KeyUsage(keyed.database, keyed.clock)
    use.count("key_1")
    use.count("key_3")
    asyncio.run(use.flush())
    keyed.go_on(days=RETENTION.days, hours=1)
    use.count("key_1")
    asyncio.run(use.flush())
    assert set(counted(keyed)) == {("key_1", HOUR + RETENTION + timedelta(hours=1)), ("key_3", HOUR)}


def test_the_hour_that_began_just_so_long_before_is_kept(keyed: World) -> None:
    use = KeyUsage(keyed.database, lambda: HOUR)
    use.count("key_1")
    asyncio.run(use.flush())
    use = KeyUsage(keyed.database, lambda: HOUR + RETENTION)
    use.count("key_1")
    asyncio.run(use.flush())
    assert set(counted(keyed)) == {("key_1", HOUR), ("key_1", HOUR + RETENTION)}


def test_nothing_is_written_of_nothing(empty_database: Database) -> None:
    # It has no tables yet.
    asyncio.run(KeyUsage(empty_database, lambda: START).flush())


def test_requests_that_run_at_the_same_time_are_all_counted(memory_app: Application) -> None:
    key = key_text(1, "primary")

    async def run() -> list[int]:
        answers = await asyncio.gather(*(asked(memory_app, "/api/v1/members", bearer(key)) for _ in range(70)))
        return [answer.status for answer in answers]

    assert asyncio.run(run()).count(200) == 60
