"""Pages behind a record, while others come and go: on each kind of database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from oneinvoice_impl.domain.member import Member
from oneinvoice_impl.store.own_data import remove
from oneinvoice_impl.store.records.counts import read_counts
from oneinvoice_impl.store.records.cursor_query import CursorQuery, Place, _query
from oneinvoice_impl.store.records.members import MemberRepository
from oneinvoice_impl.store.records.scope import Page, Scope
from oneinvoice_impl.store.tables.metadata import metadata

from tests.unit.impl.webhook_world import ORGANISATION, START, World

TODAY = date(2026, 4, 2)
STATUSES = ("active", "inactive", "pending")


class Members:
    """Members of a world, some of which stay while others come and go. Many were created at the same time."""

    def __init__(self, world: World, seed: int, number: int = 60) -> None:
        self.world, self.chance = world, Random(seed)
        self.there = {each.id: each for each in (self._made(index) for index in range(number))}
        self.staying = set(self.chance.sample(sorted(self.there), number // 2))
        self._made_ever = number
        self._add(list(self.there.values()))

    def come_and_go(self) -> None:
        leaving = sorted(self.there.keys() - self.staying)
        for id in self.chance.sample(leaving, min(len(leaving), self.chance.randrange(4))):
            del self.there[id]
            assert self.world.do(lambda connection, id=id: remove(connection, ORGANISATION, "members", id))
        new = [self._made(self._made_ever + index) for index in range(self.chance.randrange(4))]
        self._made_ever += len(new)
        self.there |= {each.id: each for each in new}
        self._add(new)

    def stayed(self, status: str | None) -> list[str]:
        """The ids of those that are there all the time, in the order of lists."""
        staying = [self.there[id] for id in self.staying if status in (None, self.there[id].status)]
        return [each.id for each in sorted(staying, key=lambda each: (each.created_at, each.id))]

    def _made(self, number: int) -> Member:
        id = f"mem_{self.chance.randrange(10**6):06d}{number}"
        at = START - timedelta(microseconds=self.chance.randrange(20))
        status = self.chance.choice(STATUSES)
        return Member(id, ORGANISATION, "Kari", "Nordmann", f"{id}@nordlys.example", status, at)

    def _add(self, members: Sequence[Member]) -> None:
        if members:
            self.world.do(lambda connection: MemberRepository(connection, ORGANISATION).add(members))


def walked_by_cursor(members: Members, limit: int, status: str | None) -> list[str]:
    query = CursorQuery("members", Page(limit, 0, status), TODAY)
    seen: list[str] = []
    while True:
        listing = members.world.do(lambda connection, query=query: query.read(connection, scope_of(connection)))
        seen += ids_of(listing.records)
        if listing.next is None:
            return seen
        query = replace(query, after=listing.next)
        members.come_and_go()


def walked_by_offset(members: Members, limit: int, status: str | None) -> list[str]:
    seen: list[str] = []
    offset = 0
    while True:
        page = Page(limit, offset, status)
        listing = members.world.do(
            lambda connection, page=page: scope_of(connection).list(connection, "members", page, TODAY)
        )
        seen += ids_of(listing.records)
        offset += limit
        if offset >= listing.total:
            return seen
        members.come_and_go()


def scope_of(connection: Any) -> Scope:
    return Scope(ORGANISATION, read_counts(connection, ORGANISATION))


def ids_of(records: Sequence[bytes | str]) -> list[str]:
    return [json.loads(each)["id"] for each in records]


@pytest.mark.parametrize("seed", range(12))
def test_a_walk_loses_none_that_stays_and_meets_none_twice(world: World, seed: int) -> None:
    members, chance = Members(world, seed), Random(seed)
    status = chance.choice((None, *STATUSES))
    seen = walked_by_cursor(members, chance.randrange(1, 9), status)
    assert [id for id in seen if id in members.staying] == members.stayed(status)
    assert len(seen) == len(set(seen))


def test_the_same_walk_by_positions_loses_and_repeats(world: World) -> None:
    """What v1 can't keep, and the reason for v2."""
    members = Members(world, 5)
    seen = walked_by_offset(members, 5, None)
    lost = set(members.stayed(None)) - set(seen)
    assert lost
    assert len(seen) > len(set(seen))


def test_a_page_ends_the_list_where_none_follows(world: World) -> None:
    members = Members(world, 1, number=10)
    for limit, ends in ((9, False), (10, True), (11, True)):
        query = CursorQuery("members", Page(limit, 0), TODAY)
        listing = world.do(lambda connection, query=query: query.read(connection, scope_of(connection)))
        assert (listing.next is None, listing.total, len(listing.records)) == (ends, 10, min(limit, 10))
    assert len(members.there) == 10


def test_a_place_without_its_record_is_one_all_the_same(world: World) -> None:
    Members(world, 1, number=10)
    everything = CursorQuery("members", Page(200, 0), TODAY)
    behind = replace(everything, after=Place(START + timedelta(1), "mem_gone"))
    before = replace(everything, after=Place(START - timedelta(1), "mem_gone"))
    counts = [
        len(world.do(lambda connection, query=query: query.read(connection, scope_of(connection))).records)
        for query in (behind, before)
    ]
    assert counts == [0, 10]


@pytest.mark.parametrize("filtered", [False, True])
def test_a_page_is_found_by_the_index(world: World, filtered: bool) -> None:
    if world.database.engine.dialect.name != "sqlite":
        pytest.skip("few rows are read whole by PostgreSQL")
    prepared = _query(metadata.tables["members"], filtered=filtered, begun=True)

    def plan(connection: Any) -> str:
        compiled = prepared._for(connection.dialect)
        values = {"organisation_id": "o", "status": "s", "limit": 2, "created_at": START, "id": "i"}
        rows = connection.connection.cursor().execute("EXPLAIN QUERY PLAN " + compiled.text, compiled.bind(values))
        return " ".join(str(row[3]) for row in rows.fetchall())

    told = world.do(plan)
    assert "(created_at,id)>(?,?)" in told
    assert "SCAN" not in told
    assert "TEMP B-TREE" not in told
