"""What becomes of calls while PostgreSQL is frozen, away, locked or asked too much: an answer in time, and recovery."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store import database as database_module
from oneinvoice_impl.store.calls.bounded_threads import MOST_WAITING
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseBusy, DatabaseFailure
from sqlalchemy import Connection

from tests.services.postgres import Postgres, postgres
from tests.services.proxy import FaultyProxy, faulty_proxy
from tests.unit.impl.api.test_error_handlers import KEY, assert_database_problem, filled, members
from tests.unit.impl.asgi_client import ask, ask_together, bearer

LONGEST = 5.0
SHORT = 1.0
MEMBERS = "/api/v1/members?limit=3"


@pytest.fixture(scope="module")
def own_server() -> Iterator[Postgres]:
    """A server that nobody else waits for."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="module")
def url(own_server: Postgres) -> str:
    """A database with the default data."""
    url = own_server.new_database()
    filled(url).database.close()
    return url


@pytest.fixture
def proxy(own_server: Postgres) -> Iterator[FaultyProxy]:
    with faulty_proxy(own_server.port) as proxy:
        yield proxy


@pytest.fixture
def app(url: str, own_server: Postgres, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """One that reaches its database through the proxy, and has done so before. Its deadline is a second."""
    monkeypatch.setattr(database_module, "DEADLINE", SHORT)
    app = filled(url.replace(f":{own_server.port}/", f":{proxy.port}/"))
    assert members(app).status == 200
    yield app
    app.database.close()


@pytest.fixture
def patient_app(url: str) -> Iterator[Application]:
    """One with the deadline that it really has."""
    app = filled(url)
    assert members(app).status == 200
    yield app
    app.database.close()


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def one(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT 1").scalar_one())


def in_time(call: Callable[[], Awaitable[Any]]) -> Any:
    """What it returns, or the failure that it ends with in time."""
    started = time.monotonic()
    try:
        return asyncio.run(_awaited(call))
    except DatabaseFailure as failure:
        return failure
    finally:
        assert time.monotonic() - started < LONGEST


async def _awaited(call: Callable[[], Awaitable[Any]]) -> Any:
    return await call()


def assert_fails_in_time(app: Application, requests: int) -> None:
    started = time.monotonic()
    for answer in ask_together(app, [MEMBERS] * requests, bearer(KEY)):
        assert_database_problem(answer)
    assert time.monotonic() - started < LONGEST


def test_a_frozen_server_frees_threads_and_connections(patient_app: Application, own_server: Postgres) -> None:
    app, database = patient_app, patient_app.database
    before, seen = members(app).body, []
    for requests in (12, 24):
        own_server.hang()
        try:
            # More than there are threads, and in the second round when new connections are frozen, too.
            assert_fails_in_time(app, requests)
            assert isinstance(in_time(lambda: database.write(one)), DatabaseFailure)
        finally:
            own_server.go_on()
        answers = ask_together(app, [MEMBERS] * 12, bearer(KEY))
        assert {(answer.status, answer.body) for answer in answers} == {(200, before)}
        assert in_time(lambda: database.run(one)) == in_time(lambda: database.write(one)) == 1
        gc.collect()
        seen.append((threading.active_count(), open_files()))
    # What is left is the threads, and their connections with two descriptors each: however often it happens.
    assert seen[1] == pytest.approx(seen[0], abs=6)


def test_a_network_that_freezes_is_cut_and_refuses(app: Application, proxy: FaultyProxy) -> None:
    before = members(app).body
    for fault in (proxy.freeze, proxy.freeze_answers, proxy.refuse):
        fault()
        assert_fails_in_time(app, 4)
        proxy.go_on()
        assert members(app).body == before
    proxy.cut()
    assert members(app).body == before


def test_a_server_that_nothing_is_heard_of(url: str, own_server: Postgres) -> None:
    # Connections that nobody accepts fill the queue; then the system answers no more of them, as a black hole.
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(4):
            connection = waiting.enter_context(socket.socket())
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", port))
        database = Database(url.replace(f":{own_server.port}/", f":{port}/"))
        assert isinstance(in_time(lambda: database.read(one, short=True)), DatabaseFailure)
        database.close()


def test_a_row_that_another_transaction_has_locked(patient_app: Application, url: str) -> None:
    app = patient_app

    def work(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE organisations SET name = name")

    with psycopg.connect(url.replace("+psycopg", "")) as other:
        other.execute("UPDATE organisations SET name = name")
        failure = in_time(lambda: app.database.write(work))
        assert "lock timeout" in str(failure)
        # Who only reads doesn't wait for it.
        assert members(app).status == 200
        other.rollback()
    assert in_time(lambda: app.database.write(work)) is None


def test_what_takes_too_long_and_what_may(patient_app: Application) -> None:
    def sleep(connection: Connection) -> int:
        connection.exec_driver_sql("SELECT pg_sleep(3.7)")
        return 1

    database = patient_app.database

    async def both() -> list[Any]:
        calls = (database.read(sleep, short=False), database.write(sleep, seconds=10), database.run(sleep, seconds=10))
        return await asyncio.gather(*calls, return_exceptions=True)

    failure, *allowed = in_time(both)
    assert "statement timeout" in str(failure)
    assert allowed == [1, 1]
    assert in_time(lambda: database.write(lambda c: c.exec_driver_sql("SHOW statement_timeout").scalar())) == "3500ms"


def test_more_than_can_wait_gets_503_at_once(app: Application, proxy: FaultyProxy) -> None:
    proxy.freeze()
    answers = ask_together(app, [MEMBERS] * (MOST_WAITING + 10), bearer(KEY))
    proxy.go_on()
    by_status = {answer.status: answer for answer in answers}
    assert set(by_status) == {500, 503}
    assert sum(answer.status == 503 for answer in answers) in range(1, 11)
    busy = by_status[503]
    assert (busy.headers["content-type"], busy.headers["retry-after"]) == ("application/problem+json", "1")
    assert busy.json["detail"] == "More is asked for than can be answered now; try again in a second."
    assert ask(app, MEMBERS, bearer(KEY)).status == 200


def test_deliveries_wait_where_others_are_refused(app: Application, proxy: FaultyProxy) -> None:
    database = app.database

    async def failures() -> list[Any]:
        waiting = [asyncio.create_task(database.run(one)) for _ in range(MOST_WAITING + 4)]
        await asyncio.sleep(0.1)
        refused = await asyncio.gather(database.write(one), return_exceptions=True)
        ended = await asyncio.gather(database.write(one, first=True), *waiting, return_exceptions=True)
        return [*map(type, [*refused, *ended])]

    proxy.freeze()
    assert in_time(failures) == [DatabaseBusy] + [DatabaseFailure] * (MOST_WAITING + 5)
    proxy.go_on()
    assert in_time(lambda: database.run(one)) == 1


def test_a_page_while_the_database_is_away_says_when_to_come_again(app: Application, proxy: FaultyProxy) -> None:
    # Whoever has the cookie of a session is looked up.
    proxy.freeze()
    answer = ask(app, "/login", [("Accept", "text/html"), ("Cookie", f"session={'a' * 43}"), ("Host", "test")])
    proxy.go_on()
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert b"The database did not answer; load the page again in a moment." in answer.body


def test_a_write_whose_answer_is_lost_is_done_or_not(app: Application, proxy: FaultyProxy) -> None:
    """Who sends it again finds it by its id, as forms and deliveries do."""
    database = app.database
    in_time(lambda: database.write(lambda c: c.exec_driver_sql("CREATE TABLE IF NOT EXISTS kept (id int PRIMARY KEY)")))

    def work(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO kept VALUES (1) ON CONFLICT DO NOTHING")
        proxy.freeze_answers()

    assert isinstance(in_time(lambda: database.write(work)), DatabaseFailure)
    proxy.go_on()
    in_time(lambda: database.write(lambda c: c.exec_driver_sql("INSERT INTO kept VALUES (1) ON CONFLICT DO NOTHING")))
    assert in_time(lambda: database.run(lambda c: c.exec_driver_sql("SELECT count(*) FROM kept").scalar())) == 1


def test_closing_waits_for_no_frozen_server(app: Application, proxy: FaultyProxy) -> None:
    database = app.database

    async def given_up() -> None:
        proxy.freeze()
        task = asyncio.create_task(database.run(one))
        await asyncio.sleep(0.1)
        task.cancel()

    asyncio.run(given_up())
    started = time.monotonic()
    database.close()
    assert time.monotonic() - started < LONGEST
