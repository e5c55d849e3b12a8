"""Upgrades of databases that released versions left: every row is kept, and served."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_fixtures.organisations import organisations
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import UnusableDatabase
from oneinvoice_impl.store.migrations import tables_0_2_0 as old
from oneinvoice_impl.store.migrations.upgrade import create_schema, upgrade
from oneinvoice_impl.store.schema import find_revision, require_current
from oneinvoice_impl.store.tables.webhooks import deliveries, endpoints
from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption
from sqlalchemy import func, select, text, update

from tests.integration.impl.receivers import receiver, status
from tests.integration.impl.store.released import SECRET_KEY, restore
from tests.services.postgres import Postgres
from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.store.records.stored import differences
from tests.unit.impl.web.visitor import ADMIN, Visitor, log_in

PRIMARY, _ = organisations(1, 6)
KEY = PRIMARY.keys[0].text


@pytest.fixture(params=["file", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def released(empty_database: Database) -> Database:
    """A database of 0.2.0."""
    restore(empty_database)
    return empty_database


def rows(database: Database) -> dict[str, list[Any]]:
    """All that 0.2.0 stored, by table."""
    with database.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=str)
            for table in old.metadata.sorted_tables
        }


def test_every_row_is_kept(released: Database) -> None:
    before = rows(released)
    assert [name for name, found in before.items() if not found] == []
    assert upgrade(released, lambda step: None)
    assert rows(released) == before
    require_current(released)
    with released.engine.connect() as connection:
        assert differences(connection) == []


def test_one_that_somebody_uses_is_left_alone(released: Database) -> None:
    with closing(Database(released.url.render_as_string(hide_password=False))) as other:
        other.use_alone()
        with pytest.raises(UnusableDatabase, match="or another migration uses the database; wait for it or stop it"):
            upgrade(released, lambda step: None)
    with released.reading() as connection:
        assert find_revision(connection) == "0001"


def test_migrations_of_the_queue_are_applied_once(postgres_server: Postgres) -> None:
    last = "03.04.00_50_post_add_retry_failed_job_procedure"
    with closing(Database(postgres_server.new_database())) as database:
        create_schema(database)
        before = schema(database)
        with database.engine.begin() as connection:
            connection.execute(text("DROP FUNCTION procrastinate_trigger_function_status_events_update_v1 CASCADE"))
            connection.execute(text(f"DELETE FROM oneinvoice_queue_migrations WHERE name = '{last}.sql'"))
        with pytest.raises(UnusableDatabase, match="oneinvoice-service migrate"):
            require_current(database)
        told: list[str] = []
        assert upgrade(database, told.append)
        assert told == [f"queue of deliveries: {last}"]
        assert schema(database) == before


def test_a_queue_of_somebody_else_is_left_alone(postgres_server: Postgres) -> None:
    with closing(Database(postgres_server.new_database())) as database:
        create_schema(database)
        with database.engine.begin() as connection:
            connection.execute(text("DROP TABLE oneinvoice_queue_migrations"))
        with pytest.raises(UnusableDatabase, match="Procrastinate that oneinvoice-service did not make"):
            upgrade(database, lambda step: None)


def schema(database: Database) -> list[Any]:
    """All that a database says of its tables, but for the order of columns and the name of the table itself."""
    if database.file is not None:
        with database.engine.connect() as connection:
            found = connection.execute(text("SELECT type, name, sql FROM sqlite_master")).all()
        lines = ((kind, name, re.split(r",?\s*\n", (sql or "").replace('"', ""))) for kind, name, sql in found)
        return sorted((kind, name, *sorted(each)) for kind, name, each in lines)
    queries = (
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default,"
        " collation_name FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    )
    with database.engine.connect() as connection:
        return sorted(str(row) for query in queries for row in connection.execute(text(query)))


@pytest.fixture
def migrated(empty_database: Database) -> list[Any]:
    """The schema to which migrations lead from the tables of 0.2.0."""
    with empty_database.exclusive() as connection:
        old.metadata.create_all(connection, checkfirst=False)
    upgrade(empty_database, lambda step: None)
    return schema(empty_database)


def test_migrations_lead_to_what_is_created_anew(
    migrated: list[Any], database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Whoever changes a table writes a migration too."""
    is_file = database_kind == "file"
    url = f"sqlite:///{tmp_path}/new.db" if is_file else request.getfixturevalue("postgres_server").new_database()
    with closing(Database(url)) as new:
        create_schema(new)
        assert migrated == schema(new)


@pytest.fixture
def upgraded(released: Database) -> Iterator[tuple[Application, LocalMock]]:
    """Today's application on what 0.2.0 left, a day later."""
    upgrade(released, lambda step: None)
    clock = ManualClock()
    clock.set(datetime(2026, 12, 1, 8, tzinfo=UTC))
    mock = LocalMock(clock=clock)
    url = released.url.render_as_string(hide_password=False)
    app = create_app(Settings(url, SECRET_KEY, webhooks_to_loopback=True), clock=clock, extension=mock)
    yield app, mock
    app.database.close()


def test_the_api_and_the_dashboard_show_them(released: Database, upgraded: tuple[Application, LocalMock]) -> None:
    app, mock = upgraded
    for table in (old.members, old.quotes, old.invoices):
        answer = ask(app, f"/api/v1/{table.name}?limit=200", bearer(KEY))
        own = select(table.c.id).where(table.c.organisation_id == PRIMARY.id).order_by(table.c.created_at, table.c.id)
        with released.engine.connect() as connection:
            ids = list(connection.execute(own).scalars())
        assert [record["id"] for record in answer.json["data"]] == ids != []
        assert answer.json["pagination"]["total"] == len(ids)
    visitor = Visitor(app)
    assert log_in(visitor, mock.mailer, ADMIN).status == 200
    shown = {"members", "quotes", "invoices", "settings/api", "settings/webhooks", "roadmap"}
    assert {path: visitor.get(f"/{path}").status for path in shown} == dict.fromkeys(shown, 200)
    assert "Quotes have a currency" in visitor.get("/roadmap").words


def test_pending_webhooks_are_delivered(released: Database, upgraded: tuple[Application, LocalMock]) -> None:
    app, _ = upgraded
    away = endpoints.c.url == "http://127.0.0.1:8098/away"
    pending = select(func.count()).select_from(deliveries).where(deliveries.c.status == "pending")
    with receiver(status("200 OK")) as target:
        with released.engine.begin() as connection:
            connection.execute(update(endpoints).where(away), {"url": target.url})
            secret = connection.execute(select(endpoints.c.secret).where(endpoints.c.url == target.url)).scalar_one()
            count = connection.execute(pending).scalar_one()

        async def deliver() -> None:
            await app.start()
            await asyncio.to_thread(target.wait_for, count)
            await app.stop()

        asyncio.run(deliver())
    assert count == len(target.requests) == 8
    with released.engine.connect() as connection:
        assert connection.execute(pending).scalar_one() == 0
    for request in target.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        signed = hmac.new(SecretEncryption(SECRET_KEY).decrypt(secret).encode(), body, hashlib.sha256).hexdigest()
        assert signed.encode() in head
