"""Pages far from the beginning: found from the nearer end, by an index, and right whatever changes meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from oneinvoice_fixtures.organisations import organisations
from oneinvoice_impl.domain.keys import digest
from oneinvoice_impl.domain.member import Member
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.store.accounts import keys
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.records import scope as scopes
from oneinvoice_impl.store.records.counts import read_counts, total
from oneinvoice_impl.store.records.members import MemberRepository
from oneinvoice_impl.store.records.scope import Listing, Page, Scope
from sqlalchemy import Connection, text

from tests.unit.impl.store.records.listings import TODAY, listing
from tests.unit.impl.store.records.stored import TABLES

OWNER = organisations(1, 330)[0]
MEMBERS = sorted(OWNER.members(), key=lambda each: (each.created_at, each.id))
IDS = [each.id for each in MEMBERS]


@pytest.fixture
def connection(empty_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    monkeypatch.setattr(scopes, "NEAR", 20)
    seed_database(empty_database, 1, len(IDS), lambda done, total: None)
    with empty_database.engine.connect() as connection:
        yield connection


def _ids(found: Listing) -> list[str]:
    return [json.loads(each)["id"] for each in found.records]


@pytest.mark.parametrize("status", [None, "active", "pending", "inactive"])
@pytest.mark.parametrize("limit", [7, 50, 200])
def test_pages_from_both_ends_are_the_whole_list(connection: Connection, status: str | None, limit: int) -> None:
    wanted = [each.id for each in MEMBERS if status in (None, each.status)]
    tiled = []
    for offset in range(0, len(wanted) + 2 * limit, limit):
        found = listing(connection, OWNER.id, "members", page=Page(limit, offset, status))
        assert found.total == len(wanted)
        tiled += _ids(found)
    assert tiled == wanted


@pytest.mark.parametrize("more", [-30, -1, 1, 30])
def test_records_that_came_or_went_since_they_were_counted_move_no_page(connection: Connection, more: int) -> None:
    counts = {**read_counts(connection, OWNER.id)}
    counts["members", "active"] -= more
    for offset in (20, 21, 150, 165, 290, 300, 329, 330, 331, 10_000, 2**62):
        found = Scope(OWNER.id, counts).list(connection, "members", Page(50, offset), TODAY)
        # By what was counted, there may be nothing so far on.
        assert _ids(found) == (IDS[offset : offset + 50] if offset < total(counts, "members") else [])


def test_a_list_that_changes_all_the_time_is_found_from_its_beginning(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, added = Prepared.run, []

    def run_after_another_came(statement: Prepared, connection: Connection, values: Any) -> Any:
        if "offset" in values:
            at = MEMBERS[-1].created_at + timedelta(days=1 + len(added))
            added.append(Member(f"mem_{len(added)}", OWNER.id, "A", "B", "a@b.example", "active", at))
            MemberRepository(connection, OWNER.id).add(added[-1:])
        return run(statement, connection, values)

    scope = Scope(OWNER.id, read_counts(connection, OWNER.id))
    monkeypatch.setattr(Prepared, "run", run_after_another_came)
    found = scope.list(connection, "members", Page(10, 300), TODAY)
    assert _ids(found) == IDS[300:310]
    assert len(added) == scopes._TRIES + 1


@pytest.fixture
def large(empty_database: Database) -> Iterator[Connection]:
    """So many records that their number counts, and PostgreSQL knows it."""
    seed_database(empty_database, 1, 8_000, lambda done, total: None)
    with empty_database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
            # Some hundred quotes and four keys are quicker read whole.
            connection.execute(text("SET enable_seqscan = off"))
        yield connection


def _plan(connection: Connection, statement: Prepared, values: dict[str, Any]) -> str:
    """How the database goes about a statement, in its own words."""
    explain = "EXPLAIN " if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    compiled, cursor = statement._for(connection.dialect), connection.connection.cursor()
    cursor.execute(explain + compiled.text, compiled.bind(values))
    return "\n".join(f" {row[-1]} " for row in cursor.fetchall())


def test_every_page_is_found_by_an_index_in_its_order(large: Connection) -> None:
    for table, filtered in product(TABLES, (False, True)):
        queries = scopes._queries(table, filtered=filtered)
        values = {"organisation_id": OWNER.id, "resource": table.name, "status": "sent", "today": TODAY}
        values |= {"status": "active"} if table.name == "members" else {}
        values |= {"limit": 50, "offset": 100}
        near, *far = (_plan(large, query, values) for query in (queries.near, queries.forwards, queries.backwards))
        for plan in (near, *far):
            assert f" {table.name}_listed{'_by_status' if filtered else ''} " in plan
            assert f"Seq Scan on {table.name}" not in plan
            assert f"SCAN {table.name}" not in plan
        assert not {"B-TREE", "Sort"} & {*near.split()}
        # What is passed over is found in the index alone.
        assert all("COVERING INDEX" in plan or "Index Only Scan" in plan for plan in far)


def test_a_key_and_the_numbers_of_its_organisation_are_found_by_indexes(large: Connection) -> None:
    plan = _plan(large, keys._VALID, {"digest": digest("1iv_")})
    assert "Seq Scan" not in plan
    assert " SCAN " not in plan
    assert "api_keys" in plan
    assert "record_counts" in plan
