"""What a request for a page costs the database: one go, two queries, and no wait for who writes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.records.scope import NEAR
from oneinvoice_impl.store.tables.records import api_keys
from sqlalchemy import event, update
from sqlalchemy import text as sql

from tests.unit.impl.asgi_client import ask, bearer

KEY = key_text(1, "primary")
LISTS = [
    "/api/v1/members", "/api/v1/quotes?status=sent&limit=200", "/api/v1/invoices?offset=7",
    "/api/v1/members?offset=440",
    "/api/v1/members?offset=99999",
]  # fmt: skip


class Work:
    """What was asked of the database: queries, connections taken from the pool, and threads."""

    def __init__(self, app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
        self.queries = self.checkouts = self.threads = 0
        run, submit = Prepared.run, asyncio.BaseEventLoop.run_in_executor

        def counted_run(*arguments: Any) -> Any:
            self.queries += 1
            return run(*arguments)

        def counted_submit(*arguments: Any) -> Any:
            self.threads += 1
            return submit(*arguments)

        def count_checkout(*_: Any) -> None:
            self.checkouts += 1

        monkeypatch.setattr(Prepared, "run", counted_run)
        monkeypatch.setattr(asyncio.BaseEventLoop, "run_in_executor", counted_submit)
        event.listen(app.database.engine, "checkout", count_checkout)


@pytest.mark.parametrize("path", LISTS)
def test_a_page_is_one_go_and_two_queries(app: Application, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(app, path, bearer(KEY))
    work = Work(app, monkeypatch)
    assert ask(app, path, bearer(KEY)).status == 200
    assert work.queries <= 2
    assert work.checkouts <= 1
    assert work.threads <= (0 if app.database.reads_in_place else 1)


@pytest.mark.parametrize(
    ("path", "key", "status", "queries"),
    [
        ("/api/v1/members?limit=0", KEY, 400, 1),
        ("/api/v1/members", key_text(1, "revoked"), 401, 1),
        ("/api/v1/members", KEY[:-1], 401, 0),
        ("/api/v1", KEY, 200, 0),
    ],
)
def test_what_is_not_served_reads_no_page(
    app: Application, path: str, key: str, status: int, queries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(app, monkeypatch)
    assert ask(app, path, bearer(key)).status == status
    assert work.queries == queries


def test_who_is_refused_again_reads_no_page(memory_app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    with memory_app.database.engine.begin() as connection:
        connection.execute(update(api_keys).values(rate_limit=1))
    for status, queries in ((200, 2), (429, 2), (429, 1), (429, 1)):
        with monkeypatch.context() as context:
            work = Work(memory_app, context)
            assert ask(memory_app, "/api/v1/members", bearer(KEY)).status == status
            assert work.queries == queries


@pytest.fixture
def file_app(tmp_path: Path) -> Iterator[Application]:
    app = create_app(Settings(f"sqlite:///{tmp_path / 'test.db'}"))
    seed_database(app.database, 1, 3 * NEAR, lambda done, total: None)
    yield app
    app.database.close()


def test_a_deep_page_is_read_in_a_thread(file_app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    for offset, threads in ((0, 0), (NEAR, 0), (NEAR + 1, 1), (2 * NEAR - 51, 1), (2 * NEAR - 50, 0), (9 * NEAR, 0)):
        with monkeypatch.context() as context:
            work = Work(file_app, context)
            assert ask(file_app, f"/api/v1/members?offset={offset}", bearer(KEY)).status == 200
            assert work.threads == threads, offset


def test_who_reads_waits_for_nobody_who_writes(file_app: Application) -> None:
    before = ask(file_app, "/api/v1/members", bearer(KEY)).body
    writing, end = threading.Event(), threading.Event()

    def write() -> None:
        with file_app.database.exclusive() as connection:
            connection.execute(sql("DELETE FROM members"))
            writing.set()
            end.wait(30)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert writing.wait(10)
        assert ask(file_app, "/api/v1/members", bearer(KEY)).body == before
    finally:
        end.set()
        writer.join()
    # What was counted stays as it was, since nothing here deletes records.
    assert ask(file_app, "/api/v1/members", bearer(KEY)).json["data"] == []


def test_data_in_memory_is_never_read_half_written(memory_app: Application) -> None:
    async def both() -> list[Any]:
        started, asked = threading.Event(), threading.Event()

        def write(connection: Any) -> None:
            connection.execute(sql("UPDATE members SET json = 'null'"))
            started.set()
            asked.wait(10)
            connection.execute(sql("UPDATE members SET json = '{}'"))

        writing = asyncio.create_task(memory_app.database.write(write))
        await asyncio.sleep(0)
        started.wait(10)
        asyncio.get_running_loop().call_soon(asked.set)  # once what follows waits
        reading = memory_app.database.read(
            lambda connection: connection.execute(sql("SELECT DISTINCT json FROM members")).scalars().all(), short=True
        )
        found = await reading
        await writing
        return list(found)

    assert ask(memory_app, "/api/v1/members", bearer(KEY)).status == 200  # the event loop has the connection by now
    assert asyncio.run(both()) == ["{}"]
