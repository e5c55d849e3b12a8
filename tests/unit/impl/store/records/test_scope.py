"""Nothing of one organisation is reached by another."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.scope import Page, Scope
from oneinvoice_impl.store.tables import records
from sqlalchemy import insert

MOMENT = datetime(2026, 1, 5, tzinfo=UTC)
# Against the alphabet of most locales, and in the order of bytes.
IDS = ["mem_9", "mem_B", "mem_Z", "mem_a", "mem_å"]


@pytest.fixture
def two_organisations(empty_database: Database) -> Database:
    with empty_database.exclusive() as connection:
        records.metadata.create_all(connection)
        names = [{"id": "mine", "name": "M"}, {"id": "yours", "name": "Y"}]
        more = {"kind": "company", "created_at": MOMENT}
        connection.execute(insert(records.organisations), [each | more for each in names])
        members = [_member("mine", id) for id in reversed(IDS)] + [_member("yours", f"other_{id}") for id in IDS]
        connection.execute(insert(records.members), members)
    return empty_database


def _member(organisation_id: str, id: str) -> dict[str, object]:
    names = {"first_name": "A", "last_name": "B", "email": "a@b.example"}
    return {"id": id, "organisation_id": organisation_id, "status": "active", "created_at": MOMENT, **names}


def test_what_was_created_at_the_same_time_is_ordered_by_the_bytes_of_its_id(two_organisations: Database) -> None:
    with two_organisations.engine.connect() as connection:
        listing = Scope("mine").members(connection, Page(50, 0))
    assert [row.id for row in listing.rows] == IDS
    assert {row.created_at for row in listing.rows} == {MOMENT}


@pytest.mark.parametrize("page", [Page(50, 0), Page(50, 4), Page(50, 5), Page(200, 0, "active"), Page(1, 0, "pending")])
def test_no_page_holds_what_is_not_ones_own(two_organisations: Database, page: Page) -> None:
    with two_organisations.engine.connect() as connection:
        mine = Scope("mine").members(connection, page)
        yours = Scope("yours").members(connection, page)
        nobodys = Scope("nobody").members(connection, page)
    assert {row.organisation_id for row in mine.rows} <= {"mine"}
    assert {row.organisation_id for row in yours.rows} <= {"yours"}
    assert mine.total == yours.total == (0 if page.status == "pending" else 5)
    assert (list(nobodys.rows), nobodys.total) == ([], 0)
