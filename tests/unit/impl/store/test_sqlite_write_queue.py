"""Transactions that share a commit."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from oneinvoice_impl.store import sqlite_write_queue
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseFailure
from oneinvoice_impl.store.sqlite_write_queue import SqliteWriteQueue
from sqlalchemy import Column, Connection, Integer, MetaData, Table, event, insert, select

thing = Table("thing", MetaData(), Column("id", Integer, primary_key=True))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    with database.exclusive() as connection:
        thing.create(connection)
    yield database
    database.close()


def add(connection: Connection, id: int, *, fail: bool = False) -> int:
    connection.execute(insert(thing), {"id": id})
    if fail:
        raise RuntimeError
    return id


def stored(database: Database) -> list[int]:
    with database.engine.connect() as connection:
        return stored_by(connection)


def stored_by(connection: Connection) -> list[int]:
    return list(connection.execute(select(thing.c.id).order_by(thing.c.id)).scalars())


async def together(database: Database, *works: tuple[int, bool]) -> list[int | BaseException]:
    return await asyncio.gather(
        *(database.write(lambda c, id=id, fail=fail: add(c, id, fail=fail)) for id, fail in works),
        return_exceptions=True,
    )


def test_each_gets_its_own_result_and_fails_alone(database: Database) -> None:
    results = asyncio.run(together(database, (1, False), (2, True), (3, False), (3, False), (4, True), (5, False)))
    assert [type(result) for result in results] == [int, RuntimeError, int, DatabaseFailure, RuntimeError, int]
    assert stored(database) == [1, 3, 5]


def test_what_was_together_with_a_failure_runs_again_without_it(database: Database) -> None:
    ran: list[int] = []

    def work(id: int) -> Callable[[Connection], int]:
        def run(connection: Connection) -> int:
            ran.append(id)
            assert all(other % 2 for other in stored_by(connection)), "what failed is still there"
            return add(connection, id, fail=id % 2 == 0)

        return run

    async def together() -> list[int | BaseException]:
        works = [database.write(work(id)) for id in (0, 1, 3, 4, 5)]
        return await asyncio.gather(*works, return_exceptions=True)

    assert [type(result) for result in asyncio.run(together())] == [RuntimeError, int, int, RuntimeError, int]
    assert stored(database) == [1, 3, 5]
    assert ran.count(0) == ran.count(4) == 1


def test_first_is_before_all_that_wait(database: Database) -> None:
    order: list[int] = []

    async def run() -> None:
        begun, go_on = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def hold(_: Connection) -> None:
            loop.call_soon_threadsafe(begun.set)
            assert go_on.wait(10)

        held = asyncio.create_task(database.write(hold))
        await begun.wait()
        others = [asyncio.create_task(database.write(lambda _, id=id: order.append(id))) for id in range(120)]
        await asyncio.sleep(0)
        ahead = asyncio.create_task(database.write(lambda _: order.append(-1), first=True))
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(held, ahead, *others)

    asyncio.run(run())
    assert order == [-1, *range(120)]


def test_many_share_few_commits(database: Database) -> None:
    commits = []
    event.listen(database.engine, "commit", commits.append)
    assert asyncio.run(together(database, *((id, False) for id in range(500)))) == [*range(500)]
    assert stored(database) == [*range(500)]
    assert len(commits) < 50


def test_what_comes_after_a_shared_commit_waits_for_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = SqliteWriteQueue(database.engine)
    waits: list[float] = []

    async def in_turn() -> list[float]:
        longest = []
        for ids in ((1,), (2,), range(10, 110), (3,)):
            await asyncio.gather(*(queue.write(lambda c, id=id: add(c, id)) for id in ids))
            longest.append(max(waits, default=0.0))
        return longest

    monkeypatch.setattr(sqlite_write_queue, "_SPACING", 60.0)
    monkeypatch.setattr(queue._closing, "wait", waits.append)
    _, after_one, _, after_many = asyncio.run(in_turn())
    queue.close()
    assert after_one == 0.0
    assert after_many > 30


def test_nobody_is_told_of_success_when_the_commit_fails(database: Database) -> None:
    def refuse(_: Connection) -> None:
        raise OSError("the disk is full")

    event.listen(database.engine, "commit", refuse)
    results = asyncio.run(together(database, (1, False), (2, False)))
    assert [str(result) for result in results] == ["the disk is full"] * 2
    event.remove(database.engine, "commit", refuse)
    assert stored(database) == []
    assert asyncio.run(together(database, (3, False))) == [3]


def test_who_no_longer_waits_holds_up_nobody(database: Database) -> None:
    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(together(database, (1, False), (2, False)), 0)

    asyncio.run(give_up())
    assert asyncio.run(together(database, (3, False))) == [3]
