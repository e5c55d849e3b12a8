"""Pages are joined from JSON that was stored: it is what would be made anew, on any day.

That nothing else differs is asked after every test of the dashboard and of webhooks, in their fixtures.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from oneinvoice_impl.domain.invoice import Invoice
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.records.stored_json import join_json
from oneinvoice_impl.store.tables import records
from sqlalchemy import select, text

from tests.unit.impl.store.records.listings import listing
from tests.unit.impl.store.records.stored import DAYS, TABLES, differences, represented
from tests.unit.impl.webhook_world import ORGANISATION, START, World

HOSTILE = [
    '"payment_status":"unpaid"', '\\"payment_status\\":\\"unpaid\\"', '","payment_status":"unpaid","', "a\\",
    "a\"b'c", "Blåbær ☕ \U0001f4a9", "line\nbreak\ttab \x1f", "%s %b {0} ? :name", "</script>", "  ",
    "'); DROP TABLE x;",
]  # fmt: skip


def _invoice(name: str) -> Invoice:
    return Invoice("inv_1", ORGANISATION, name, "sent", name, name, 1, "NOK", date(2026, 4, 1), START, sent_at=START)


@pytest.mark.parametrize("day", DAYS)
def test_what_is_listed_is_what_would_be_made_anew(empty_database: Database, day: date) -> None:
    seed_database(empty_database, 1, 60, lambda done, total: None)
    with empty_database.engine.connect() as connection:
        assert differences(connection) == []
        for table in TABLES:
            rows = connection.execute(select(table).order_by(table.c.created_at, table.c.id)).all()
            for owner in {row.organisation_id for row in rows}:
                found = listing(connection, owner, table.name, day)  # type: ignore[arg-type]
                anew = [represented(table.name, row, day) for row in rows if row.organisation_id == owner][:50]
                assert json.loads(b"[%b]" % join_json(found.records)) == anew


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_is_taken_for_the_payment_status(world: World, name: str) -> None:
    world.do(lambda connection: DocumentRepository(connection, ORGANISATION).add(_invoice(name)))
    for day, status in ((date(2026, 4, 1), "unpaid"), (date(2026, 4, 2), "overdue")):
        found = world.do(lambda connection, day=day: listing(connection, ORGANISATION, "invoices", day)).records
        invoice = json.loads(join_json(found))
        assert invoice["payment_status"] == status
        assert invoice["number"] == invoice["customer"]["name"] == invoice["customer"]["email"] == name


def test_times_keep_their_parts_of_a_second(world: World) -> None:
    at = datetime(2026, 4, 2, 12, 0, 0, 123_456, tzinfo=UTC)
    world.do(lambda connection: DocumentRepository(connection, ORGANISATION).add(replace(_invoice("A"), created_at=at)))
    (stored,) = world.rows(records.invoices)
    assert json.loads(stored["json"])["created_at"] == "2026-04-02T12:00:00.123456Z"


def test_a_difference_is_found(world: World) -> None:
    invoice = _invoice("A")
    world.do(lambda connection: DocumentRepository(connection, ORGANISATION).add(invoice))
    paid = replace(invoice, status="paid", paid_at=START + timedelta(days=1))
    world.do(lambda connection: DocumentRepository(connection, ORGANISATION).replace(paid))
    assert world.do(differences) == []
    for change in ("UPDATE invoices SET number = 'B'", "UPDATE record_counts SET records = 2 WHERE status = 'paid'"):
        world.do(lambda connection, change=change: connection.execute(text(change)))
    assert world.do(differences) == [
        "the JSON of invoices inv_1",
        f"the number of {ORGANISATION} invoices paid: 2, not 1",
    ]
    world.do(lambda connection: DocumentRepository(connection, ORGANISATION).replace(paid))
    world.do(lambda connection: connection.execute(text("UPDATE record_counts SET records = 1 WHERE status = 'paid'")))
