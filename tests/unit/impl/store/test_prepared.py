"""Statements that go to the driver as they were compiled once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import pytest
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseFailure
from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.tables.metadata import Moment, Text
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

thing = Table(
    "thing",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("at", Moment),
    Column("day", Date),
    Column("cents", BigInteger),
    Column("body", LargeBinary),
    Column("count", Integer, nullable=False),
)
ROW = {
    "id": "Å%s:1?",
    "at": datetime(2026, 4, 2, 12, 0, 0, 1, tzinfo=UTC),
    "day": date(2026, 4, 2),
    "cents": 2**40,
    "body": b"\0\xff",
    "count": 1,
}

INSERT = Prepared(insert(thing))
ADD = Prepared(update(thing).where(thing.c.id == bindparam("its_id")).values(count=thing.c.count + 10))
FIND = Prepared(select(thing.c.id, thing.c.count).where(thing.c.count == bindparam("wanted")))


@pytest.fixture
def do(empty_database: Database) -> Callable[[Callable[[Connection], T]], T]:
    """Run a transaction on a database with the table."""

    def run(work: Callable[[Connection], T]) -> T:
        return asyncio.run(empty_database.write(work))

    run(thing.create)
    return run


def rows(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(thing).order_by(thing.c.id)).mappings()]


def test_what_is_inserted_reads_back_the_same(do: Callable[..., Any]) -> None:
    do(lambda connection: INSERT.run(connection, ROW))
    assert do(rows) == [ROW]


def test_what_is_not_given_is_null(do: Callable[..., Any]) -> None:
    do(lambda connection: INSERT.run(connection, {"id": "a", "count": 0}))
    assert do(rows) == [{"id": "a", "at": None, "day": None, "cents": None, "body": None, "count": 0}]


def test_what_the_statement_has_of_its_own_stays(do: Callable[..., Any]) -> None:
    do(lambda connection: INSERT.run_each(connection, [ROW | {"id": id} for id in "abc"]))
    do(lambda connection: ADD.run_each(connection, [{"its_id": "a"}, {"its_id": "c"}]))
    assert [(row["id"], row["count"]) for row in do(rows)] == [("a", 11), ("b", 1), ("c", 11)]


def test_rows_are_tuples(do: Callable[..., Any]) -> None:
    do(lambda connection: INSERT.run_each(connection, [ROW | {"id": id} for id in "ab"]))
    assert sorted(do(lambda connection: list(FIND.run(connection, {"wanted": 1})))) == [("a", 1), ("b", 1)]
    assert do(lambda connection: list(FIND.run(connection, {"wanted": 2}))) == []


@pytest.mark.parametrize("run", [INSERT.run, lambda connection, row: INSERT.run_each(connection, [row])])
def test_errors_are_those_of_sqlalchemy(
    do: Callable[..., Any], run: Callable[[Connection, dict[str, Any]], None]
) -> None:
    with pytest.raises(DatabaseFailure, match="count") as caught:
        do(lambda connection: run(connection, ROW | {"id": "a", "count": None}))
    cause = caught.value.__cause__
    assert isinstance(cause, DBAPIError)
    assert str(cause.statement).startswith("INSERT INTO thing")
    assert cause.params is None
    do(lambda connection: run(connection, ROW))
    assert do(rows) == [ROW]


def test_what_is_rolled_back_is_gone(do: Callable[..., Any]) -> None:
    def fail(connection: Connection) -> None:
        INSERT.run(connection, ROW)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        do(fail)
    assert do(rows) == []
