"""Nothing of one organisation is reached by another."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from oneinvoice_impl.domain.member import Member
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.members import MemberRepository
from oneinvoice_impl.store.records.scope import Listing, Page
from oneinvoice_impl.store.tables import records
from sqlalchemy import insert

from tests.unit.impl.store.records.listings import listing

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
        for owner, ids in (("mine", IDS[::-1]), ("yours", [f"other_{id}" for id in IDS])):
            MemberRepository(connection, owner).add([_member(owner, id) for id in ids])
    return empty_database


def _member(organisation_id: str, id: str) -> Member:
    return Member(id, organisation_id, "A", "B", "a@b.example", "active", MOMENT)


def _ids(found: Listing) -> list[str]:
    return [json.loads(each)["id"] for each in found.records]


def test_what_was_created_at_the_same_time_is_ordered_by_the_bytes_of_its_id(two_organisations: Database) -> None:
    with two_organisations.engine.connect() as connection:
        found = listing(connection, "mine", "members")
    assert _ids(found) == IDS
    assert {json.loads(each)["created_at"] for each in found.records} == {"2026-01-05T00:00:00Z"}


@pytest.mark.parametrize("page", [Page(50, 0), Page(50, 4), Page(50, 5), Page(200, 0, "active"), Page(1, 0, "pending")])
def test_no_page_holds_what_is_not_ones_own(two_organisations: Database, page: Page) -> None:
    with two_organisations.engine.connect() as connection:
        mine, yours, nobodys = (
            listing(connection, owner, "members", page=page) for owner in ("mine", "yours", "nobody")
        )
    assert set(_ids(mine)) <= set(IDS)
    assert all(id.startswith("other_") for id in _ids(yours))
    assert mine.total == yours.total == (0 if page.status == "pending" else 5)
    assert (list(nobodys.records), nobodys.total) == ([], 0)
