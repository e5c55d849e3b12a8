"""State of a mock: what goes on while it is reset, and snapshots that were changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from oneinvoice_fixtures.organisations import organisations
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock import state as mock_state
from oneinvoice_impl.mock.controls.trigger import TriggerRequest, trigger
from oneinvoice_impl.mock.faults.plan import FaultPlan
from oneinvoice_impl.mock.faults.sends import SendLog
from oneinvoice_impl.mock.inbox import Inbox
from oneinvoice_impl.mock.journal.journal import Journal
from oneinvoice_impl.mock.mailbox import Mailbox
from oneinvoice_impl.mock.seeded_ids import SeededIds
from oneinvoice_impl.mock.seeding import Seeded, seed_database
from oneinvoice_impl.mock.state import MockState
from oneinvoice_impl.mock_extension import Backend
from oneinvoice_impl.ratelimit.key_usage import KeyUsage
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store import snapshots
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.ids import ids_of
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.snapshots import UnusableRows
from oneinvoice_impl.store.tables.dashboard import dashboard_sessions, key_use, users
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository
from oneinvoice_impl.webhooks import outbox
from oneinvoice_impl.webhooks.service import WebhookService
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

SEEDED = Seeded(1, 3)
PRIMARY, OTHER = organisations(SEEDED.seed, SEEDED.scale)
KEY = PRIMARY.keys[0].id


@pytest.fixture
def state(empty_database: Database) -> MockState:
    """State of a mock that has taken one id."""
    state = state_in(empty_database)
    assert an_id(state) == FIRST
    return state


def state_in(database: Database) -> MockState:
    clock, ids = ManualClock(), SeededIds(SEEDED.seed)
    seed_database(database, SEEDED.seed, SEEDED.scale, lambda done, total: None)
    database.use_ids(ids)
    webhooks = WebhookService(database, Settings(secret_key="A" * 43 + "="), clock)
    backend = Backend(database, webhooks, KeyUsage(database, clock), clock)
    parts = FaultPlan(clock), SendLog(), Journal(clock), Inbox(), Mailbox()
    return MockState(backend, SEEDED, clock, ids, *parts)


FIRST, SECOND = (source.id("inv") for source in [SeededIds(SEEDED.seed)] for _ in range(2))


def an_id(state: MockState) -> str:
    return asyncio.run(state.backend.database.write(lambda connection: ids_of(connection).id("inv")))


def test_ids_begin_anew_within_the_transaction_that_replaces_the_data(state: MockState) -> None:
    taken = []
    asyncio.run(state.reset(lambda connection: taken.append(ids_of(connection).id("inv"))))
    assert [*taken, an_id(state)] == [FIRST, SECOND]


def test_ids_go_on_where_the_data_was_not_replaced(state: MockState) -> None:
    def fail(connection: Connection) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(state.reset(fail))
    assert an_id(state) == SECOND


def test_requests_that_are_served_meanwhile_are_not_counted_afterwards(state: MockState) -> None:
    usage, database = state.backend.usage, state.backend.database

    async def used() -> Any:
        await usage.flush()
        return await database.run(lambda connection: connection.execute(select(key_use.c.requests)).scalars().all())

    asyncio.run(state.reset(lambda connection: usage.count(KEY)))
    assert asyncio.run(used()) == []
    usage.count(KEY)
    assert asyncio.run(used()) == [1]


def test_requests_are_counted_if_the_data_was_not_replaced(state: MockState) -> None:
    async def run() -> Any:
        state.backend.usage.count(KEY)
        with pytest.raises(UnusableRows):
            await state.restore({})
        return await state.snapshot()

    assert [row["requests"] for row in asyncio.run(run())["tables"]["key_use"]] == [1]


def test_a_snapshot_is_of_one_moment(empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(f"sqlite:///{tmp_path / 'mock.db'}") if empty_database.in_memory else empty_database
    state, count = state_in(database), snapshots.row_count

    def count_and_write(connection: Connection) -> int:
        counted = count(connection)
        with database.exclusive() as other:
            trigger(DocumentRepository(other, PRIMARY.id), TriggerRequest("quote.created"), state.backend.clock())
        return counted

    monkeypatch.setattr(snapshots, "row_count", count_and_write)
    before, after = (asyncio.run(state.snapshot())["tables"] for _ in range(2))
    assert len(after["quotes"]) == len(before["quotes"]) + 1
    for tables in (before, after):
        counted = [row["records"] for row in tables["record_counts"] if row["resource"] == "quotes"]
        assert sum(counted) == len(tables["quotes"])
    assert len(before["quotes"]) == len([*PRIMARY.quotes(), *OTHER.quotes()])
    database.close()


def _cell(table: str, column: str, value: Any) -> Callable[[Any], object]:
    return lambda snapshot: snapshot["tables"][table][0].update({column: value})


@pytest.mark.parametrize(
    "change",
    [
        lambda snapshot: snapshot["clock"].update(ahead_seconds=1e300),
        lambda snapshot: snapshot["clock"].update(ahead_seconds=3e12),
        lambda snapshot: snapshot["clock"].update(ahead_seconds=-3e12),
        lambda snapshot: snapshot["ids"].update(inv=float("inf")),
        _cell("api_keys", "rate_limit", 10**30),
        _cell("api_keys", "rate_limit", 2**63),
        _cell("api_keys", "rate_limit", "60"),
        _cell("organisations", "name", 7),
        _cell("organisations", "created_at", "2026-01-01T00:00:00"),
        _cell("organisations", "created_at", "0001-01-01T00:00:00+14:00"),
        _cell("members", "id", None),
    ],
)
def test_a_snapshot_that_was_changed_changes_nothing(state: MockState, change: Callable[[Any], object]) -> None:
    async def run() -> None:
        changed, before = await state.snapshot(), await state.snapshot()
        change(changed)
        with pytest.raises(UnusableRows, match=r"take a new one\.$"):
            await state.restore(changed)
        after = await state.snapshot()
        assert {**after, "clock": None} == {**before, "clock": None}

    asyncio.run(run())
    assert state.clock is not None
    assert not state.clock.ahead


def test_a_database_that_takes_nothing_is_no_mistake_of_the_snapshot() -> None:
    database = Database("sqlite://")
    seed_database(database, SEEDED.seed, SEEDED.scale, lambda done, total: None)
    with database.engine.connect() as connection:
        rows = snapshots.dump(connection)
        connection.exec_driver_sql("PRAGMA query_only = 1")
        with pytest.raises(OperationalError):
            snapshots.load(connection, rows)
    database.close()


def test_times_of_another_zone_are_the_same_times(state: MockState) -> None:
    """PostgreSQL gives times in the zone of its server."""

    async def run() -> None:
        snapshot = await state.snapshot()
        organisation = snapshot["tables"]["organisations"][0]
        before = organisation["created_at"]
        assert before.endswith("T08:00:00+00:00")
        organisation["created_at"] = before.replace("T08:00:00+00:00", "T13:30:00+05:30")
        await state.restore(snapshot)
        restored = (await state.snapshot())["tables"]["organisations"]
        assert before in [row["created_at"] for row in restored if row["id"] == organisation["id"]]

    asyncio.run(run())


def test_a_reset_forgets_what_came_and_what_was_mailed(state: MockState) -> None:
    state.inbox.fail("slow", 3)
    state.mailbox.send(cast(Any, "a mail"))
    asyncio.run(state.reset())
    assert (state.inbox.failures, state.mailbox.mails) == (0, ())


def test_a_snapshot_has_no_more_rows_than_can_be_kept(state: MockState, monkeypatch: pytest.MonkeyPatch) -> None:
    count = asyncio.run(state.backend.database.run(snapshots.row_count))
    monkeypatch.setattr(mock_state, "_MOST_ROWS", count)
    asyncio.run(state.snapshot())
    monkeypatch.setattr(mock_state, "_MOST_ROWS", count - 1)
    with pytest.raises(UnusableRows, match=f"There are {count} rows of data, and a snapshot has up to {count - 1};"):
        asyncio.run(state.snapshot())


def test_a_delivery_that_was_being_sent_is_nobodys_after_a_restore(state: MockState) -> None:
    at = state.backend.clock()

    def happen(connection: Connection) -> None:
        secret = state.backend.webhooks.encryption.encrypt("whsec_mine")
        EndpointRepository(connection, PRIMARY.id).add("http://127.0.0.1:9/", None, secret, at)
        documents = DocumentRepository(connection, PRIMARY.id)
        for event, record in trigger(documents, TriggerRequest("quote.created"), at):
            outbox.store(connection, event, record)

    async def run() -> Any:
        await state.backend.database.write(happen)
        snapshot = await state.snapshot()
        snapshot["tables"]["webhook_deliveries"][0]["lease_until"] = "2999-01-01T00:00:00+00:00"
        await state.restore(snapshot)
        return (await state.snapshot())["tables"]["webhook_deliveries"]

    (delivery,) = asyncio.run(run())
    assert (delivery["status"], delivery["lease_until"]) == ("pending", None)


def test_who_is_no_user_of_a_restored_state_is_logged_out_and_others_are_not(state: MockState) -> None:
    at = state.backend.clock()

    def log_in(connection: Connection) -> None:
        known = connection.execute(select(users.c.id)).scalars().first()
        connection.execute(insert(users), {"id": "usr_new", "email": "new@nordlys.example", "created_at": at})
        times = {"created_at": at, "seen_at": at, "expires_at": at}
        connection.execute(
            insert(dashboard_sessions), [{"digest": str(id), "user_id": id} | times for id in (known, "usr_new")]
        )

    async def run() -> Any:
        database, snapshot = state.backend.database, await state.snapshot()
        await database.write(log_in)
        await state.restore(snapshot)
        return await database.run(
            lambda connection: connection.execute(select(dashboard_sessions.c.user_id)).scalars().all()
        )

    assert len(left := asyncio.run(run())) == 1
    assert left != ["usr_new"]
