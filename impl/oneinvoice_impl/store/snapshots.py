"""Rows of a whole database, for the mock alone: to keep a state, and to have another in its place.

Sessions and what belongs to them are no part of a state: whoever looks at the dashboard stays logged in.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Date, Integer, LargeBinary, Table, delete, func, insert, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from oneinvoice_impl.store import organisations
from oneinvoice_impl.store.schema import metadata
from oneinvoice_impl.store.tables.dashboard import dashboard_sessions, login_links, member_imports, users
from oneinvoice_impl.store.tables.metadata import Moment
from oneinvoice_impl.store.tables.records import api_keys

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by the names of their tables and columns, as JSON has them."""

_NO_STATE = (login_links, dashboard_sessions, member_imports)
_TEXT_OF_KEY = (api_keys.c.id, api_keys.c.digest, api_keys.c.first_four, api_keys.c.last_four)
_MOST = 2**63 - 1  # of integers, in SQLite as in PostgreSQL
_STATE = [table for table in metadata.sorted_tables if table not in _NO_STATE]


class UnusableRows(Exception):
    """The rows are no state of such a database; the text is one sentence."""


def read_at_one_moment(connection: Connection) -> None:
    """Have all be of one moment that a connection reads which has read nothing yet, whoever writes meanwhile."""
    if connection.dialect.name == "sqlite":
        # The driver begins only before a change, so that each query would be of a moment of its own.
        connection.exec_driver_sql("BEGIN")
    else:
        connection.execution_options(isolation_level="REPEATABLE READ")


def row_count(connection: Connection) -> int:
    """Return the number of rows of a state."""
    return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in _STATE)


def dump(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of a state."""
    return {
        table.name: [
            {column.name: _written(value) for column, value in zip(table.columns, row, strict=True)}
            for row in connection.execute(select(table))
        ]
        for table in _STATE
    }


def load(connection: Connection, rows: Rows) -> None:
    """Have these rows, as `dump` returned them, in the place of all others. Raises `UnusableRows`.

    A key that is there keeps its text, so that a state can be loaded where the keys are others.
    """
    try:
        read = {table: [_read(table, row) for row in rows[table.name]] for table in _STATE}
    except (LookupError, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise UnusableRows("The snapshot has other tables than this version of the mock; take a new one.") from error
    texts = {row["id"]: dict(row) for row in connection.execute(select(*_TEXT_OF_KEY)).mappings()}
    read[api_keys] = [row | texts.get(row["id"], {}) for row in read[api_keys]]
    try:
        with emptied(connection):
            for table, found in read.items():
                if found:
                    connection.execute(insert(table), found)
    except OperationalError:
        raise  # of the database, and not of the rows
    except SQLAlchemyError as error:
        raise UnusableRows("The snapshot has rows that don't go together; take a new one.") from error


@contextmanager
def emptied(connection: Connection) -> Iterator[None]:
    """Remove all rows; after the block, put back what is no part of a state, of the users that it added."""
    organisations.lock_all(connection)
    kept = {table: connection.execute(select(table)).mappings().all() for table in _NO_STATE}
    for table in reversed(metadata.sorted_tables):
        connection.execute(delete(table))
    yield
    known = set(connection.execute(select(users.c.id)).scalars())
    for table, rows in kept.items():
        again = [dict(row) for row in rows if row.get("user_id") in {None, *known}]
        if again:
            connection.execute(insert(table), again)


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value.isoformat() if isinstance(value, date) else value


def _read(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    if row.keys() != {column.name for column in table.columns}:
        raise ValueError
    return {column.name: _value(column.type, row[column.name]) for column in table.columns}


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, Moment):
        return _moment(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return b64decode(value, validate=True)
    if not isinstance(value, int if isinstance(kind, Integer) else str):
        raise TypeError
    if isinstance(value, int) and abs(value) > _MOST:
        raise ValueError
    return value


def _moment(text: str) -> datetime:
    """Return a time in UTC: PostgreSQL gives it in its server's zone, and SQLite would take it without that."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)
